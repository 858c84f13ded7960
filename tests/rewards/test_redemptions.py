"""Redemptions: points are held once, and end one way only; others decide."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.identity.permissions import Role
from backend.rewards.models import (
    Balance,
    LedgerTransaction,
    Redemption,
    Reward,
    TransactionKind,
)
from backend.rewards.problems import (
    AlreadyApproved,
    NotEligible,
    NotEnoughPoints,
    NotOffered,
    OutOfStock,
    OwnRedemption,
    RedemptionChanged,
    RedemptionClosed,
    RedemptionNotFound,
    RewardChanged,
    RewardRefused,
)
from backend.rewards.queries import RedemptionFacts, RewardFacts
from backend.rewards.rules import Merit, RedemptionStatus, RewardKind
from backend.rewards.services import catalogue, redemptions
from backend.rewards.services.ledger import accrue, reverse
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.books import check_books
from tests.rewards.test_ledger import an_earning, an_occasion
from tests.rewards.wallets import give_available, make_reward

HR = (Role.EMPLOYEE, Role.HR)


def buckets(session: Session, who: Actor) -> tuple[int, int, int, int]:
    """Return available, held, paid and debt."""
    session.expire_all()
    row = session.get_one(Balance, (who.organisation_id, who.employee_id))
    return row.available, row.held, row.paid, row.debt


def an_ask(
    session: Session, who: Actor, reward: RewardFacts, *, merit: Merit | None = None
) -> RedemptionFacts:
    return redemptions.ask(
        session,
        actor=who,
        reward_id=reward.id,
        reward_version=reward.version,
        merit=merit or Merit(),
        now=NOW,
    )


def stock_of(session: Session, reward: RewardFacts) -> int | None:
    session.expire_all()
    return session.get_one(Reward, (reward.organisation_id, reward.id)).stock


@pytest.fixture
def usher(session: Session, arena: Arena) -> Actor:
    who = make_employee(session, arena)
    give_available(session, who, points=1_000, now=NOW)
    return who


@pytest.fixture
def harper(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena, name="Harper Reed", roles=HR)


@pytest.fixture
def indira(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena, name="Indira Lane", roles=HR)


def test_what_is_approved_and_handed_over_is_paid_with_the_held_points(
    session: Session, usher: Actor, harper: Actor
) -> None:
    meal = make_reward(session, harper, now=NOW, kind=RewardKind.PERK)
    asked = an_ask(session, usher, meal)
    assert (asked.status, asked.approvals_needed) == (RedemptionStatus.ASKED, 1)
    assert buckets(session, usher) == (900, 100, 0, 0)
    approved = redemptions.approve(
        session, actor=harper, redemption_id=asked.id, seen_version=1, now=NOW
    )
    assert approved.status is RedemptionStatus.APPROVED
    done = redemptions.fulfil(
        session, actor=harper, redemption_id=asked.id, seen_version=2, now=NOW
    )
    assert (done.status, done.due_at) == (RedemptionStatus.FULFILLED, None)
    assert [one.step for one in done.steps] == [
        RedemptionStatus.ASKED,
        RedemptionStatus.APPROVED,
        RedemptionStatus.FULFILLED,
    ]
    assert buckets(session, usher) == (900, 0, 100, 0)
    acts = session.scalars(select(AuditRow.act).where(AuditRow.subject_id == asked.id)).all()
    assert sorted(acts) == ["redemption.approved", "redemption.fulfilled"]
    check_books(session, usher.organisation_id)


def test_what_is_declined_gives_points_and_stock_back_and_says_why(
    session: Session, usher: Actor, harper: Actor
) -> None:
    reward = make_reward(session, harper, now=NOW, stock=1)
    asked = an_ask(session, usher, reward)
    assert stock_of(session, reward) == 0
    declined = redemptions.decline(
        session, actor=harper, redemption_id=asked.id, seen_version=1, reason="Not yet.", now=NOW
    )
    assert (declined.status, declined.steps[-1].reason) == (RedemptionStatus.DECLINED, "Not yet.")
    assert buckets(session, usher) == (1_000, 0, 0, 0)
    assert stock_of(session, reward) == 1
    check_books(session, usher.organisation_id)


def test_a_stock_counted_later_gets_nothing_back_that_was_never_taken_from_it(
    session: Session, usher: Actor, harper: Actor
) -> None:
    any_number = make_reward(session, harper, now=NOW)
    before = an_ask(session, usher, any_number)
    to = {"version": 1, "stock": 5, "seen_stock": None}
    counted = catalogue.change(session, actor=harper, reward_id=any_number.id, to=to, now=NOW)
    after = an_ask(session, usher, counted)
    redemptions.cancel(session, actor=usher, redemption_id=before.id, now=NOW)
    assert stock_of(session, any_number) == 4
    redemptions.cancel(session, actor=usher, redemption_id=after.id, now=NOW)
    assert stock_of(session, any_number) == 5
    check_books(session, usher.organisation_id)


def test_the_last_one_is_had_once(session: Session, usher: Actor, harper: Actor) -> None:
    reward = make_reward(session, harper, now=NOW, stock=1)
    an_ask(session, usher, reward)
    with pytest.raises(OutOfStock):
        an_ask(session, usher, reward)


def test_more_points_than_there_are_cannot_be_held(
    session: Session, usher: Actor, harper: Actor
) -> None:
    with pytest.raises(NotEnoughPoints):
        an_ask(session, usher, make_reward(session, harper, now=NOW, points=1_001))
    assert buckets(session, usher) == (1_000, 0, 0, 0)


def test_an_employee_takes_back_what_they_asked_for_and_nobody_else_does(
    session: Session, usher: Actor, harper: Actor
) -> None:
    asked = an_ask(session, usher, make_reward(session, harper, now=NOW))
    with pytest.raises(RedemptionNotFound):
        redemptions.cancel(session, actor=harper, redemption_id=asked.id, now=NOW)
    redemptions.cancel(session, actor=usher, redemption_id=asked.id, now=NOW)
    with pytest.raises(RedemptionClosed):
        redemptions.cancel(session, actor=usher, redemption_id=asked.id, now=NOW)
    assert buckets(session, usher) == (1_000, 0, 0, 0)


def test_nobody_decides_on_their_own(session: Session, harper: Actor) -> None:
    give_available(session, harper, points=100, now=NOW)
    asked = an_ask(session, harper, make_reward(session, harper, now=NOW))
    seen: dict[str, Any] = {
        "actor": harper,
        "redemption_id": asked.id,
        "seen_version": 1,
        "now": NOW,
    }
    with pytest.raises(OwnRedemption):
        redemptions.approve(session, **seen)
    with pytest.raises(OwnRedemption):
        redemptions.decline(session, **seen, reason="No.")
    with pytest.raises(OwnRedemption):
        redemptions.fulfil(session, **seen)


def test_from_the_threshold_two_people_approve_and_not_one_twice(
    session: Session, usher: Actor, harper: Actor, indira: Actor
) -> None:
    asked = an_ask(session, usher, make_reward(session, harper, now=NOW, value_cents=25_000))
    assert asked.approvals_needed == 2
    once = redemptions.approve(
        session, actor=harper, redemption_id=asked.id, seen_version=1, now=NOW
    )
    assert once.status is RedemptionStatus.ASKED
    with pytest.raises(AlreadyApproved):
        redemptions.approve(session, actor=harper, redemption_id=asked.id, seen_version=2, now=NOW)
    twice = redemptions.approve(
        session, actor=indira, redemption_id=asked.id, seen_version=2, now=NOW
    )
    assert twice.status is RedemptionStatus.APPROVED
    assert twice.approved_by == [harper.employee_id, indira.employee_id]


def test_four_just_below_the_threshold_need_two_people(
    session: Session, usher: Actor, harper: Actor
) -> None:
    reward = make_reward(session, harper, now=NOW, value_cents=24_900)
    needed = [an_ask(session, usher, reward).approvals_needed for _ in range(4)]
    assert needed == [1, 2, 2, 2]


def test_after_thirty_days_the_sum_begins_anew(
    session: Session, usher: Actor, harper: Actor
) -> None:
    reward = make_reward(session, harper, now=NOW, value_cents=24_900)
    an_ask(session, usher, reward)
    later = redemptions.ask(
        session,
        actor=usher,
        reward_id=reward.id,
        reward_version=1,
        merit=Merit(),
        now=NOW + timedelta(days=30),
    )
    assert (later.rolling_cents, later.approvals_needed) == (24_900, 1)


def test_an_approval_is_bound_to_what_the_approver_saw(
    session: Session, usher: Actor, harper: Actor, indira: Actor
) -> None:
    asked = an_ask(session, usher, make_reward(session, harper, now=NOW, value_cents=30_000))
    redemptions.approve(session, actor=harper, redemption_id=asked.id, seen_version=1, now=NOW)
    with pytest.raises(RedemptionChanged):
        redemptions.approve(session, actor=indira, redemption_id=asked.id, seen_version=1, now=NOW)


def test_what_was_not_approved_is_not_handed_over(
    session: Session, usher: Actor, harper: Actor
) -> None:
    meal = make_reward(session, harper, now=NOW, kind=RewardKind.PERK)
    asked = an_ask(session, usher, meal)
    with pytest.raises(RedemptionClosed):
        redemptions.fulfil(session, actor=harper, redemption_id=asked.id, seen_version=1, now=NOW)


def test_a_reward_keeps_the_terms_on_which_it_was_asked_for(
    session: Session, usher: Actor, harper: Actor
) -> None:
    reward = make_reward(session, harper, now=NOW)
    asked = an_ask(session, usher, reward)
    changed = catalogue.change(
        session, actor=harper, reward_id=reward.id, to={"version": 1, "points": 500}, now=NOW
    )
    with pytest.raises(RewardChanged):
        an_ask(session, usher, reward)
    session.expire_all()
    row = session.get_one(Redemption, (usher.organisation_id, asked.id))
    assert (row.points, changed.version) == (100, 2)


def test_what_is_withdrawn_or_over_is_not_offered(
    session: Session, usher: Actor, harper: Actor
) -> None:
    over = make_reward(session, harper, now=NOW - timedelta(days=2), offered_until=NOW)
    with pytest.raises(NotOffered):
        an_ask(session, usher, over)
    withdrawn = make_reward(session, harper, now=NOW)
    catalogue.change(
        session,
        actor=harper,
        reward_id=withdrawn.id,
        to={"version": 1, "withdrawn": True},
        now=NOW,
    )
    with pytest.raises(NotOffered):
        an_ask(session, usher, withdrawn)


@pytest.mark.parametrize(
    ("bound", "merit", "missing"),
    [
        ({"least_resolved": 5}, Merit(resolved=2), {"resolved": 3}),
        ({"least_good_percent": 90}, Merit(ratings=10, good=8), {"good_percent": 90}),
        ({"least_good_percent": 1}, Merit(), {"good_percent": 1}),
        ({"employment_kinds": ["temp"]}, Merit(), {"employment": True}),
    ],
)
def test_what_is_missing_is_named(
    session: Session,
    usher: Actor,
    harper: Actor,
    bound: dict[str, object],
    merit: Merit,
    missing: dict[str, object],
) -> None:
    reward = make_reward(session, harper, now=NOW, **bound)
    with pytest.raises(NotEligible) as refused:
        an_ask(session, usher, reward, merit=merit)
    named = refused.value.members["missing"]
    assert {name: value for name, value in named.items() if value} == missing


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"value_cents": 0}, "value_cents"),
        ({"days_off": 3}, "days_off"),
        ({"offered_from": NOW, "offered_until": NOW}, "offered_until"),
    ],
)
def test_a_reward_that_contradicts_itself_is_refused(
    session: Session, harper: Actor, given: dict[str, object], field: str
) -> None:
    with pytest.raises(RewardRefused) as refused:
        make_reward(session, harper, now=NOW, **given)
    assert isinstance(refused.value.errors, dict)
    assert refused.value.errors["json"].keys() == {field}


def test_a_vacation_has_days_off(session: Session, harper: Actor) -> None:
    trip = {"kind": RewardKind.VACATION, "value_cents": 0, "days_off": 3}
    assert make_reward(session, harper, now=NOW, **trip).days_off == 3


def test_released_points_repay_debt_first(session: Session) -> None:
    arena = make_arena(session)
    who = make_employee(session, arena)
    chief = make_employee(session, arena, roles=HR)
    give_available(session, who, points=60, now=NOW)
    asked = an_ask(session, who, make_reward(session, chief, now=NOW, points=60))
    source_id = _earned_source(session, who)
    reverse(
        session,
        organisation_id=who.organisation_id,
        source_id=source_id,
        reason="A mistake.",
        now=NOW,
    )
    assert buckets(session, who) == (0, 60, 0, -60)
    redemptions.cancel(session, actor=who, redemption_id=asked.id, now=NOW)
    assert buckets(session, who) == (0, 0, 0, 0)
    check_books(session, who.organisation_id)


def _earned_source(session: Session, who: Actor) -> UUID:
    return session.scalars(
        select(LedgerTransaction.source_id).where(
            LedgerTransaction.organisation_id == who.organisation_id,
            LedgerTransaction.employee_id == who.employee_id,
            LedgerTransaction.kind == TransactionKind.ACCRUAL,
        )
    ).one()


def test_pending_points_cannot_be_spent(session: Session, arena: Arena, harper: Actor) -> None:
    who = make_employee(session, arena)
    occasion = an_occasion(session, arena)
    accrue(session, occasion=occasion, earnings=[an_earning(who, 500)], now=NOW)
    with pytest.raises(NotEnoughPoints):
        an_ask(session, who, make_reward(session, harper, now=NOW))
