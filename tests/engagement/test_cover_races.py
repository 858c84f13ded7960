"""Covers when many act at once: one stands in, one worker asks, and no post is left by nobody."""

from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from threading import Barrier, BrokenBarrierError, Event, Thread, current_thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Request
from backend.engagement.rules import Status
from backend.engagement.services import (
    closings,
    covers,
    endings,
    reliefs,
    requests,
    steps,
    timers,
    workloads,
)
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.insight import verify
from backend.notify.messages import MessageKind
from tests.engagement.bowls import Bowl, committed_bowl, covers_of, goes, told
from tests.engagement.test_races import at_once, posting, present
from tests.factories import make_employee, make_shift
from tests.http import headers_for


@pytest.fixture
def bowl(app: Flask) -> Bowl:
    return committed_bowl(app, now=clock.now())


def broken(app: Flask, bowl: Bowl) -> list[verify.Finding]:
    with app.app_context(), reading() as session:
        owner = bowl.organisation_id
        return list(verify.find_offenders(session, code="I08", organisation_id=owner))


def end_some(session: Session, bowl: Bowl, now: datetime) -> int:
    return closings.end_requests(
        session,
        organisation_id=bowl.organisation_id,
        season_id=bowl.arena.season_id,
        now=now,
        limit=100,
    )


def test_of_many_who_tap_cover_one_stands_in(app: Flask, bowl: Bowl) -> None:
    with app.app_context(), transaction() as session:
        crew = [make_employee(session, bowl.arena) for _ in range(12)]
        for who in crew:
            make_shift(session, bowl.arena, who)
        goes(session, bowl, bowl.casey, moment=present())
        (cover,) = covers_of(session, bowl)
        path = f"/covers/{cover.id}/take"
    answers = at_once([posting(app, path, headers=headers_for(app, who)) for who in crew])
    assert Counter(answers) == {(200, ""): 1, (409, "/problems/cover-taken"): 11}
    winner = crew[answers.index((200, ""))]
    with app.app_context(), reading() as session:
        (kept,) = covers_of(session, bowl)
        assert kept.covered_by == winner.employee_id


def test_nobody_stands_in_at_two_posts(app: Flask, bowl: Bowl) -> None:
    with app.app_context(), transaction() as session:
        for who in (bowl.casey, bowl.dana, bowl.ellis):
            goes(session, bowl, who, moment=present())
        paths = [f"/covers/{cover.id}/take" for cover in covers_of(session, bowl)]
    headers = headers_for(app, bowl.finn)
    answers = at_once([posting(app, path, headers=headers) for path in paths * 3])
    assert Counter(answers) == {(200, ""): 3, (409, "/problems/already-covering"): 6}
    assert broken(app, bowl) == []


@pytest.mark.parametrize("round_", range(3))
def test_two_requests_that_end_at_once_bring_their_owner_back(
    app: Flask, bowl: Bowl, round_: int
) -> None:
    with app.app_context(), transaction() as session:
        taken = [goes(session, bowl, bowl.casey, moment=present()).id for _ in range(4)]
    mine = headers_for(app, bowl.casey)
    ways = [
        ("resolve", None),
        ("release", None),
        ("cancel", {"reason": "race"}),
        ("hand-over", {"employee_id": str(bowl.finn.employee_id)}),
    ]
    acts = [
        posting(app, f"/requests/{request_id}/{way}", body, mine)
        for request_id, (way, body) in zip(taken, ways, strict=True)
    ]
    assert Counter(at_once(acts)) == {(200, ""): 4}
    with app.app_context(), reading() as session:
        # Finn has the one that was handed over.
        assert [one.left_by for one in covers_of(session, bowl)] == [bowl.finn.employee_id]
    assert broken(app, bowl) == []


def test_going_coming_and_standing_in_at_once_leave_one_truth(app: Flask, bowl: Bowl) -> None:
    with app.app_context(), transaction() as session:
        first = goes(session, bowl, bowl.casey, moment=present())
        waiting = [goes(session, bowl, bowl.ellis, moment=present()) for _ in range(2)]
        ids = [cover.id for cover in covers_of(session, bowl)]
    people: dict[str, Any] = {
        name: headers_for(app, who)
        for name, who in (("casey", bowl.casey), ("dana", bowl.dana), ("ellis", bowl.ellis))
    }
    acts = [
        posting(app, f"/requests/{first.id}/resolve", headers=people["casey"]),
        *(posting(app, f"/covers/{one}/take", headers=people["dana"]) for one in ids),
        *(posting(app, f"/covers/{one}/leave", headers=people["dana"]) for one in ids),
        *(posting(app, f"/requests/{one.id}/release", headers=people["ellis"]) for one in waiting),
        *(posting(app, f"/requests/{one.id}/accept", headers=people["dana"]) for one in waiting),
        posting(app, f"/posts/{bowl.posts['103']}/relief", {}, headers_for(app, bowl.robin)),
    ]
    answers = at_once(acts * 2)
    assert {status for status, _ in answers} <= {200, 403, 409}
    assert broken(app, bowl) == []


