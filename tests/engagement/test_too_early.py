"""What a phone says was done before it could be is kept, and neither believed nor paid."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.engagement.problems import GestureOffDuty, NotOnShift
from backend.engagement.queries.requests import RequestView
from backend.engagement.rules import Moment
from backend.engagement.services import actions, gestures, packs, requests, scans
from backend.engagement.services.gestures import NewGesture
from backend.engagement.services.packs import NewPack
from backend.engagement.services.scans import NewScan
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.integrity.rules import Verdict
from backend.rewards.models import LedgerTransaction
from tests.engagement.stories import (
    CODE_KEY,
    PRESENT,
    Evening,
    accepted,
    committed_evening,
    make_evening,
    opened,
    resolve,
)
from tests.factories import NOW, make_employee, make_shift
from tests.http import headers_for


@pytest.fixture
def evening(session: Session) -> Evening:
    return make_evening(session)


def told(minutes: float, *, now_after: float = 0) -> Moment:
    """Return the moment of what a phone says was ``minutes`` after the opening of a request."""
    now = NOW + timedelta(minutes=now_after)
    moment = actions.moment_of(NOW + timedelta(minutes=minutes), sent_at=now, now=now)
    assert moment.verdict is Verdict.VERIFIED
    return moment


def paid(session: Session, organisation_id: UUID) -> int:
    ours = LedgerTransaction.organisation_id == organisation_id
    return session.scalars(select(func.count()).where(ours)).one()


def test_what_was_done_before_it_was_asked_for_is_not_believed(
    session: Session, evening: Evening
) -> None:
    early = make_employee(session, evening.arena)
    # Off the clock by now.
    make_shift(session, evening.arena, early, hours=(-0.5, 0.5))
    request = opened(session, evening.blair)
    lie = told(-65)
    requests.accept(session, actor=early, request_id=request.id, moment=lie)
    done = resolve(session, early, request.id, moment=lie).request
    assert done.verdict is Verdict.UNVERIFIED
    assert (done.accept_seconds, done.resolve_seconds) == (None, None)
    assert paid(session, evening.organisation_id) == 0


def test_what_was_resolved_before_it_was_taken_is_not_believed(
    session: Session, evening: Evening
) -> None:
    request = opened(session, evening.alex)
    key: dict[str, Any] = {"actor": evening.alex, "request_id": request.id}
    requests.accept(session, **key, moment=told(30, now_after=30))
    done = resolve(session, evening.alex, request.id, moment=told(10, now_after=30)).request
    assert done.verdict is Verdict.UNVERIFIED
    assert paid(session, evening.organisation_id) == 0


@pytest.mark.parametrize("way", ["helper", "hand over"])
def test_what_was_shared_before_it_was_taken_is_not_believed(
    session: Session, evening: Evening, way: str
) -> None:
    request = accepted(session, evening.alex)
    key: dict[str, Any] = {"actor": evening.alex, "request_id": request.id, "moment": told(-3)}
    key["employee_id"] = evening.blair.employee_id
    if way == "helper":
        shared = requests.add_helper(session, **key, percent=10)
    else:
        shared = requests.hand_over(session, **key, keep_percent=10)
    assert shared.verdict is Verdict.UNVERIFIED


def test_clocks_may_differ_by_two_minutes(session: Session, evening: Evening) -> None:
    request = opened(session, evening.alex)
    key: dict[str, Any] = {"actor": evening.alex, "request_id": request.id}
    requests.accept(session, **key, moment=told(-2))
    done = resolve(session, evening.alex, request.id, moment=told(-2)).request
    assert done.verdict is Verdict.VERIFIED
    assert (done.accept_seconds, done.resolve_seconds) == (0, 0)


def test_who_takes_what_another_put_back_is_judged_by_their_own_taking(
    session: Session, evening: Evening
) -> None:
    alex, blair = evening.alex, evening.blair
    request = opened(session, alex)
    key: dict[str, Any] = {"request_id": request.id}
    for act in (requests.accept, requests.release):
        act(session, actor=alex, **key, moment=told(30, now_after=30))
    # Without a network Blair saw nobody take it.
    requests.accept(session, actor=blair, **key, moment=told(10, now_after=40))
    done = resolve(session, blair, request.id, moment=told(12, now_after=40)).request
    assert (done.verdict, done.resolve_seconds) == (Verdict.VERIFIED, 720)
    assert done.accept_seconds == 1800


def test_nothing_is_given_before_the_request_was_in_hand(
    session: Session, evening: Evening
) -> None:
    request = accepted(session, evening.alex)
    new = NewGesture(id=new_id(), request_id=request.id, kind_id=new_id())
    with pytest.raises(GestureOffDuty):
        gestures.give(session, actor=evening.alex, new=new, moment=told(-3), code_key=CODE_KEY)


def test_no_card_is_handed_out_before_it_was_made(session: Session, evening: Evening) -> None:
    hr = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    pack = packs.make(session, actor=hr, new=NewPack(count=10), now=NOW, code_key=CODE_KEY)
    new = NewScan(id=new_id(), pack_id=pack.id)
    key: dict[str, Any] = {"actor": evening.alex, "new": new, "code_hours": 72}
    with pytest.raises(NotOnShift):
        scans.scan(session, **key, moment=told(-3))
    assert scans.scan(session, **key, moment=PRESENT).bound == 10


def play(app: Flask, who: Actor, acts: list[dict[str, Any]]) -> list[Any]:
    said = {"sent_at": clock.now().isoformat(), "actions": acts}
    client = app.test_client()
    answer: Any = client.post("/v1/sync", json=said, headers=headers_for(app, who)).json
    assert all(one["status"] in {200, 201} for one in answer["results"])
    return [one["result"] for one in answer["results"]]


def test_a_queue_that_was_filled_without_a_network_is_believed(app: Flask) -> None:
    now = clock.now()
    evening = committed_evening(app, now=now)
    request_id = str(uuid4())
    acts = [{"id": request_id, "kind": "open", "category": "seating"}]
    acts += [
        {"id": str(uuid4()), "kind": kind, "request_id": request_id}
        for kind in ("accept", "resolve")
    ]
    for minute, act in enumerate(acts):
        act["at"] = (now - timedelta(minutes=30 - minute)).isoformat()
    done = play(app, evening.alex, acts)[-1]["request"]
    assert (done["verdict"], done["resolve_seconds"]) == ("verified", 120)
    must_hold(app, evening)


def test_a_queue_that_says_what_cannot_be_earns_nothing(app: Flask) -> None:
    now = clock.now()
    evening = committed_evening(app, now=now)
    with app.app_context(), transaction() as session:
        early = make_employee(session, evening.arena)
        make_shift(session, evening.arena, early, hours=(-0.5, 0.5))
        request: RequestView = opened(session, evening.blair, moment=Moment.present(now))
    lie = (now - timedelta(minutes=65)).isoformat()
    play(
        app,
        early,
        [
            {"id": str(uuid4()), "kind": kind, "at": lie, "request_id": str(request.id)}
            for kind in ("accept", "resolve")
        ],
    )
    with app.app_context(), reading() as session:
        assert paid(session, evening.organisation_id) == 0
    must_hold(app, evening)


def must_hold(app: Flask, evening: Evening) -> None:
    with app.app_context(), reading() as session:
        owner = evening.organisation_id
        assert list(verify.verify(session, organisation_id=owner)) == []
