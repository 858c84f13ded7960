"""What a timer put back had been done by somebody whose phone was away: it still counts."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.engagement.models import Request, Workload
from backend.engagement.problems import (
    NotInYourHands,
    RequestAlreadyTaken,
    RequestClosed,
    RequestNotInHand,
)
from backend.engagement.queries.follow_ups import WantedFollowUps, list_follow_ups
from backend.engagement.queries.requests import list_history
from backend.engagement.rules import FollowUpState, Moment, Status, Step
from backend.engagement.services import follow_ups, greetings, requests, timers
from backend.engagement.services.greetings import NewGreeting
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.problems import Problem
from backend.insight import verify
from backend.integrity.rules import Verdict
from tests.engagement.bowls import Bowl, committed_bowl, covers_of, goes
from tests.engagement.stories import opened, resolve, shares_of, tally_of
from tests.engagement.test_races import at_once

IDLE = timedelta(minutes=46)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def bowl(app: Flask, now: datetime) -> Bowl:
    return committed_bowl(app, now=now)


def put_back(app: Flask, bowl: Bowl, now: datetime) -> UUID:
    """Let Casey take a request, with Dana's help, and let a timer put it back."""
    moment = Moment.present(now)
    with app.app_context(), transaction() as session:
        request_id = goes(session, bowl, bowl.casey, moment=moment).id
        requests.add_helper(
            session,
            actor=bowl.casey,
            request_id=request_id,
            employee_id=bowl.dana.employee_id,
            percent=30,
            moment=moment,
        )
    with app.app_context():
        timers.release_idle(now=now + IDLE, idle_minutes=45)
    return request_id


def later(now: datetime, *, at: timedelta, sent: timedelta = 2 * IDLE) -> Moment:
    """Return the moment of what was done ``at`` after ``now`` and arrived when it was ``sent``."""
    return Moment(at=now + at, verdict=Verdict.VERIFIED, now=now + sent)


def tell(app: Flask, who: Actor, request_id: UUID, moment: Moment) -> type[Problem] | None:
    """Let a phone say that it was resolved; return the refusal, if it is one."""
    try:
        with app.app_context(), transaction() as session:
            resolve(session, who, request_id, moment=moment)
    except Problem as problem:
        return type(problem)
    return None


def stored(session: Session, bowl: Bowl, request_id: UUID) -> Request:
    return session.get_one(Request, (bowl.organisation_id, request_id), populate_existing=True)


def must_hold(app: Flask, bowl: Bowl) -> None:
    with app.app_context(), reading() as session:
        assert list(verify.verify(session, organisation_id=bowl.organisation_id)) == []


