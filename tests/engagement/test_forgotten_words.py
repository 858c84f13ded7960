"""Words of fans go in time; stars, requests and points stay as they are."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import Uuid, bindparam, func, select, text
from sqlalchemy.exc import DatabaseError

from backend.engagement.models import (
    Ask,
    HeardAnswer,
    PhoneAction,
    Rating,
    RatingAnswer,
    Request,
)
from backend.engagement.rules import CommentState
from backend.engagement.services import forgotten_words
from backend.foundation import clock
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.integrity.rules.retentions import Periods
from backend.integrity.services import retentions
from backend.worker import JOBS, run
from tests.engagement.fans import Stand, make_stand
from tests.engagement.generosity import make_generosity

DAY = timedelta(days=1)
WORDS = "Kim in row 4 was so kind"
WORD_DAYS = 60


@pytest.fixture
def stand(app: Flask) -> Stand:
    """Return a stand whose words are kept for sixty days."""
    stand = make_stand(app)
    with app.app_context(), transaction() as session:
        to = Periods(word_days=WORD_DAYS)
        retentions.change(session, actor=stand.hr, to=to, now=clock.now())
    return stand


def say_everything(stand: Stand) -> str:
    """Let a fan ask, be helped, rate with a comment, take it back, and comment again."""
    token = stand.asked(seat="Row 4", note=WORDS)
    stand.solve(stand.bowl.alex)
    code = stand.follow(token)["rating_code"]
    status, rated = stand.call(None, "POST", f"/ratings/{code}", {"stars": 5, "comment": WORDS})
    assert status == 201
    correction = {"correction_token": rated["correction_token"], "stars": 5}
    for comment in (None, f"{WORDS} again"):
        body = correction | ({"comment": comment} if comment else {})
        assert stand.call(None, "PATCH", f"/ratings/{code}", body)[0] == 200
    return token


def written(stand: Stand) -> list[int]:
    """Count what still has words: ratings, answers, requests, why-nots."""
    conditions: list[tuple[Any, Any]] = [
        (Rating, Rating.comment),
        (RatingAnswer, RatingAnswer.comment),
        (Request, func.coalesce(Request.seat, Request.note)),
        (HeardAnswer, HeardAnswer.why),
    ]
    with stand.app.app_context(), reading() as session:
        return [
            session.scalar(
                select(func.count())
                .select_from(table)
                .where(table.organisation_id == stand.owner, words.is_not(None))
            )
            or 0
            for table, words in conditions
        ]


def forget(stand: Stand, *, now: datetime) -> None:
    with stand.app.app_context():
        while forgotten_words.forget_old(now=now):
            pass


def passes(stand: Stand) -> list[dict[str, Any]]:
    with stand.app.app_context(), reading() as session:
        rows = select(AuditRow.detail).where(
            AuditRow.organisation_id == stand.owner, AuditRow.act == "words.forgotten"
        )
        return list(session.scalars(rows))


def test_words_go_after_the_organisations_time_and_nothing_else_does(stand: Stand) -> None:
    say_everything(stand)
    before, points = written(stand), stand.points(stand.bowl.alex)
    assert before == [1, 2, 1, 0]
    assert points > 0
    forget(stand, now=clock.now() + (WORD_DAYS - 1) * DAY)
    assert written(stand) == before
    assert passes(stand) == []
    forget(stand, now=clock.now() + (WORD_DAYS + 1) * DAY)
    assert written(stand) == [0, 0, 0, 0]
    [detail] = passes(stand)
    assert WORDS not in str(detail)
    assert (detail["ratings"], detail["rating_answers"]) == (1, 2)
    with stand.app.app_context(), reading() as session:
        row = session.scalars(select(Rating).where(Rating.organisation_id == stand.owner)).one()
        assert (row.stars, row.answers, row.comment_state) == (5, 3, CommentState.NONE)
    assert stand.points(stand.bowl.alex) == points
    stand.must_hold()


def test_it_is_a_job_of_the_worker(stand: Stand) -> None:
    say_everything(stand)
    [job] = [job for job in JOBS if job.__name__ == "_forget_words"]
    later = clock.now() + (WORD_DAYS + 1) * DAY
    while run(stand.app, job, later):
        pass
    assert written(stand) == [0, 0, 0, 0]


def test_two_workers_at_once_take_each_word_out_once(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgotten_words, "AT_ONCE", 2)
    for _ in range(5):
        say_everything(stand)
    before, barrier = written(stand), Barrier(4)

    def work(_: int) -> None:
        barrier.wait()
        forget(stand, now=clock.now() + (WORD_DAYS + 1) * DAY)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert written(stand) == [0, 0, 0, 0]
    told = passes(stand)
    names = ("ratings", "rating_answers", "requests", "heard_answers")
    assert [sum(one[name] for one in told) for name in names] == before
    stand.must_hold()


def test_nothing_but_the_words_can_be_taken_out_of_an_answer(stand: Stand) -> None:
    say_everything(stand)
    refused = (
        "update rating_answers set comment = 'other words' where organisation_id = :org",
        "update rating_answers set stars = 1, comment = null where organisation_id = :org",
        "update rating_answers set reason = 'team', comment = null where organisation_id = :org",
        "delete from rating_answers where organisation_id = :org",
    )
    for statement in refused:
        asked = text(statement).bindparams(bindparam("org", stand.owner, Uuid()))
        with stand.app.app_context(), transaction() as session:
            with pytest.raises(DatabaseError, match="append-only"):
                session.execute(asked)
            session.rollback()


def test_a_phone_that_sends_again_gets_words_for_as_long_as_they_are_there(stand: Stand) -> None:
    request_id = uuid4()
    body = {
        "zone_id": str(stand.bowl.arena.section_id),
        "category": "cleaning",
        "seat": "Row 4",
        "note": WORDS,
    }
    status, first = stand.call(stand.bowl.alex, "PUT", f"/requests/{request_id}", body)
    assert (status, first["note"]) == (201, WORDS)
    assert WORDS not in remembered(stand, request_id)
    assert stand.call(stand.bowl.alex, "PUT", f"/requests/{request_id}", body) == (200, first)
    forget(stand, now=clock.now() + (WORD_DAYS + 1) * DAY)
    status, again = stand.call(stand.bowl.alex, "PUT", f"/requests/{request_id}", body)
    assert (status, again["note"], again["seat"]) == (200, None, None)
    blair = stand.call(stand.bowl.blair, "PUT", f"/requests/{request_id}", body)
    assert (blair[0], blair[1]["type"]) == (409, "/problems/id-already-used")


def fingerprints(stand: Stand) -> list[int]:
    """Count what tells by its hash what was sent: of phones' actions, and of asks."""
    with stand.app.app_context(), reading() as session:
        return [
            session.scalar(
                select(func.count())
                .select_from(table)
                .where(table.organisation_id == stand.owner, table.fingerprint.is_not(None))
            )
            or 0
            for table in (PhoneAction, Ask)
        ]


