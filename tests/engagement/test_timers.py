"""What time alone does to covers and requests: more are asked, once; idle hands are emptied."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend import worker
from backend.engagement.models import (
    CreditShare,
    PostCover,
    Request,
    RequestFollowUp,
    Workload,
)
from backend.engagement.queries.requests import list_history
from backend.engagement.rules import Moment, Status, Step
from backend.engagement.services import covers, follow_ups, reliefs, requests, timers
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.models import Employee
from backend.insight import verify
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.models import Shift
from tests.engagement.bowls import Bowl, committed_bowl, covers_of, goes, told
from tests.engagement.stories import opened

NEAR, ESCALATED = MessageKind.REQUEST_NEAR, MessageKind.REQUEST_ESCALATED


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def bowl(app: Flask, now: datetime) -> Bowl:
    return committed_bowl(app, now=now)


def chase(app: Flask, at: datetime) -> None:
    with app.app_context():
        reliefs.chase(now=at, cover_seconds=60)


def call(app: Flask, at: datetime) -> None:
    with app.app_context():
        timers.call_for_help(now=at, near_seconds=60, supervisor_seconds=180)


def release(app: Flask, at: datetime) -> None:
    with app.app_context():
        timers.release_idle(now=at, idle_minutes=45)


def seconds(number: int) -> timedelta:
    return timedelta(seconds=number)


def open_one(app: Flask, who: Actor, now: datetime, zone_id: UUID | None = None) -> UUID:
    with app.app_context(), transaction() as session:
        return opened(session, who, zone_id=zone_id, moment=Moment.present(now)).id


def said(app: Flask, *people: Actor, kind: MessageKind) -> list[UUID]:
    with app.app_context(), reading() as session:
        return [subject for _, subject in told(session, people, kind)]


def test_supervisors_are_asked_when_nobody_came_and_only_once(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    with app.app_context(), transaction() as session:
        goes(session, bowl, bowl.casey, moment=Moment.present(now))
        (cover,) = covers_of(session, bowl)
        cover_id = cover.id
    chase(app, now + seconds(59))
    assert said(app, bowl.robin, kind=MessageKind.COVER_ESCALATED) == []
    for late in (60, 70, 600):
        chase(app, now + seconds(late))
    assert said(app, bowl.robin, kind=MessageKind.COVER_ESCALATED) == [cover_id]
    # Sam is not on shift: nobody works off the clock.
    assert said(app, bowl.supervisor, kind=MessageKind.COVER_ESCALATED) == []


def test_a_post_that_was_covered_in_time_escalates_nothing(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    with app.app_context(), transaction() as session:
        goes(session, bowl, bowl.casey, moment=Moment.present(now))
        (cover,) = covers_of(session, bowl)
        covers.take(session, actor=bowl.dana, cover_id=cover.id, now=now)
    chase(app, now + seconds(600))
    assert said(app, bowl.robin, kind=MessageKind.COVER_ESCALATED) == []


def test_where_nobody_could_be_asked_supervisors_are_asked_at_once(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    with app.app_context(), transaction() as session:
        for who in (bowl.dana, bowl.casey):
            goes(session, bowl, who, moment=Moment.present(now))
        alone = covers_of(session, bowl)[-1].id
    chase(app, now + seconds(1))
    assert said(app, bowl.robin, kind=MessageKind.COVER_ESCALATED) == [alone]


def test_a_post_without_its_stand_in_asks_the_next_colleague(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    moment = Moment.present(now)
    with app.app_context(), transaction() as session:
        goes(session, bowl, bowl.dana, moment=moment)
        (cover,) = covers_of(session, bowl)
        stand_in, other = bowl.casey, bowl.ellis
        covers.take(session, actor=stand_in, cover_id=cover.id, now=now)
        goes(session, bowl, stand_in, moment=moment)
        cover_id = cover.id
    chase(app, now + seconds(1))
    assert said(app, other, kind=MessageKind.COVER_ASKED) == [cover_id]


def test_an_open_request_calls_the_neighbours_and_then_supervisors_once_each(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    request_id = open_one(app, bowl.blair, now, bowl.arena.section_id)
    call(app, now + seconds(59))
    near = (bowl.casey, bowl.dana)
    assert said(app, *near, kind=NEAR) == []
    for late in (60, 120, 179):
        call(app, now + seconds(late))
    assert said(app, *near, kind=NEAR) == [request_id] * 2
    assert said(app, bowl.ellis, bowl.alex, bowl.robin, kind=NEAR) == []
    assert said(app, bowl.robin, kind=ESCALATED) == []
    for late in (180, 240):
        call(app, now + seconds(late))
    assert said(app, bowl.robin, bowl.supervisor, kind=ESCALATED) == [request_id]
    assert said(app, *near, kind=NEAR) == [request_id] * 2


def test_a_request_that_was_put_back_calls_again(app: Flask, bowl: Bowl, now: datetime) -> None:
    request_id = open_one(app, bowl.blair, now, bowl.arena.section_id)
    call(app, now + seconds(60))
    back = now + seconds(100)
    with app.app_context(), transaction() as session:
        key: dict[str, Any] = {
            "actor": bowl.finn,
            "request_id": request_id,
            "moment": Moment.present(back),
        }
        requests.accept(session, **key)
        call_time = back + seconds(59)
        requests.release(session, **key)
    call(app, call_time)
    assert said(app, bowl.casey, kind=NEAR) == [request_id]
    call(app, back + seconds(60))
    assert said(app, bowl.casey, kind=NEAR) == [request_id] * 2


def test_what_is_taken_calls_nobody(app: Flask, bowl: Bowl, now: datetime) -> None:
    request_id = open_one(app, bowl.blair, now)
    with app.app_context(), transaction() as session:
        moment = Moment.present(now)
        requests.accept(session, actor=bowl.blair, request_id=request_id, moment=moment)
    call(app, now + seconds(600))
    everybody = (bowl.alex, bowl.blair, bowl.robin)
    assert said(app, *everybody, kind=NEAR) == said(app, *everybody, kind=ESCALATED) == []


def test_an_idle_acceptance_is_put_back_and_its_owner_told(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    with app.app_context(), transaction() as session:
        request_id = goes(session, bowl, bowl.casey, moment=Moment.present(now)).id
    release(app, now + timedelta(minutes=44))
    with app.app_context(), reading() as session:
        assert stored(session, bowl, request_id).status is Status.ACCEPTED
    for late in (45, 46):
        release(app, now + timedelta(minutes=late))
    assert said(app, bowl.casey, kind=MessageKind.REQUEST_RELEASED) == [request_id]
    with app.app_context(), reading() as session:
        row = stored(session, bowl, request_id)
        assert (row.status, row.owner_id, row.left_post_id) == (Status.OPEN, None, None)
        *_, last = list_history(
            session, organisation_id=bowl.organisation_id, request_id=request_id
        )
        assert (last.step, last.employee_id, last.detail["reason"]) == (
            Step.RELEASED,
            None,
            "idle",
        )
        owned = {"organisation_id": bowl.organisation_id}
        assert session.query(CreditShare).filter_by(**owned).count() == 0
        assert [hand.in_hand for hand in session.query(Workload).filter_by(**owned)] == [0]
        assert covers_of(session, bowl) == []


def test_a_step_keeps_a_request_in_hand(app: Flask, bowl: Bowl, now: datetime) -> None:
    with app.app_context(), transaction() as session:
        request_id = goes(session, bowl, bowl.casey, moment=Moment.present(now)).id
        requests.add_helper(
            session,
            actor=bowl.casey,
            request_id=request_id,
            employee_id=bowl.dana.employee_id,
            percent=10,
            moment=Moment.present(now + timedelta(minutes=30)),
        )
    release(app, now + timedelta(minutes=50))
    with app.app_context(), reading() as session:
        assert stored(session, bowl, request_id).status is Status.ACCEPTED


def test_what_is_followed_up_is_put_back_when_it_is_forgotten(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    request_id = open_one(app, bowl.blair, now)
    over = now + timedelta(hours=3, minutes=1)
    with app.app_context():
        follow_ups.name_owners(now=over)
    with app.app_context(), transaction() as session:
        requests.accept(
            session, actor=bowl.blair, request_id=request_id, moment=Moment.present(over)
        )
    release(app, over + timedelta(minutes=44))
    with app.app_context(), reading() as session:
        assert stored(session, bowl, request_id).status is Status.ACCEPTED
    release(app, over + timedelta(minutes=45))
    with app.app_context(), reading() as session:
        assert stored(session, bowl, request_id).status is Status.OPEN
        named = session.get_one(RequestFollowUp, (bowl.organisation_id, request_id))
        # It is still owed, and by whom was settled.
        assert (named.employee_id, named.done_at) == (bowl.blair.employee_id, None)


def test_one_that_fails_is_told_and_left_and_stops_no_other(
    app: Flask,
    bowl: Bowl,
    now: datetime,
    log_lines: Callable[[], list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with app.app_context(), transaction() as session:
        bad, good = (
            goes(session, bowl, who, moment=Moment.present(now)).id
            for who in (bowl.casey, bowl.finn)
        )
    away = {cover.request_id: cover.id for cover in open_covers(app, bowl)}
    late, over = now + timedelta(minutes=46), now + timedelta(hours=3, minutes=1)
    send = messages.send

    def send_unless_bad(session: Session, **what: Any) -> None:
        if what["subject_id"] in {bad, away[bad]}:
            raise RuntimeError("out of order")
        send(session, **what)

    def states() -> list[Status]:
        with app.app_context(), reading() as session:
            return [stored(session, bowl, one).status for one in (bad, good)]

    with monkeypatch.context() as patched:
        patched.setattr(messages, "send", send_unless_bad)
        chase(app, late)
        release(app, late)
        assert states() == [Status.ACCEPTED, Status.OPEN]
        call(app, late + seconds(180))
        with app.app_context():
            follow_ups.name_owners(now=over)
    assert said(app, bowl.robin, kind=MessageKind.COVER_ESCALATED) == [away[good]]
    assert said(app, bowl.robin, kind=ESCALATED) == [good]
    failed = [(line["job"], line["subject_id"]) for line in log_lines()]
    assert ("release_idle", str(bad)) in failed
    assert ("chase_covers", str(away[bad])) in failed
    assert ("name_follow_ups", str(bad)) in failed
    assert str(good) not in str(failed)
    # The next pass does what was left.
    assert states() == [Status.ACCEPTED, Status.OPEN]
    with app.app_context():
        follow_ups.name_owners(now=over)
    assert states() == [Status.OPEN, Status.OPEN]


def open_covers(app: Flask, bowl: Bowl) -> list[PostCover]:
    with app.app_context(), reading() as session:
        return covers_of(session, bowl)


def test_three_workers_do_everything_once(app: Flask, bowl: Bowl, now: datetime) -> None:
    waiting = [open_one(app, bowl.blair, now, bowl.arena.section_id) for _ in range(4)]
    with app.app_context(), transaction() as session:
        idle = goes(session, bowl, bowl.finn, moment=Moment.present(now)).id
    together = Barrier(3)

    def work() -> None:
        together.wait()
        call(app, now + timedelta(minutes=46))
        release(app, now + timedelta(minutes=46))

    threads = [Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(said(app, bowl.dana, kind=NEAR)) == sorted(waiting)
    assert sorted(said(app, bowl.robin, kind=ESCALATED)) == sorted(waiting)
    assert said(app, bowl.finn, kind=MessageKind.REQUEST_RELEASED) == [idle]


def stored(session: Session, bowl: Bowl, request_id: UUID) -> Request:
    return session.get_one(Request, (bowl.organisation_id, request_id), populate_existing=True)


def test_a_worker_does_all_of_it_by_the_settings(
    app: Flask, bowl: Bowl, now: datetime, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    request_id = open_one(app, bowl.blair, now, bowl.arena.section_id)
    with app.app_context(), transaction() as session:
        goes(session, bowl, bowl.finn, moment=Moment.present(now))
        (cover,) = covers_of(session, bowl)
        cover_id, kept_away = cover.id, cover.request_id
    jobs = {job.__name__: job for job in worker.JOBS}
    for name in ("_chase_covers", "_call_for_help", "_release_idle"):
        worker.run(app, jobs[name], now + timedelta(minutes=46))
    worker.run(app, jobs["_name_follow_ups"], now + timedelta(hours=3, minutes=1))
    assert log_lines() == []
    assert said(app, bowl.robin, kind=MessageKind.COVER_ESCALATED) == [cover_id]
    assert said(app, bowl.robin, kind=ESCALATED) == [request_id]
    assert said(app, bowl.finn, kind=MessageKind.REQUEST_RELEASED) == [kept_away]
    assert said(app, bowl.blair, kind=MessageKind.FOLLOW_UP) == [request_id]


@pytest.mark.parametrize("how", ["deactivated", "contract over", "shift over"])
def test_a_stand_in_who_has_gone_is_replaced(
    app: Flask, bowl: Bowl, now: datetime, how: str
) -> None:
    with app.app_context(), transaction() as session:
        goes(session, bowl, bowl.casey, moment=Moment.present(now))
        (cover,) = covers_of(session, bowl)
        cover_id = cover.id
        covers.take(session, actor=bowl.ellis, cover_id=cover_id, now=now)
    later = now + timedelta(seconds=5)
    chase(app, later)
    assert [one.covered_by for one in open_covers(app, bowl)] == [bowl.ellis.employee_id]
    with app.app_context(), transaction() as session:
        who = (bowl.organisation_id, bowl.ellis.employee_id)
        if how == "shift over":
            shift = session.query(Shift).filter_by(organisation_id=who[0], employee_id=who[1]).one()
            shift.ends_at = now
        else:
            employee = session.get_one(Employee, who)
            if how == "deactivated":
                employee.deactivated_at = now
            else:
                employee.contract_ends_on = now.date() - timedelta(days=2)
    for _ in range(2):
        chase(app, later)
    with app.app_context(), reading() as session:
        (cover,) = covers_of(session, bowl)
        assert (cover.covered_by, cover.asked_id) == (None, bowl.dana.employee_id)
        asked = MessageKind.COVER_ASKED
        # Once when the post was left, and once since.
        assert told(session, bowl.dana, asked) == [(asked, cover_id)] * 2
        owner = bowl.organisation_id
        assert list(verify.find_offenders(session, code="I08", organisation_id=owner)) == []
