"""Whoever hands a request over has a share of its credit, and no more to do with it."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Gesture, GestureCap, GestureKind
from backend.engagement.problems import AlreadyHelping, NotInYourHands, RequestClosed
from backend.engagement.queries.requests import RequestView
from backend.engagement.rules import Concern, Moment, Status
from backend.engagement.rules.gestures import GestureCategory, GestureState
from backend.engagement.services import gestures, requests, safety
from backend.engagement.services.gestures import NewGesture
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.identity.permissions import Role
from backend.rewards.models import LedgerTransaction
from tests.engagement.stories import (
    CODE_KEY,
    PRESENT,
    Evening,
    accepted,
    committed_evening,
    make_evening,
    resolve,
    shares_of,
)
from tests.factories import NOW
from tests.http import headers_for


@pytest.fixture
def evening(session: Session) -> Evening:
    return make_evening(session)


def hand(session: Session, who: Actor, request: RequestView, to: Actor, *, keep: int = 50) -> None:
    requests.hand_over(
        session,
        actor=who,
        request_id=request.id,
        employee_id=to.employee_id,
        keep_percent=keep,
        moment=PRESENT,
    )


def share(session: Session, who: Actor, request: RequestView, helper: Actor) -> None:
    requests.add_helper(
        session,
        actor=who,
        request_id=request.id,
        employee_id=helper.employee_id,
        percent=20,
        moment=PRESENT,
    )


def earned(session: Session, actor: Actor) -> int:
    points = func.coalesce(func.sum(LedgerTransaction.points), 0)
    theirs = LedgerTransaction.employee_id == actor.employee_id
    return int(session.scalars(select(points).where(theirs)).one())


def a_drink(session: Session, evening: Evening) -> GestureKind:
    owner = evening.organisation_id
    session.add(GestureCap(organisation_id=owner, role=Role.EMPLOYEE, currency="USD", cents=100))
    kind = GestureKind(
        organisation_id=owner,
        id=new_id(),
        active=True,
        created_at=NOW,
        name="Drink",
        category=GestureCategory.DRINK,
        cents=500,
        currency="USD",
    )
    session.add(kind)
    session.flush()
    return kind


def ask(session: Session, who: Actor, request: RequestView, kind: GestureKind) -> Gesture:
    new = NewGesture(id=new_id(), request_id=request.id, kind_id=kind.id, needs_supervisor=True)
    given = gestures.give(session, actor=who, new=new, moment=PRESENT, code_key=CODE_KEY)
    return session.get_one(Gesture, (who.organisation_id, given.id))


def test_who_handed_a_request_over_does_nothing_with_it(session: Session, evening: Evening) -> None:
    alex, blair, casey = evening.alex, evening.blair, evening.casey
    kind = a_drink(session, evening)
    request = accepted(session, alex)
    hand(session, alex, request, blair)
    key: dict[str, Any] = {"actor": alex, "request_id": request.id, "moment": PRESENT}
    deeds: list[Callable[[], object]] = [
        lambda: resolve(session, alex, request.id),
        lambda: requests.release(session, **key),
        lambda: requests.cancel(session, **key, reason="Gone"),
        lambda: hand(session, alex, request, casey),
        lambda: share(session, alex, request, casey),
        lambda: ask(session, alex, request, kind),
    ]
    for deed in deeds:
        with pytest.raises(NotInYourHands):
            deed()
    done = resolve(session, blair, request.id)
    assert shares_of(done.request) == {alex.employee_id: 50, blair.employee_id: 50}
    assert (earned(session, alex), earned(session, blair)) == (5, 5)
    with pytest.raises(NotInYourHands):
        requests.get_code(session, actor=alex, request_id=request.id, code_key=CODE_KEY)
    with pytest.raises(RequestClosed):
        resolve(session, alex, request.id)


def test_a_helper_of_a_former_owner_helps_no_more(session: Session, evening: Evening) -> None:
    alex, blair, casey = evening.alex, evening.blair, evening.casey
    request = accepted(session, alex)
    share(session, alex, request, casey)
    hand(session, alex, request, blair)
    with pytest.raises(NotInYourHands):
        resolve(session, casey, request.id)
    with pytest.raises(AlreadyHelping):
        share(session, blair, request, casey)
    assert resolve(session, blair, request.id).request.status is Status.RESOLVED
    assert earned(session, casey) == 2


def test_who_is_asked_to_help_by_the_new_owner_may_resolve(
    session: Session, evening: Evening
) -> None:
    alex, blair, casey = evening.alex, evening.blair, evening.casey
    request = accepted(session, alex)
    hand(session, alex, request, blair, keep=0)
    share(session, blair, request, casey)
    share(session, blair, request, alex)
    done = resolve(session, casey, request.id)
    for one in (alex, blair, casey):
        found = requests.get_code(session, actor=one, request_id=request.id, code_key=CODE_KEY)
        assert found.code == done.code


def test_what_is_handed_back_is_in_hand_again(session: Session, evening: Evening) -> None:
    alex, blair = evening.alex, evening.blair
    request = accepted(session, alex)
    hand(session, alex, request, blair)
    hand(session, blair, request, alex)
    with pytest.raises(NotInYourHands):
        resolve(session, blair, request.id)
    assert resolve(session, alex, request.id).request.owner_id == alex.employee_id


def test_who_opened_and_handed_over_cancels_it_once_it_was_put_back(
    session: Session, evening: Evening
) -> None:
    alex, blair = evening.alex, evening.blair
    request = accepted(session, alex)
    hand(session, alex, request, blair, keep=0)
    key: dict[str, Any] = {"request_id": request.id, "moment": PRESENT}
    requests.release(session, actor=blair, **key)
    gone = requests.cancel(session, actor=alex, **key, reason="Gone")
    assert gone.status is Status.CANCELLED


def test_a_matter_of_safety_is_everybodys_who_knows_of_it(
    session: Session, evening: Evening
) -> None:
    request = accepted(session, evening.alex)
    hand(session, evening.alex, request, evening.blair)
    done = safety.hand_over(
        session,
        actor=evening.alex,
        request_id=request.id,
        concern=Concern.MEDICAL,
        moment=PRESENT,
    )
    assert done.request.status is Status.CANCELLED


def test_only_the_new_owner_waits_on_for_a_supervisor(session: Session, evening: Evening) -> None:
    alex, blair, casey = evening.alex, evening.blair, evening.casey
    kind = a_drink(session, evening)
    request = accepted(session, alex)
    for helper in (blair, casey):
        share(session, alex, request, helper)
    asked = [ask(session, who, request, kind) for who in (alex, blair, casey)]
    hand(session, alex, request, blair)
    for one in asked:
        session.refresh(one)
    assert [one.state for one in asked] == [
        GestureState.WITHDRAWN,
        GestureState.WAITING,
        GestureState.WITHDRAWN,
    ]


def test_nobody_keeps_more_than_half(app: Flask) -> None:
    evening = committed_evening(app, now=clock.now())
    alex, client = evening.alex, app.test_client()
    with app.app_context(), transaction() as session:
        request = accepted(session, alex, moment=Moment.present(clock.now()))
    colleague = {"employee_id": str(evening.blair.employee_id)}
    path = f"/v1/requests/{request.id}/hand-over"
    for keep, status in ((51, 422), (50, 200)):
        body = colleague | {"keep_percent": keep}
        answer = client.post(path, json=body, headers=headers_for(app, alex))
        assert answer.status_code == status