def test_work_that_was_done_offline_counts_although_a_timer_put_it_back(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    request_id = put_back(app, bowl, now)
    with app.app_context(), transaction() as session:
        moment = later(now, at=10 * MINUTE)
        done = resolve(session, bowl.casey, request_id, moment=moment)
        assert shares_of(done.request) == {bowl.casey.employee_id: 70, bowl.dana.employee_id: 30}
        assert (done.request.status, done.request.owner_id) == (
            Status.RESOLVED,
            bowl.casey.employee_id,
        )
        assert (done.request.closed_at, done.request.resolve_seconds) == (moment.at, 600)
        # Sent again it gets the same code.
        assert resolve(session, bowl.casey, request_id, moment=moment).code == done.code
    with app.app_context(), reading() as session:
        *_, released, last = list_history(
            session, organisation_id=bowl.organisation_id, request_id=request_id
        )
        casey, dana = bowl.casey.employee_id, bowl.dana.employee_id
        assert (released.step, released.employee_id, released.detail) == (
            Step.RELEASED,
            None,
            {
                "reason": "idle",
                "owner_id": str(casey),
                "shares": {str(casey): 70, str(dana): 30},
                "verdict": "verified",
            },
        )
        assert (last.step, last.employee_id, last.at) == (Step.RESOLVED, casey, moment.at)
        assert last.detail == {"put_back": "idle"}
        owned = {"organisation_id": bowl.organisation_id}
        assert [hand.in_hand for hand in session.query(Workload).filter_by(**owned)] == [0]
        assert covers_of(session, bowl) == []
        assert tally_of(session, bowl, bowl.casey).resolved == 1
    must_hold(app, bowl)


def test_a_helper_may_say_so_as_well(app: Flask, bowl: Bowl, now: datetime) -> None:
    request_id = put_back(app, bowl, now)
    assert tell(app, bowl.dana, request_id, later(now, at=10 * MINUTE)) is None
    must_hold(app, bowl)


def test_who_put_it_back_themselves_since_is_seen_although_the_timers_clock_was_ahead(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    request_id = put_back(app, bowl, now)
    moment = Moment.present(now + 20 * MINUTE)
    with app.app_context(), transaction() as session:
        requests.accept(session, actor=bowl.dana, request_id=request_id, moment=moment)
        requests.release(session, actor=bowl.dana, request_id=request_id, moment=moment)
    told = later(now, at=10 * MINUTE, sent=21 * MINUTE)
    assert tell(app, bowl.casey, request_id, told) is RequestNotInHand
    with app.app_context(), reading() as session:
        history = list_history(session, organisation_id=bowl.organisation_id, request_id=request_id)
    assert [step.step for step in history][-3:] == [Step.RELEASED, Step.ACCEPTED, Step.RELEASED]
    assert [step.employee_id for step in history][-3:] == [None, *2 * [bowl.dana.employee_id]]
    must_hold(app, bowl)


def test_what_was_put_back_after_the_event_counts_and_needs_no_follow_up(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    moment = Moment.present(now)
    with app.app_context(), transaction() as session:
        request_id = goes(session, bowl, bowl.casey, moment=moment).id
    over = timedelta(hours=3, seconds=1)
    with app.app_context():
        follow_ups.name_owners(now=now + over)
    came = later(now, at=timedelta(hours=1), sent=timedelta(hours=9))
    assert tell(app, bowl.casey, request_id, came) is None
    with app.app_context(), reading() as session:
        left = list_follow_ups(
            session,
            organisation_id=bowl.organisation_id,
            wanted=WantedFollowUps(state=FollowUpState.OPEN),
            now=came.now,
            after=None,
            limit=10,
        )
        assert left == []
    must_hold(app, bowl)


REFUSED: dict[str, dict[str, Any]] = {
    "after it was put back": {"at": IDLE + MINUTE},
    "before it was taken": {"at": -MINUTE},
    "more than a day ago": {"at": MINUTE, "sent": timedelta(days=1, minutes=2)},
}


@pytest.mark.parametrize("when", REFUSED)
def test_it_is_not_believed_when_it_was(app: Flask, bowl: Bowl, now: datetime, when: str) -> None:
    request_id = put_back(app, bowl, now)
    refusal = tell(app, bowl.casey, request_id, later(now, **REFUSED[when]))
    assert refusal is RequestNotInHand
    with app.app_context(), reading() as session:
        assert stored(session, bowl, request_id).status is Status.OPEN
    must_hold(app, bowl)


@pytest.mark.parametrize("verdict", [Verdict.UNVERIFIED, Verdict.REJECTED])
def test_it_is_not_believed_without_a_proven_time(
    app: Flask, bowl: Bowl, now: datetime, verdict: Verdict
) -> None:
    request_id = put_back(app, bowl, now)
    moment = Moment(at=now + MINUTE, verdict=verdict, now=now + 2 * IDLE)
    assert tell(app, bowl.casey, request_id, moment) is RequestNotInHand


def test_nobody_says_so_who_had_no_part_in_it(app: Flask, bowl: Bowl, now: datetime) -> None:
    request_id = put_back(app, bowl, now)
    assert tell(app, bowl.ellis, request_id, later(now, at=10 * MINUTE)) is NotInYourHands


def test_a_phone_that_was_heard_since_has_not_been_away(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    request_id = put_back(app, bowl, now)
    with app.app_context(), transaction() as session:
        # Taking the next ones in hand while the first wait to be claimed is what it is about.
        goes(session, bowl, bowl.casey, moment=Moment.present(now + IDLE))
    assert tell(app, bowl.casey, request_id, later(now, at=10 * MINUTE)) is RequestNotInHand
    must_hold(app, bowl)


def test_a_greeting_since_says_as_well_that_the_phone_was_there(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    request_id = put_back(app, bowl, now)
    with app.app_context(), transaction() as session:
        greeting = NewGreeting(id=new_id(), moment=Moment.present(now + 20 * MINUTE))
        greetings.record(session, actor=bowl.casey, greetings=[greeting], now=greeting.moment.now)
    assert tell(app, bowl.casey, request_id, later(now, at=10 * MINUTE)) is RequestNotInHand
    # A minute apart is what slow networks do.
    assert tell(app, bowl.casey, request_id, later(now, at=19 * MINUTE)) is None


def test_what_its_owner_put_back_is_put_back(app: Flask, bowl: Bowl, now: datetime) -> None:
    moment = Moment.present(now)
    with app.app_context(), transaction() as session:
        request_id = goes(session, bowl, bowl.casey, moment=moment).id
        requests.release(session, actor=bowl.casey, request_id=request_id, moment=moment)
    assert tell(app, bowl.casey, request_id, later(now, at=MINUTE)) is RequestNotInHand


def test_whoever_took_it_meanwhile_keeps_it(app: Flask, bowl: Bowl, now: datetime) -> None:
    request_id = put_back(app, bowl, now)
    moment = Moment.present(now + IDLE + MINUTE)
    with app.app_context(), transaction() as session:
        requests.accept(session, actor=bowl.finn, request_id=request_id, moment=moment)
    assert tell(app, bowl.casey, request_id, later(now, at=10 * MINUTE)) is NotInYourHands
    with app.app_context(), transaction() as session:
        requests.release(session, actor=bowl.finn, request_id=request_id, moment=moment)
    assert tell(app, bowl.casey, request_id, later(now, at=10 * MINUTE)) is RequestNotInHand
    must_hold(app, bowl)


def test_of_who_takes_it_and_who_did_it_one_wins(app: Flask, bowl: Bowl, now: datetime) -> None:
    request_id = put_back(app, bowl, now)
    moment = later(now, at=10 * MINUTE)

    def take() -> type[Problem] | None:
        try:
            with app.app_context(), transaction() as session:
                accept = partial(requests.accept, session, actor=bowl.finn)
                accept(request_id=request_id, moment=Moment.present(moment.now))
        except Problem as problem:
            return type(problem)
        return None

    came = at_once([take, partial(tell, app, bowl.casey, request_id, moment)])
    assert came.count(None) == 1
    assert set(came) <= {None, RequestAlreadyTaken, RequestClosed, NotInYourHands}
    must_hold(app, bowl)


def test_what_nobody_ever_took_cannot_be_claimed(app: Flask, bowl: Bowl, now: datetime) -> None:
    with app.app_context(), transaction() as session:
        request_id = opened(session, bowl.casey, moment=Moment.present(now)).id
    assert tell(app, bowl.casey, request_id, later(now, at=MINUTE)) is RequestNotInHand
