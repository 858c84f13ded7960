"""Two accounts of one person are one pair of eyes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.identity.problems import PersonUnknown
from backend.rewards import queries
from backend.rewards.problems import (
    AlreadyApproved,
    ApproverChanged,
    OwnRedemption,
    RedemptionClosed,
)
from backend.rewards.rules import DECIDE_WITHIN, FULFIL_WITHIN, Merit, RedemptionStatus, RewardKind
from backend.rewards.services import redemptions
from tests.factories import NOW, Arena, make_employee
from tests.rewards.wallets import give_available, make_reward

HR = (Role.EMPLOYEE, Role.HR)


def an_approver(session: Session, arena: Arena, number: str | None) -> Actor:
    return make_employee(session, arena, roles=HR, payroll_number=number)


def set_number(session: Session, who: Actor, number: str | None) -> None:
    """Say which person an account is of, without asking who may."""
    session.get_one(Employee, (who.organisation_id, who.employee_id)).payroll_number = number
    session.flush()


def asked_by(
    session: Session, arena: Arena, number: str | None, *, cents: int = 10_000, **given: Any
) -> UUID:
    """Return a redemption that somebody with that payroll number asked for."""
    who = make_employee(session, arena, payroll_number=number)
    give_available(session, who, points=100, now=NOW)
    chief = make_employee(session, arena, roles=HR)
    reward = make_reward(session, chief, now=NOW, value_cents=cents, **given)
    return redemptions.ask(
        session, actor=who, reward_id=reward.id, reward_version=1, merit=Merit(), now=NOW
    ).id


def approve(session: Session, who: Actor, redemption_id: UUID, version: int) -> RedemptionStatus:
    return redemptions.approve(
        session, actor=who, redemption_id=redemption_id, seen_version=version, now=NOW
    ).status


def test_nobody_decides_on_what_they_asked_for_on_another_account(
    session: Session, arena: Arena
) -> None:
    asked = asked_by(session, arena, "P1")
    same = an_approver(session, arena, "P1")
    with pytest.raises(OwnRedemption):
        approve(session, same, asked, 1)
    with pytest.raises(OwnRedemption):
        redemptions.decline(
            session, actor=same, redemption_id=asked, seen_version=1, reason="No.", now=NOW
        )
    approve(session, an_approver(session, arena, "P2"), asked, 1)
    with pytest.raises(OwnRedemption):
        redemptions.fulfil(session, actor=same, redemption_id=asked, seen_version=2, now=NOW)


def test_one_person_on_two_accounts_does_not_approve_twice(session: Session, arena: Arena) -> None:
    asked = asked_by(session, arena, "P1", cents=30_000)
    assert approve(session, an_approver(session, arena, "P2"), asked, 1) is RedemptionStatus.ASKED
    with pytest.raises(AlreadyApproved):
        approve(session, an_approver(session, arena, "P2"), asked, 2)
    third = an_approver(session, arena, "P3")
    assert approve(session, third, asked, 2) is RedemptionStatus.APPROVED


def test_nobody_approves_what_has_waited_too_long(session: Session, arena: Arena) -> None:
    asked, approver = asked_by(session, arena, "P1"), an_approver(session, arena, "P2")
    late = {"redemption_id": asked, "seen_version": 1, "now": NOW + DECIDE_WITHIN}
    with pytest.raises(RedemptionClosed) as refused:
        redemptions.approve(session, actor=approver, **late)  # type: ignore[arg-type]
    assert refused.value.members == {"redemption_status": RedemptionStatus.EXPIRED}
    late["now"] = NOW + DECIDE_WITHIN - timedelta(seconds=1)
    redemptions.approve(session, actor=approver, **late)  # type: ignore[arg-type]


@pytest.mark.parametrize("act", ["decline", "cancel", "fulfil"])
def test_what_is_over_is_over_whether_or_not_the_worker_has_come_to_it(
    session: Session, arena: Arena, act: str
) -> None:
    asked = asked_by(session, arena, "P1", kind=RewardKind.PERK)
    hr = an_approver(session, arena, "P2")
    version, within = 1, DECIDE_WITHIN
    if act == "fulfil":
        approve(session, hr, asked, 1)
        version, within = 2, FULFIL_WITHIN
    row = queries.get_redemption(
        session, organisation_id=arena.organisation_id, redemption_id=asked
    )
    said: dict[str, dict[str, Any]] = {
        "decline": {"actor": hr, "seen_version": version, "reason": "No."},
        "cancel": {"actor": replace(hr, employee_id=row.employee_id)},
        "fulfil": {"actor": hr, "seen_version": version},
    }
    wanted = {"redemption_id": asked, **said[act]}
    with pytest.raises(RedemptionClosed) as refused:
        getattr(redemptions, act)(session, now=NOW + within, **wanted)
    assert refused.value.members == {"redemption_status": RedemptionStatus.EXPIRED}
    getattr(redemptions, act)(session, now=NOW + within - timedelta(seconds=1), **wanted)


def test_what_one_person_asks_for_on_two_accounts_is_one_sum(
    session: Session, arena: Arena
) -> None:
    def needed(asked: UUID) -> int:
        return queries.get_redemption(
            session, organisation_id=arena.organisation_id, redemption_id=asked
        ).approvals_needed

    assert needed(asked_by(session, arena, "P1", cents=24_900)) == 1
    assert needed(asked_by(session, arena, "P2", cents=24_900)) == 1
    assert needed(asked_by(session, arena, "P1", cents=100)) == 2
    # Of whom it is unknown who they are, nobody knows that they are the same either.
    assert needed(asked_by(session, arena, None, cents=24_900)) == 1
    assert needed(asked_by(session, arena, None, cents=100)) == 1


def test_an_approval_keeps_who_approved_when_the_number_changes_later(
    session: Session, arena: Arena
) -> None:
    asked = asked_by(session, arena, "P1", cents=30_000)
    first, second = an_approver(session, arena, "P2"), an_approver(session, arena, "P2")
    approve(session, first, asked, 1)
    set_number(session, first, "P9")
    with pytest.raises(AlreadyApproved):
        approve(session, second, asked, 2)


def test_accounts_that_are_found_to_be_one_persons_are_one_approver(
    session: Session, arena: Arena
) -> None:
    asked = asked_by(session, arena, "P1", cents=30_000)
    first, second = an_approver(session, arena, "P2"), an_approver(session, arena, "P3")
    approve(session, first, asked, 1)
    set_number(session, first, "P3")
    with pytest.raises(AlreadyApproved):
        approve(session, second, asked, 2)
    third = an_approver(session, arena, "P4")
    assert approve(session, third, asked, 2) is RedemptionStatus.APPROVED


def test_an_approval_by_whoever_turns_out_to_have_asked_is_worth_nothing(
    session: Session, arena: Arena
) -> None:
    asked = asked_by(session, arena, "P1", cents=30_000)
    first, second = an_approver(session, arena, "P2"), an_approver(session, arena, "P3")
    approve(session, first, asked, 1)
    set_number(session, first, "P1")
    with pytest.raises(ApproverChanged) as refused:
        approve(session, second, asked, 2)
    assert refused.value.members == {"redemption_ids": [str(asked)]}
    redemptions.decline(
        session, actor=second, redemption_id=asked, seen_version=2, reason="Ask anew.", now=NOW
    )


@pytest.mark.parametrize("turns_out_to_be", ["P1", "P3"])
def test_nothing_is_handed_over_that_fewer_people_approved_than_it_takes(
    session: Session, arena: Arena, turns_out_to_be: str
) -> None:
    asked = asked_by(session, arena, "P1", cents=30_000, kind=RewardKind.VACATION)
    first, second = an_approver(session, arena, "P2"), an_approver(session, arena, "P3")
    for version, who in enumerate((first, second), start=1):
        approve(session, who, asked, version)
    third = an_approver(session, arena, "P4")
    set_number(session, first, turns_out_to_be)
    with pytest.raises(ApproverChanged):
        redemptions.fulfil(session, actor=third, redemption_id=asked, seen_version=3, now=NOW)
    set_number(session, first, "P2")
    redemptions.fulfil(session, actor=third, redemption_id=asked, seen_version=3, now=NOW)


@pytest.mark.parametrize(("asker", "approver"), [(None, "P2"), ("P1", None), (None, None)])
def test_nobody_approves_while_it_is_unknown_who_they_are(
    session: Session, arena: Arena, asker: str | None, approver: str | None
) -> None:
    asked = asked_by(session, arena, asker)
    with pytest.raises(PersonUnknown):
        approve(session, an_approver(session, arena, approver), asked, 1)
