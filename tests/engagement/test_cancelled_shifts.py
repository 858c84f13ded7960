"""Shifts that were a mistake: taken away while nothing was done on them, and kept in the audit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Greeting
from backend.engagement.problems import ShiftWorked
from backend.engagement.queries import sights
from backend.engagement.rules import Moment
from backend.engagement.services import covers, requests, sharing, shifts
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.venues.models import Event, Season, Shift
from backend.venues.problems import SeasonClosed, ShiftNotFound
from backend.venues.queries import find_duty
from backend.venues.rules import SeasonStatus
from tests.engagement.bowls import Bowl, covers_of, goes, make_bowl
from tests.engagement.decks import make_deck
from tests.engagement.stories import PRESENT, Evening, committed_evening, opened
from tests.engagement.test_races import at_once
from tests.factories import NOW, make_arena, make_employee, make_shift
from tests.http import headers_for

HR = (Role.EMPLOYEE, Role.HR)
LATER = Moment.present(NOW + timedelta(minutes=1))


@pytest.fixture
def bowl(session: Session) -> Bowl:
    return make_bowl(session)


@pytest.fixture
def hr(session: Session, bowl: Bowl) -> Actor:
    return make_employee(session, bowl.arena, roles=HR)


def shift_of(session: Session, who: Actor) -> Shift:
    return session.scalars(select(Shift).where(Shift.employee_id == who.employee_id)).one()


def cancel(session: Session, hr: Actor, shift_id: UUID) -> None:
    shifts.cancel(session, actor=hr, shift_id=shift_id, reason="The wrong badge.", now=NOW)


def test_a_shift_that_was_a_mistake_goes_and_the_audit_keeps_it(
    session: Session, bowl: Bowl, hr: Actor
) -> None:
    shift = shift_of(session, bowl.finn)
    kept = {name: str(getattr(shift, name)) for name in ("event_id", "employee_id", "post_id")}
    kept |= {name: getattr(shift, name).isoformat() for name in ("starts_at", "ends_at")}
    cancel(session, hr, shift.id)
    assert find_duty(session, actor=bowl.finn, at=NOW) is None
    [act] = session.scalars(select(AuditRow).where(AuditRow.subject_id == shift.id))
    assert (act.act, act.actor_id) == ("shift.cancelled", hr.employee_id)
    assert act.detail == kept | {"reason": "The wrong badge."}
    with pytest.raises(ShiftNotFound):
        cancel(session, hr, shift.id)


def takes(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.finn, moment=PRESENT)


def asks(session: Session, bowl: Bowl) -> None:
    opened(session, bowl.finn)


def is_handed_one(session: Session, bowl: Bowl) -> None:
    request = goes(session, bowl, bowl.alex, moment=PRESENT)
    sharing.hand_over(
        session,
        actor=bowl.alex,
        request_id=request.id,
        employee_id=bowl.finn.employee_id,
        keep_percent=50,
        moment=LATER,
    )


def covers_a_post(session: Session, bowl: Bowl) -> None:
    goes(session, bowl, bowl.casey, moment=PRESENT)
    [cover] = covers_of(session, bowl)
    covers.take(session, actor=bowl.finn, cover_id=cover.id, now=NOW)


@pytest.mark.parametrize("deed", [takes, asks, is_handed_one, covers_a_post])
def test_a_shift_on_which_something_was_done_stays(
    session: Session, bowl: Bowl, hr: Actor, deed: Callable[[Session, Bowl], None]
) -> None:
    deed(session, bowl)
    shift_id = shift_of(session, bowl.finn).id
    with pytest.raises(ShiftWorked):
        cancel(session, hr, shift_id)
    assert shift_of(session, bowl.finn).id == shift_id


def test_what_was_done_on_another_shift_of_the_evening_does_not_keep_it(
    session: Session, bowl: Bowl, hr: Actor
) -> None:
    request = goes(session, bowl, bowl.finn, moment=PRESENT)
    requests.release(session, actor=bowl.finn, request_id=request.id, moment=LATER)
    worked = shift_of(session, bowl.finn)
    after = worked.ends_at + timedelta(hours=1)
    event = session.get_one(Event, (bowl.organisation_id, bowl.arena.event_id))
    begins = (after - event.doors_at) / timedelta(hours=1)
    mistake = make_shift(session, bowl.arena, bowl.finn, hours=(begins, begins + 1))
    cancel(session, hr, mistake)
    assert shift_of(session, bowl.finn).id == worked.id


def test_a_shift_of_a_closed_season_or_another_house_stays(
    session: Session, bowl: Bowl, hr: Actor
) -> None:
    shift = shift_of(session, bowl.finn)
    stranger = make_employee(session, make_arena(session), roles=HR)
    with pytest.raises(ShiftNotFound):
        cancel(session, stranger, shift.id)
    season = session.get_one(Season, (bowl.organisation_id, bowl.arena.season_id))
    season.status, season.closes_at = SeasonStatus.CLOSING, NOW
    season.freezes_at = NOW + timedelta(days=1)
    session.flush()
    with pytest.raises(SeasonClosed):
        cancel(session, hr, shift.id)


def sent(app: Flask, who: Actor, method: str, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    headers = headers_for(app, who)
    answer = app.test_client().open(f"/v1{path}", method=method, json=body, headers=headers)
    return answer.status_code, answer.json if answer.data else None


def cancelling(app: Flask, hr: Actor, shift_id: UUID) -> tuple[int, Any]:
    path = f"/shifts/{shift_id}/cancel"
    return sent(app, hr, "POST", path, {"reason": "The wrong badge."})


def test_cards_that_were_taken_keep_their_shift(app: Flask) -> None:
    deck = make_deck(app)
    who = deck.evening.alex
    assert deck.scan(who)[0] == 201
    with app.app_context(), reading() as session:
        shift_id = shift_of(session, who).id
    status, problem = cancelling(app, deck.hr, shift_id)
    assert (status, problem["type"]) == (409, "/problems/shift-worked")
    deck.must_hold()


def committed(app: Flask) -> tuple[Evening, Actor]:
    evening = committed_evening(app, now=clock.now())
    with app.app_context(), transaction() as session:
        return evening, make_employee(session, evening.arena, roles=HR)


def test_only_who_looks_after_shifts_takes_one_away_and_says_why(app: Flask) -> None:
    evening, hr = committed(app)
    with app.app_context(), reading() as session:
        shift_id = shift_of(session, evening.casey).id
    assert cancelling(app, evening.supervisor, shift_id)[0] == 403
    assert sent(app, hr, "POST", f"/shifts/{shift_id}/cancel", {"reason": ""})[0] == 422
    assert cancelling(app, hr, shift_id) == (204, None)
    assert cancelling(app, hr, shift_id)[0] == 404


def must_agree(app: Flask, evening: Evening, who: Actor, *, gone: bool) -> None:
    """Hold the shift of ``who`` and what became of their one greeting to each other."""
    with app.app_context(), reading() as session:
        left = session.scalars(select(Shift.id).where(Shift.employee_id == who.employee_id)).all()
        greeting = session.scalars(
            select(Greeting).where(Greeting.employee_id == who.employee_id)
        ).one()
        assert [greeting.shift_id] == ([None] if gone else left)
        assert (greeting.points > 0) == (not gone)
        found = list(verify.verify(session, organisation_id=evening.organisation_id))
        assert not found


def test_who_greets_while_the_shift_goes_is_on_it_or_was_on_none(app: Flask) -> None:
    evening, hr = committed(app)
    crew = []
    with app.app_context(), transaction() as session:
        for _ in range(8):
            who = make_employee(session, evening.arena)
            crew.append((who, make_shift(session, evening.arena, who)))

    def greeting(who: Actor) -> Callable[[], tuple[int, Any]]:
        return lambda: sent(app, who, "PUT", f"/greetings/{uuid4()}", {})

    def taking(shift_id: UUID) -> Callable[[], tuple[int, Any]]:
        return lambda: cancelling(app, hr, shift_id)

    pairs = [(greeting(who), taking(shift_id)) for who, shift_id in crew]
    answers = at_once([act for pair in pairs for act in pair])
    for (who, _), greeted, taken in zip(crew, answers[::2], answers[1::2], strict=True):
        assert greeted[0] == 201, greeted
        assert taken[0] in {204, 409}, taken
        must_agree(app, evening, who, gone=taken[0] == 204)


def test_a_greeting_whose_shift_goes_before_it_is_written_is_kept_unverified(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening, hr = committed(app)
    who, seen = evening.alex, sights.find_sight
    with app.app_context(), reading() as session:
        shift_id = shift_of(session, who).id
        # Nobody writes on SQLite while somebody else does: there it goes before it is looked at.
        if session.connection().dialect.name == "sqlite":
            at_once([lambda: cancelling(app, hr, shift_id)])
    taken: list[tuple[int, Any]] = []

    def see_and_lose(session: Session, **asked: Any) -> Any:
        sight = seen(session, **asked)
        if sight and not taken:
            with ThreadPoolExecutor(1) as pool:
                taken.append(pool.submit(cancelling, app, hr, shift_id).result())
        return sight

    monkeypatch.setattr(sights, "find_sight", see_and_lose)
    status, body = sent(app, who, "PUT", f"/greetings/{uuid4()}", {})
    assert (status, body["outcome"]) == (201, "unverified")
    assert taken in ([], [(204, None)])
    must_agree(app, evening, who, gone=True)