def test_two_workers_ask_supervisors_once(app: Flask, bowl: Bowl) -> None:
    now = clock.now()
    with app.app_context(), transaction() as session:
        for who in (bowl.casey, bowl.dana, bowl.ellis, bowl.finn):
            goes(session, bowl, who, moment=present())
    together, chased = Barrier(3), []

    def chase() -> None:
        with app.app_context():
            together.wait()
            chased.append(reliefs.chase(now=now + timedelta(minutes=2), cover_seconds=60))

    threads = [Thread(target=chase) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context(), reading() as session:
        left = covers_of(session, bowl)
        asked = told(session, bowl.robin, MessageKind.COVER_ESCALATED)
        assert sorted(subject for _, subject in asked) == sorted(cover.id for cover in left)


@pytest.mark.parametrize("round_", range(2))
def test_two_hand_overs_that_drop_each_others_stand_in_do_not_wait_in_a_circle(
    app: Flask, bowl: Bowl, monkeypatch: pytest.MonkeyPatch, round_: int
) -> None:
    moment = present()
    with app.app_context(), transaction() as session:
        first = goes(session, bowl, bowl.casey, moment=moment).id
        second = goes(session, bowl, bowl.ellis, moment=moment).id
        left = {cover.left_by: cover.id for cover in covers_of(session, bowl)}
        for who, of in ((bowl.dana, bowl.ellis), (bowl.finn, bowl.casey)):
            covers.take(session, actor=who, cover_id=left[of.employee_id], now=moment.now)
    # Each has ended one cover and needs the other's: they meet here unless one waits outside.
    halfway, begin = Barrier(2), covers.begin

    def begin_together(session: Any, **what: Any) -> None:
        with suppress(BrokenBarrierError):
            halfway.wait(1)
        begin(session, **what)

    monkeypatch.setattr(covers, "begin", begin_together)

    def hand_over(giver: Actor, taker: Actor, request_id: UUID) -> str:
        with app.app_context(), transaction() as session:
            done = requests.hand_over(
                session,
                actor=giver,
                request_id=request_id,
                employee_id=taker.employee_id,
                keep_percent=0,
                moment=moment,
            )
            return str(done.status)

    came = at_once(
        [
            partial(hand_over, bowl.casey, bowl.dana, first),
            partial(hand_over, bowl.ellis, bowl.finn, second),
        ]
    )
    assert came == ["accepted", "accepted"]
    with app.app_context(), reading() as session:
        away = {cover.left_by: cover.covered_by for cover in covers_of(session, bowl)}
        assert away == {bowl.dana.employee_id: None, bowl.finn.employee_id: None}
    assert broken(app, bowl) == []


def test_a_cover_that_goes_on_with_what_a_season_ends_waits_in_no_circle(
    app: Flask, bowl: Bowl, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    with app.app_context(), transaction() as session:
        first, second = [goes(session, bowl, bowl.casey, moment=present()).id for _ in range(2)]
    ends_first, has_second = Event(), Event()
    end_cover, put_down = covers.end, workloads.put_down

    def end_late(session: Session, **what: Any) -> None:
        if current_thread() is timer:
            ends_first.set()
            has_second.wait(1)
        end_cover(session, **what)

    def put_down_late(session: Session, **what: Any) -> None:
        if current_thread() is not timer:
            has_second.set()
        put_down(session, **what)

    def let_go() -> None:
        with app.app_context(), transaction() as session:
            held = steps.InHand.of(session, organisation_id=bowl.organisation_id, request_id=first)
            timers.release(held, why="idle", now=now)

    monkeypatch.setattr(covers, "end", end_late)
    monkeypatch.setattr(endings, "put_down", put_down_late)
    timer = Thread(target=let_go)
    timer.start()
    ends_first.wait()
    with app.app_context(), transaction() as session:
        ended = end_some(session, bowl, now)
    timer.join()
    with app.app_context(), transaction() as session:
        assert ended + end_some(session, bowl, now) == 2
    with app.app_context(), reading() as session:
        assert covers_of(session, bowl) == []
        states = select(Request.status).where(Request.id.in_([first, second]))
        assert list(session.scalars(states)) == [Status.CANCELLED] * 2
    assert broken(app, bowl) == []


def test_the_end_of_a_season_and_a_timer_leave_no_post_empty_for_ever(
    app: Flask, bowl: Bowl
) -> None:
    now = clock.now()
    with app.app_context(), transaction() as session:
        taken = [goes(session, bowl, bowl.casey, moment=present()).id for _ in range(3)]
        taken += [goes(session, bowl, bowl.finn, moment=present()).id for _ in range(3)]

    def let_go() -> None:
        with app.app_context():
            timers.release_idle(now=now + timedelta(minutes=46), idle_minutes=45)

    def end() -> None:
        with app.app_context(), transaction() as session:
            end_some(session, bowl, now)

    at_once([let_go, end, let_go, end])
    end()
    with app.app_context(), reading() as session:
        assert covers_of(session, bowl) == []
        states = select(Request.status).where(Request.id.in_(taken))
        assert set(session.scalars(states)) == {Status.CANCELLED}
    assert broken(app, bowl) == []
