"""The 24-hour rule: what the house has not done when it closes has somebody's name on it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import update

from backend.engagement.models import Request, RequestFollowUp, Workload
from backend.engagement.queries.requests import list_history
from backend.engagement.rules import Moment, Status, Step
from backend.engagement.services import follow_ups, requests
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.insight import verify
from backend.notify.messages import MessageKind
from backend.venues.models import Event, Shift
from tests.engagement.bowls import Bowl, committed_bowl, covers_of, goes, told
from tests.engagement.stories import opened, resolve
from tests.factories import make_employee
from tests.insight.rows import signed_in


@pytest.fixture
def now() -> datetime:
    return clock.now()


@pytest.fixture
def bowl(app: Flask, now: datetime) -> Bowl:
    return committed_bowl(app, now=now)


@pytest.fixture
def ends_at(now: datetime) -> datetime:
    return now + timedelta(hours=2)


def name_owners(app: Flask, at: datetime) -> None:
    with app.app_context():
        follow_ups.name_owners(now=at)


def owners(app: Flask, bowl: Bowl) -> dict[UUID, UUID]:
    with app.app_context(), reading() as session:
        rows = session.query(RequestFollowUp).filter_by(organisation_id=bowl.organisation_id)
        return {row.request_id: row.employee_id for row in rows}


def call(app: Flask, who: Actor, at: datetime, method: str, path: str, body: Any = None) -> Any:
    with signed_in(app, who, at=at) as client:
        return client.open(f"/v1{path}", method=method, json=body)


def over(ends_at: datetime) -> datetime:
    return ends_at + timedelta(hours=1, seconds=1)


def test_what_is_left_gets_a_name_once_the_event_is_over(
    app: Flask, bowl: Bowl, now: datetime, ends_at: datetime
) -> None:
    moment = Moment.present(now)
    with app.app_context(), transaction() as session:
        in_hand = goes(session, bowl, bowl.casey, moment=moment).id
        waiting = opened(session, bowl.blair, moment=moment).id
        done = goes(session, bowl, bowl.finn, moment=moment).id
        resolve(session, bowl.finn, done, moment=moment)
    name_owners(app, ends_at + timedelta(minutes=59))
    assert owners(app, bowl) == {}
    for _ in range(2):
        name_owners(app, over(ends_at))
    assert owners(app, bowl) == {
        in_hand: bowl.casey.employee_id,
        waiting: bowl.blair.employee_id,
    }
    with app.app_context(), reading() as session:
        owned = {"organisation_id": bowl.organisation_id}
        due = {row.due_at for row in session.query(RequestFollowUp).filter_by(**owned)}
        assert due == {ends_at + timedelta(hours=24)}
        assert told(session, bowl.casey, MessageKind.FOLLOW_UP) == [
            (MessageKind.FOLLOW_UP, in_hand)
        ]
        # Nobody starts the next evening with it in hand, and every post is closed for the night.
        assert covers_of(session, bowl) == []
        assert {hand.in_hand for hand in session.query(Workload).filter_by(**owned)} == {0}
        row = session.get_one(Request, (bowl.organisation_id, in_hand))
        assert row.status is Status.OPEN


def test_who_has_left_the_house_is_not_named(
    app: Flask, bowl: Bowl, now: datetime, ends_at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        first = goes(session, bowl, bowl.casey, moment=Moment.present(now)).id
        second = goes(session, bowl, bowl.casey, moment=Moment.present(now)).id
        gone = [bowl.casey.employee_id]
        session.execute(update(Employee).where(Employee.id.in_(gone)).values(deactivated_at=now))
        session.execute(
            update(Request).where(Request.id == second).values(opened_by=bowl.casey.employee_id)
        )
    name_owners(app, over(ends_at))
    assert owners(app, bowl) == {
        first: bowl.alex.employee_id,
        second: bowl.robin.employee_id,
    }


def test_it_is_done_with_a_word_and_the_request_is_closed(
    app: Flask, bowl: Bowl, now: datetime, ends_at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        request_id = opened(session, bowl.blair, moment=Moment.present(now)).id
    name_owners(app, over(ends_at))
    morning = ends_at + timedelta(hours=12)
    mine = call(app, bowl.blair, morning, "GET", "/me/follow-ups").json["items"]
    assert [(one["request"]["id"], one["done_at"]) for one in mine] == [(str(request_id), None)]
    path, body = f"/requests/{request_id}/follow-up/done", {"note": "Sent the scarf by post."}
    assert call(app, bowl.casey, morning, "POST", path, body).status_code == 403
    done = call(app, bowl.blair, morning, "POST", path, body).json
    assert (done["request"]["status"], done["note"]) == ("cancelled", "Sent the scarf by post.")
    assert call(app, bowl.blair, morning, "POST", path, {"note": "Again"}).json == done
    assert call(app, bowl.blair, morning, "GET", "/me/follow-ups").json["items"] == []
    listed = call(app, bowl.blair, morning, "GET", "/me/follow-ups?state=done").json["items"]
    assert listed == [done]
    with app.app_context(), reading() as session:
        owner = bowl.organisation_id
        *_, last = list_history(session, organisation_id=owner, request_id=request_id)
        assert last.step is Step.FOLLOWED_UP
        assert list(verify.find_offenders(session, code="I08", organisation_id=owner)) == []


def test_what_is_resolved_after_all_is_done(
    app: Flask, bowl: Bowl, now: datetime, ends_at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        request_id = opened(session, bowl.blair, moment=Moment.present(now)).id
    name_owners(app, over(ends_at))
    late = Moment.present(over(ends_at))
    with app.app_context(), transaction() as session:
        requests.accept(session, actor=bowl.blair, request_id=request_id, moment=late)
        resolve(session, bowl.blair, request_id, moment=late)
    assert call(app, bowl.blair, late.at, "GET", "/me/follow-ups").json["items"] == []
    path = f"/requests/{request_id}/follow-up/done"
    done = call(app, bowl.blair, late.at, "POST", path, {"note": "Was found"}).json
    assert done["request"]["status"] == "resolved"


def test_hr_sees_what_is_overdue_and_may_end_it_on_record(
    app: Flask, bowl: Bowl, now: datetime, ends_at: datetime
) -> None:
    with app.app_context(), transaction() as session:
        hr = make_employee(session, bowl.arena, roles=(Role.EMPLOYEE, Role.HR))
        ids = [opened(session, bowl.blair, moment=Moment.present(now)).id for _ in range(3)]
    name_owners(app, over(ends_at))
    due = ends_at + timedelta(hours=24)
    early, late = due - timedelta(minutes=1), due + timedelta(minutes=1)
    assert call(app, hr, early, "GET", "/follow-ups?state=overdue").json["items"] == []
    first = call(app, hr, late, "GET", "/follow-ups?state=overdue&limit=2").json
    cursor = first["next_cursor"]
    rest = call(app, hr, late, "GET", f"/follow-ups?state=overdue&limit=2&cursor={cursor}").json
    found = [one["request"]["id"] for one in [*first["items"], *rest["items"]]]
    assert sorted(found) == sorted(map(str, ids))
    assert call(app, bowl.robin, late, "GET", "/follow-ups").status_code == 403
    path = f"/requests/{ids[0]}/follow-up/done"
    assert call(app, hr, late, "POST", path, {"note": "Called the fan."}).status_code == 200
    with app.app_context(), reading() as session:
        (act,) = session.query(AuditRow).filter_by(subject_id=ids[0], act="follow_up.done")
        assert act.actor_id == hr.employee_id


def test_a_request_without_a_follow_up_has_none_to_do(
    app: Flask, bowl: Bowl, now: datetime
) -> None:
    with app.app_context(), transaction() as session:
        request_id = opened(session, bowl.blair, moment=Moment.present(now)).id
    path = f"/requests/{request_id}/follow-up/done"
    refused = call(app, bowl.blair, now, "POST", path, {"note": "x"})
    assert (refused.status_code, refused.json["type"]) == (404, "/problems/follow-up-not-found")
    assert call(app, bowl.blair, now, "POST", path, {"note": ""}).status_code == 422


def test_workers_that_stood_still_for_weeks_catch_up(app: Flask, bowl: Bowl, now: datetime) -> None:
    with app.app_context(), transaction() as session:
        request_id = opened(session, bowl.blair, moment=Moment.present(now)).id
        event = session.get_one(Event, (bowl.organisation_id, bowl.arena.event_id))
        weeks_later = event.ends_at + timedelta(days=45)
    name_owners(app, weeks_later)
    assert owners(app, bowl) == {request_id: bowl.blair.employee_id}


def test_who_works_on_after_the_event_keeps_what_they_took_then(
    app: Flask, bowl: Bowl, ends_at: datetime
) -> None:
    late = over(ends_at) + timedelta(minutes=30)
    moment, casey = Moment.present(late), bowl.casey
    with app.app_context(), transaction() as session:
        theirs = update(Shift).where(Shift.employee_id == casey.employee_id)
        session.execute(theirs.values(ends_at=late + timedelta(hours=2)))
        done, left = (opened(session, casey, moment=moment).id for _ in range(2))
        for request_id in (done, left):
            requests.accept(session, actor=casey, request_id=request_id, moment=moment)
    name_owners(app, late + timedelta(seconds=5))
    assert owners(app, bowl) == {}
    later = Moment.present(late + timedelta(minutes=3))
    with app.app_context(), transaction() as session:
        assert resolve(session, casey, done, moment=later).request.status is Status.RESOLVED
        requests.release(session, actor=casey, request_id=left, moment=later)
    name_owners(app, late + timedelta(minutes=4))
    assert owners(app, bowl) == {left: casey.employee_id}
