"""Adjustments: points given, taken or taken back by people, who never decide for themselves."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.rules import CORRECTION_WINDOW
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.identity.problems import EmployeeUnknown, PersonUnknown
from backend.insight import verify
from backend.rewards.models import LedgerTransaction, Standing, TransactionKind
from backend.rewards.problems import (
    AdjustmentClosed,
    AdjustmentNotFound,
    NothingToReverse,
    OwnAdjustment,
    TooFreshToReverse,
)
from backend.rewards.queries import AdjustmentFacts, get_points, list_entries
from backend.rewards.rules import (
    DECIDE_WITHIN,
    REVERSIBLE_AFTER,
    AdjustmentStatus,
    Merit,
    Reversible,
    RewardKind,
)
from backend.rewards.services import adjustments, redemptions
from backend.rewards.services.ledger import accrue, confirm_due
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.books import catch_up, check_books
from tests.rewards.test_ledger import HOLD, an_earning, an_occasion
from tests.rewards.wallets import give_available, make_reward

HR = (Role.EMPLOYEE, Role.HR)
APPLIED, WAITING = AdjustmentStatus.APPLIED, AdjustmentStatus.WAITING


@pytest.fixture
def usher(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena)


@pytest.fixture
def harper(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena, name="Harper Reed", roles=HR)


@pytest.fixture
def indira(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena, name="Indira Lane", roles=HR)


def adjust(
    session: Session, by: Actor, whom: Actor, points: int, *, now: datetime = NOW
) -> AdjustmentFacts:
    return adjustments.adjust(
        session, actor=by, employee_id=whom.employee_id, points=points, reason="Why.", now=now
    )


def approve(session: Session, by: Actor, adjustment_id: UUID) -> AdjustmentFacts:
    return adjustments.approve(session, actor=by, adjustment_id=adjustment_id, now=NOW)


def earned(session: Session, arena: Arena, *who: Actor, points: int = 10) -> UUID:
    """Let each of ``who`` earn ``points`` with one request, and return its id."""
    source_id = new_id()
    earnings = [an_earning(one, points, source_id) for one in who]
    accrue(session, occasion=an_occasion(session, arena), earnings=earnings, now=NOW)
    return source_id


def reverse(
    session: Session, by: Actor, source_id: UUID, *, now: datetime = NOW + REVERSIBLE_AFTER
) -> AdjustmentFacts:
    return adjustments.reverse(
        session,
        actor=by,
        source_kind=Reversible.REQUEST,
        source_id=source_id,
        reason="It never happened.",
        now=now,
    )


def buckets(session: Session, who: Actor) -> tuple[int, int, int, int, int]:
    """Return pending, available, held, paid and debt."""
    session.expire_all()
    points = get_points(session, organisation_id=who.organisation_id, employee_id=who.employee_id)
    return points.pending, points.available, points.held, points.paid, points.debt


def confirm(session: Session, now: datetime) -> None:
    """Confirm all that is due, what other tests have left included."""
    while confirm_due(session, now=now):
        pass


def check(session: Session, arena: Arena) -> None:
    """Assert that books and invariants hold; these points were earned by nothing that exists."""
    owner = arena.organisation_id
    check_books(session, owner)
    found = verify.run(session, organisation_id=owner).findings
    assert {(one.invariant, one.table) for one in found} <= {
        ("I04", "ledger_transactions"),
        ("I15", "tallies"),
    }


def test_a_few_points_are_given_at_once_and_can_be_spent(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    made = adjust(session, harper, usher, 40)
    assert (made.status, made.due_at, made.decided_by) == (APPLIED, None, None)
    assert buckets(session, usher) == (0, 40, 0, 0, 0)
    [act] = session.scalars(select(AuditRow).where(AuditRow.subject_id == made.id))
    assert (act.act, act.actor_id) == ("adjustment.made", harper.employee_id)
    assert act.detail["points"] == {str(usher.employee_id): 40}
    check(session, arena)


def test_what_is_given_repays_debt_first(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    adjust(session, harper, usher, -30)
    assert buckets(session, usher) == (0, 0, 0, 0, -30)
    adjust(session, harper, usher, 50)
    assert buckets(session, usher) == (0, 20, 0, 0, 0)
    check(session, arena)


def test_what_is_taken_comes_from_available_points_and_the_rest_becomes_debt(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    give_available(session, usher, points=25, now=NOW)
    earned(session, arena, usher)
    adjust(session, harper, usher, -40)
    assert buckets(session, usher) == (10, 0, 0, 0, -15)
    check(session, arena)


def test_adjustments_stand_on_no_board(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    adjust(session, harper, usher, 40)
    catch_up(session)
    mine = Standing.employee_id == usher.employee_id
    assert session.scalars(select(Standing).where(mine)).all() == []


def test_a_hundred_wait_for_a_second_person_who_is_nobody_concerned(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    made = adjust(session, harper, usher, 100)
    assert (made.status, made.due_at) == (WAITING, NOW + DECIDE_WITHIN)
    assert buckets(session, usher) == (0, 0, 0, 0, 0)
    with pytest.raises(OwnAdjustment):
        approve(session, harper, made.id)
    with pytest.raises(OwnAdjustment):
        approve(session, usher, made.id)
    done = approve(session, indira, made.id)
    assert (done.status, done.decided_by) == (APPLIED, indira.employee_id)
    assert buckets(session, usher) == (0, 100, 0, 0, 0)
    with pytest.raises(AdjustmentClosed):
        approve(session, indira, made.id)
    check(session, arena)


@pytest.mark.parametrize("parts", [(60, 39, 1), (60, -39, 1), (-99, 1)])
def test_splitting_does_not_help(
    session: Session, usher: Actor, harper: Actor, indira: Actor, parts: tuple[int, ...]
) -> None:
    authors = [harper, indira]
    statuses = [
        adjust(session, authors[place % 2], usher, points).status
        for place, points in enumerate(parts)
    ]
    assert statuses == [*[APPLIED] * (len(parts) - 1), WAITING]


def test_nobody_agrees_to_what_has_waited_too_long(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    waiting = adjust(session, harper, usher, 150)
    late = {"adjustment_id": waiting.id, "now": NOW + DECIDE_WITHIN}
    with pytest.raises(AdjustmentClosed):
        adjustments.approve(session, actor=indira, **late)  # type: ignore[arg-type]
    assert buckets(session, usher) == (0, 0, 0, 0, 0)
    check(session, arena)


def test_splitting_over_the_accounts_of_one_person_does_not_help(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    one, other = (make_employee(session, arena, payroll_number="P1") for _ in range(2))
    assert adjust(session, harper, one, 99).status is APPLIED
    waiting = adjust(session, harper, other, -1)
    assert (waiting.status, waiting.parts[0].rolling_points) == (WAITING, 100)
    assert adjust(session, harper, usher, 99).status is APPLIED


def test_a_source_that_paid_two_accounts_of_one_person_paid_one_person(
    session: Session, arena: Arena, harper: Actor
) -> None:
    one, other = (make_employee(session, arena, payroll_number="P1") for _ in range(2))
    source_id = earned(session, arena, one, other, points=50)
    waiting = adjustments.reverse(
        session,
        actor=harper,
        source_kind=Reversible.REQUEST,
        source_id=source_id,
        reason="False.",
        now=NOW + REVERSIBLE_AFTER,
    )
    assert waiting.status is WAITING
    assert [part.rolling_points for part in waiting.parts] == [100, 100]


def test_after_thirty_days_the_sum_begins_anew_and_what_was_declined_does_not_count(
    session: Session, usher: Actor, harper: Actor, indira: Actor
) -> None:
    adjust(session, harper, usher, 99, now=NOW - timedelta(days=30))
    waiting = adjust(session, harper, usher, 100)
    assert waiting.parts[0].rolling_points == 100
    declined = adjustments.decline(
        session, actor=indira, adjustment_id=waiting.id, reason="No.", now=NOW
    )
    assert (declined.status, declined.declined_because) == (AdjustmentStatus.DECLINED, "No.")
    assert adjust(session, harper, usher, 99).status is APPLIED
    assert buckets(session, usher) == (0, 198, 0, 0, 0)


def test_nobody_changes_their_own_points_on_whatever_account(
    session: Session, arena: Arena, harper: Actor
) -> None:
    with pytest.raises(OwnAdjustment):
        adjust(session, harper, harper, 1)
    usher = make_employee(session, arena, payroll_number="P-ONE")
    second = make_employee(session, arena, roles=HR, payroll_number="P-ONE")
    for points in (1, -1):
        with pytest.raises(OwnAdjustment):
            adjust(session, second, usher, points)
    waiting = adjust(session, harper, usher, 500)
    with pytest.raises(OwnAdjustment):
        approve(session, second, waiting.id)


def test_one_person_on_two_accounts_is_no_second_person(
    session: Session, arena: Arena, usher: Actor, indira: Actor
) -> None:
    first = make_employee(session, arena, roles=HR, payroll_number="P-TWO")
    second = make_employee(session, arena, roles=HR, payroll_number="P-TWO")
    waiting = adjust(session, first, usher, 500)
    # Not even when an administrator has given the first account another number meanwhile.
    session.get_one(Employee, (arena.organisation_id, first.employee_id)).payroll_number = "P-3"
    session.flush()
    with pytest.raises(OwnAdjustment):
        approve(session, second, waiting.id)
    with pytest.raises(OwnAdjustment):
        adjustments.decline(session, actor=second, adjustment_id=waiting.id, reason="No.", now=NOW)
    assert approve(session, indira, waiting.id).status is APPLIED


@pytest.mark.parametrize(("author", "employee"), [(None, "P1"), ("P2", None)])
def test_nothing_is_adjusted_while_it_is_unknown_who_they_are(
    session: Session, arena: Arena, author: str | None, employee: str | None
) -> None:
    usher = make_employee(session, arena, payroll_number=employee)
    with pytest.raises(PersonUnknown):
        adjust(session, make_employee(session, arena, roles=HR, payroll_number=author), usher, 1)
    assert buckets(session, usher) == (0, 0, 0, 0, 0)


def test_what_is_another_organisations_does_not_exist(
    session: Session, usher: Actor, harper: Actor
) -> None:
    elsewhere = make_arena(session)
    stranger = make_employee(session, elsewhere, roles=HR)
    with pytest.raises(EmployeeUnknown):
        adjust(session, stranger, usher, 1)
    waiting = adjust(session, harper, usher, 500)
    with pytest.raises(AdjustmentNotFound):
        approve(session, stranger, waiting.id)
    source_id = earned(session, elsewhere, make_employee(session, elsewhere))
    with pytest.raises(NothingToReverse):
        reverse(session, harper, source_id)


def test_a_reversal_takes_back_what_a_source_paid_everybody_and_the_boards_lose_it(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    helper = make_employee(session, arena)
    source_id = earned(session, arena, usher, helper)
    made = reverse(session, harper, source_id)
    assert (made.status, made.points) == (APPLIED, -20)
    assert {part.employee_id: part.points for part in made.parts} == {
        usher.employee_id: -10,
        helper.employee_id: -10,
    }
    assert buckets(session, usher) == buckets(session, helper) == (0, 0, 0, 0, 0)
    with pytest.raises(NothingToReverse):
        reverse(session, harper, source_id)
    catch_up(session)
    points = session.scalars(
        select(Standing.points).where(Standing.employee_id == usher.employee_id)
    )
    assert set(points) == {0}
    check(session, arena)


def test_a_fan_may_still_think_again_so_a_reversal_waits_a_little(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    assert REVERSIBLE_AFTER > CORRECTION_WINDOW
    source_id = earned(session, arena, usher)
    with pytest.raises(TooFreshToReverse):
        reverse(session, harper, source_id, now=NOW + REVERSIBLE_AFTER - timedelta(seconds=1))


def test_only_what_is_named_by_its_kind_is_taken_back(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    source_id = earned(session, arena, usher)
    with pytest.raises(NothingToReverse):
        adjustments.reverse(
            session,
            actor=harper,
            source_kind=Reversible.RATING,
            source_id=source_id,
            reason="Why.",
            now=NOW + REVERSIBLE_AFTER,
        )
    assert buckets(session, usher) == (10, 0, 0, 0, 0)


def test_nobody_takes_back_what_they_shared_in(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    source_id = earned(session, arena, usher, harper, points=100)
    with pytest.raises(OwnAdjustment):
        reverse(session, harper, source_id)
    waiting = reverse(session, indira, source_id)
    assert waiting.status is WAITING
    with pytest.raises(OwnAdjustment):
        approve(session, harper, waiting.id)


def test_a_large_reversal_waits_and_takes_back_nothing_that_is_gone_already(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    source_id = earned(session, arena, usher, points=150)
    first, second = (reverse(session, harper, source_id) for _ in range(2))
    assert (first.status, buckets(session, usher)[0]) == (WAITING, 150)
    assert approve(session, indira, first.id).status is APPLIED
    assert buckets(session, usher) == (0, 0, 0, 0, 0)
    with pytest.raises(NothingToReverse):
        approve(session, indira, second.id)
    check(session, arena)


def test_points_that_were_paid_out_become_debt_which_later_points_repay(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    source_id = earned(session, arena, usher, points=60)
    later = NOW + HOLD
    confirm(session, later)
    reward = make_reward(session, harper, now=later, points=60, kind=RewardKind.PERK)
    asked = redemptions.ask(
        session, actor=usher, reward_id=reward.id, reward_version=1, merit=Merit(), now=later
    )
    decided: dict[str, Any] = {"redemption_id": asked.id, "now": later}
    redemptions.approve(session, actor=indira, seen_version=1, **decided)
    redemptions.fulfil(session, actor=indira, seen_version=2, **decided)
    assert buckets(session, usher) == (0, 0, 0, 60, 0)
    assert reverse(session, harper, source_id, now=later).status is APPLIED
    assert buckets(session, usher) == (0, 0, 0, 60, -60)
    occasion = an_occasion(session, arena)
    accrue(session, occasion=occasion, earnings=[an_earning(usher, 70)], now=later)
    confirm(session, later + HOLD)
    assert buckets(session, usher) == (0, 10, 0, 60, 0)
    check(session, arena)


def test_what_is_held_for_an_open_redemption_is_left_alone(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    source_id = earned(session, arena, usher, points=60)
    later = NOW + HOLD
    confirm(session, later)
    reward = make_reward(session, harper, now=later, points=50)
    asked = redemptions.ask(
        session, actor=usher, reward_id=reward.id, reward_version=1, merit=Merit(), now=later
    )
    reverse(session, harper, source_id, now=later)
    assert buckets(session, usher) == (0, 0, 50, 0, -50)
    redemptions.decline(
        session, actor=indira, redemption_id=asked.id, seen_version=1, reason="False.", now=later
    )
    assert buckets(session, usher) == (0, 0, 0, 0, 0)
    check(session, arena)


def test_every_adjustment_is_explained_among_the_entries(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    event, back = "Home against Away", "taken back (It never happened)."
    adjust(session, harper, usher, 40)
    adjust(session, harper, usher, -1)
    reverse(session, harper, earned(session, arena, usher))
    entries = list_entries(
        session, organisation_id=arena.organisation_id, employee_id=usher.employee_id
    )
    assert [(one.points, one.state, one.explanation) for one in entries] == [
        (
            10,
            "reversed",
            f"10 points for a request that was resolved at {event}: {back}",
        ),
        (-1, "confirmed", "1 point taken by HR (Why)."),
        (40, "confirmed", "40 points given by HR (Why)."),
    ]


def test_what_waits_is_not_yet_in_the_books(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    adjust(session, harper, usher, 5_000)
    kinds = session.scalars(
        select(LedgerTransaction.kind).where(
            LedgerTransaction.organisation_id == arena.organisation_id
        )
    )
    assert TransactionKind.ADJUSTMENT not in set(kinds)
    check(session, arena)
