"""Who is not on duty, or not employed any more: kept, but not believed, and handed nothing."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Gesture, GestureCap, GestureKind, Request
from backend.engagement.problems import ColleagueGone, ColleagueOffDuty
from backend.engagement.rules import Moment, Status
from backend.engagement.rules.gestures import GestureCategory
from backend.engagement.services import forgotten_words, gestures, requests
from backend.engagement.services.gestures import NewGesture
from backend.foundation.db import new_id, transaction
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.identity.rules import PayBasis
from backend.integrity.rules import Verdict
from backend.rewards.models import LedgerTransaction
from tests.engagement.stories import (
    CODE_KEY,
    PRESENT,
    accepted,
    committed_evening,
    make_evening,
    opened,
    resolve,
)
from tests.factories import NOW, make_employee, make_shift

BEFORE_ANY_RULES = datetime(2000, 1, 1, tzinfo=UTC)


def test_an_hourly_supervisor_without_a_shift_earns_nothing(session: Session) -> None:
    evening = make_evening(session)
    boss = evening.supervisor
    request = opened(session, boss, zone_id=evening.arena.gate_id)
    requests.accept(session, actor=boss, request_id=request.id, moment=PRESENT)
    assert resolve(session, boss, request.id).request.verdict is Verdict.UNVERIFIED
    points = select(func.sum(LedgerTransaction.points)).where(
        LedgerTransaction.employee_id == boss.employee_id
    )
    assert session.scalar(points) is None


def test_nothing_is_handed_to_whose_contract_is_over(session: Session) -> None:
    evening = make_evening(session)
    blair = evening.blair.employee_id
    session.get_one(Employee, (evening.organisation_id, blair)).contract_ends_on = date(2026, 10, 1)
    request = accepted(session, evening.alex)
    whose: dict[str, Any] = {"actor": evening.alex, "request_id": request.id, "employee_id": blair}
    with pytest.raises(ColleagueGone):
        requests.hand_over(session, **whose, keep_percent=0, moment=PRESENT)
    with pytest.raises(ColleagueGone):
        requests.add_helper(session, **whose, percent=50, moment=PRESENT)


def test_credit_is_given_to_nobody_who_is_off_the_clock(session: Session) -> None:
    evening = make_evening(session)
    request = accepted(session, evening.alex)
    whose: dict[str, Any] = {"actor": evening.alex, "request_id": request.id, "moment": PRESENT}
    resting = make_employee(session, evening.arena)
    with pytest.raises(ColleagueOffDuty):
        requests.add_helper(session, **whose, employee_id=resting.employee_id, percent=50)
    salaried = make_employee(session, evening.arena, pay_basis=PayBasis.SALARIED)
    for colleague in (evening.blair, salaried):
        requests.add_helper(session, **whose, employee_id=colleague.employee_id, percent=30)
    shares = resolve(session, evening.alex, request.id).request.shares
    assert sorted(share.percent for share in shares) == [30, 30, 40]


def test_what_is_handed_to_whom_is_off_the_clock_pays_nobody(session: Session) -> None:
    evening = make_evening(session)
    alex = evening.alex
    resting = make_employee(session, evening.arena)
    request = accepted(session, alex)
    key: dict[str, Any] = {"request_id": request.id, "moment": PRESENT}
    colleague = resting.employee_id
    requests.hand_over(session, actor=alex, **key, employee_id=colleague, keep_percent=1)
    helper = evening.blair.employee_id
    requests.add_helper(session, actor=resting, **key, employee_id=helper, percent=50)
    done = resolve(session, evening.blair, request.id)
    assert done.request.verdict is Verdict.UNVERIFIED
    assert _paid(session, evening.organisation_id) == 0


def _paid(session: Session, organisation_id: UUID) -> int:
    ours = LedgerTransaction.organisation_id == organisation_id
    return session.scalars(select(func.count()).where(ours)).one()


def test_nobody_earns_by_a_helper_once_their_own_shift_is_over(session: Session) -> None:
    evening = make_evening(session)
    early = make_employee(session, evening.arena)
    make_shift(session, evening.arena, early, hours=(0, 2))
    request = accepted(session, early)
    helper = evening.blair.employee_id
    key: dict[str, Any] = {"actor": early, "request_id": request.id, "moment": PRESENT}
    requests.add_helper(session, **key, employee_id=helper, percent=1)
    later = Moment.present(NOW + timedelta(hours=1))
    done = resolve(session, evening.blair, request.id, moment=later)
    assert done.request.verdict is Verdict.UNVERIFIED
    assert _paid(session, evening.organisation_id) == 0


def test_the_owner_of_what_a_helper_resolved_is_paid_on_the_clock(session: Session) -> None:
    evening = make_evening(session)
    salaried = make_employee(session, evening.arena, pay_basis=PayBasis.SALARIED)
    for owner in (evening.alex, salaried):
        request = opened(session, evening.alex)
        key: dict[str, Any] = {"actor": owner, "request_id": request.id, "moment": PRESENT}
        requests.accept(session, **key)
        requests.add_helper(session, **key, employee_id=evening.blair.employee_id, percent=50)
        assert resolve(session, evening.blair, request.id).request.verdict is Verdict.VERIFIED


def test_whoever_cancelled_what_another_opened_hears_so_again(session: Session) -> None:
    evening = make_evening(session)
    request = opened(session, evening.casey, zone_id=evening.arena.gate_id)
    requests.accept(session, actor=evening.alex, request_id=request.id, moment=PRESENT)
    for _ in range(2):
        done = requests.cancel(
            session, actor=evening.alex, request_id=request.id, reason="Gone.", moment=PRESENT
        )
        assert done.status is Status.CANCELLED


def test_what_is_not_believed_is_resolved_without_rules_for_its_time(session: Session) -> None:
    evening = make_evening(session)
    request = accepted(session, evening.alex)
    long_ago = Moment(at=BEFORE_ANY_RULES, now=NOW, verdict=Verdict.UNVERIFIED)
    assert resolve(session, evening.alex, request.id, moment=long_ago).request.status == "resolved"


def test_the_seat_of_a_gesture_is_forgotten_with_that_of_its_request(app: Flask) -> None:
    evening = committed_evening(app)
    owner, given = evening.organisation_id, new_id()
    with app.app_context(), transaction() as session:
        session.add(
            GestureCap(organisation_id=owner, role=Role.EMPLOYEE, currency="USD", cents=5_000)
        )
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
        request = accepted(session, evening.alex)
        new = NewGesture(id=given, request_id=request.id, kind_id=kind.id)
        gestures.give(session, actor=evening.alex, new=new, moment=PRESENT, code_key=CODE_KEY)
        assert session.get_one(Gesture, (owner, given)).seat_key
    with app.app_context():
        while forgotten_words.forget_old(now=NOW + timedelta(days=400)):
            pass
        with transaction() as session:
            gesture = session.get_one(Gesture, (owner, given))
            assert (gesture.seat, gesture.seat_key) == (None, None)
            assert session.get_one(Request, (owner, request.id)).seat is None