def test_the_hash_of_a_seat_goes_with_it_and_the_steps_beside_stay(stand: Stand) -> None:
    token, alex = say_everything(stand), stand.bowl.alex
    wish = {"zone_id": str(stand.bowl.arena.section_id), "category": "cleaning"}
    for seat in ("Row 4", None):
        body = wish | ({"seat": seat} if seat else {})
        assert stand.call(alex, "PUT", f"/requests/{uuid4()}", body)[0] == 201
    [actions, asks] = fingerprints(stand)
    assert asks == 1
    forget(stand, now=clock.now() + (WORD_DAYS - 1) * DAY)
    assert fingerprints(stand) == [actions, asks]
    forget(stand, now=clock.now() + (WORD_DAYS + 1) * DAY)
    assert fingerprints(stand) == [actions - 1, 0]
    assert "Row 4" not in str(stand.follow(token))
    for change in ("fingerprint = null, status = 200", "fingerprint = '1'", "status = 200"):
        statement = text(f"update phone_actions set {change} where organisation_id = :org")
        with stand.app.app_context(), transaction() as session:
            with pytest.raises(DatabaseError, match="append-only"):
                session.execute(statement.bindparams(bindparam("org", stand.owner, Uuid())))
            session.rollback()
    stand.must_hold()


def test_so_does_one_that_gave_something_at_a_seat(app: Flask) -> None:
    generosity = make_generosity(app)
    alex, beer = generosity.evening.alex, generosity.beer
    request_id = generosity.helping(alex, seat="Row 4")
    body = {"id": str(uuid4()), "kind_id": str(beer.id)}
    path = f"/requests/{request_id}/gestures"
    status, first = generosity.call(alex, "POST", path, body)
    assert (status, first["seat"]) == (201, "Row 4")
    assert generosity.call(alex, "POST", path, body) == (200, first)
    with app.app_context():
        forgotten_words.forget_old(now=clock.now() + 366 * DAY)
    with app.app_context(), reading() as session:
        mine = PhoneAction.organisation_id == generosity.evening.organisation_id
        assert "Row 4" not in str(session.scalars(select(PhoneAction.result).where(mine)).all())
    status, again = generosity.call(alex, "POST", path, body)
    assert (status, again["seat"]) == (200, None)


def test_a_queue_that_comes_again_shows_each_step_with_its_words(stand: Stand) -> None:
    alex, now, request_id = stand.bowl.alex, clock.now().isoformat(), str(uuid4())
    wish = {"category": "cleaning", "seat": "Row 4", "note": WORDS}
    actions = [
        {"id": request_id, "kind": "open", "at": now} | wish,
        {"id": str(uuid4()), "kind": "accept", "at": now, "request_id": request_id},
    ]
    body = {"sent_at": now, "actions": actions}
    for _ in range(2):
        _, answer = stand.call(alex, "POST", "/sync", body)
        assert [one["result"]["note"] for one in answer["results"]] == [WORDS] * 2


def remembered(stand: Stand, action_id: UUID) -> str:
    with stand.app.app_context(), reading() as session:
        row = session.get_one(PhoneAction, (stand.owner, action_id))
        return str(row.result)
