"""Budgets of seasons: set by HR as they saw them, and never exceeded by what is approved."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id
from backend.insight import verify
from backend.rewards import queries
from backend.rewards.problems import (
    BudgetBelowCommitted,
    BudgetChanged,
    BudgetCurrencyInUse,
    BudgetExceeded,
    BudgetInOtherCurrency,
    PointsBudgetExceeded,
)
from backend.rewards.queries import AdjustmentFacts, BudgetFacts, RedemptionFacts
from backend.rewards.rules import Merit, RedemptionStatus
from backend.rewards.services import adjustments, budgets, payroll_corrections, redemptions
from backend.rewards.services.budgets import Wanted
from backend.venues.models import Season
from backend.venues.problems import SeasonNotFound
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.books import check_books
from tests.rewards.payrolls import bonus, export, make_office
from tests.rewards.test_redemptions import HR
from tests.rewards.wallets import give_available, make_reward

WALLET = Wanted(points=50_000, cents=25_000, currency="USD")


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


def set_to(session: Session, who: Actor, arena: Arena, seen: int, **changed: Any) -> BudgetFacts:
    return budgets.set_budget(
        session,
        actor=who,
        season_id=arena.season_id,
        wanted=replace(WALLET, **changed),
        seen_version=seen,
        now=NOW,
    )


def an_ask(session: Session, who: Actor, hr: Actor, **given: Any) -> RedemptionFacts:
    reward = make_reward(session, hr, now=NOW, **given)
    return redemptions.ask(
        session, actor=who, reward_id=reward.id, reward_version=1, merit=Merit(), now=NOW
    )


def approve(session: Session, hr: Actor, asked: RedemptionFacts, seen: int = 1) -> RedemptionFacts:
    return redemptions.approve(
        session, actor=hr, redemption_id=asked.id, seen_version=seen, now=NOW
    )


def beside(session: Session, one: RedemptionFacts, arena: Arena) -> tuple[int, int, bool] | None:
    [found] = budgets.beside(session, organisation_id=arena.organisation_id, redemptions=[one])
    view = found.budget
    return (view.left_cents, view.after_this_cents, view.enough) if view else None


def test_a_budget_is_set_as_it_was_seen_and_every_change_is_on_record(
    session: Session, arena: Arena, harper: Actor
) -> None:
    first = set_to(session, harper, arena, 0)
    assert (first.version, first.points, first.cents, first.currency) == (1, 50_000, 25_000, "USD")
    with pytest.raises(BudgetChanged) as refused:
        set_to(session, harper, arena, 0, cents=1)
    assert refused.value.members == {"version": 1}
    assert set_to(session, harper, arena, 1, cents=30_000).version == 2
    rows = session.scalars(
        select(AuditRow).where(AuditRow.subject_id == arena.season_id).order_by(AuditRow.id)
    ).all()
    assert [row.act for row in rows] == ["budget.set"] * 2
    assert rows[1].detail == {
        "version": 2,
        "points": 50_000,
        "cents": 30_000,
        "currency": "USD",
    }


def test_a_season_of_another_organisation_has_no_budget_here(
    session: Session, harper: Actor
) -> None:
    with pytest.raises(SeasonNotFound):
        set_to(session, harper, make_arena(session), 0)


def test_the_last_approval_is_refused_where_the_budget_does_not_hold_it(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    set_to(session, harper, arena, 0, cents=15_000)
    first, second = (an_ask(session, usher, harper) for _ in range(2))
    assert first.season_id == arena.season_id
    assert beside(session, first, arena) == (15_000, 5_000, True)
    assert beside(session, approve(session, harper, first), arena) == (5_000, 5_000, True)
    assert beside(session, second, arena) == (5_000, -5_000, False)
    with pytest.raises(BudgetExceeded) as refused:
        approve(session, harper, second)
    assert refused.value.members == {
        "left_cents": 5_000,
        "wanted_cents": 10_000,
        "currency": "USD",
    }
    owner = arena.organisation_id
    assert not list(verify.find_offenders(session, code="I10", organisation_id=owner))


def test_the_first_of_two_approvals_commits_nothing(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    set_to(session, harper, arena, 0, cents=10_000)
    asked = an_ask(session, usher, harper, value_cents=30_000)
    assert asked.approvals_needed == 2
    half = approve(session, harper, asked)
    assert half.status is RedemptionStatus.ASKED
    assert beside(session, half, arena) == (10_000, -20_000, False)
    with pytest.raises(BudgetExceeded):
        approve(session, indira, asked, seen=2)
    set_to(session, harper, arena, 1, cents=30_000)
    assert approve(session, indira, asked, seen=2).status is RedemptionStatus.APPROVED


def test_what_ends_otherwise_is_left_for_others_and_what_is_handed_over_is_not(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    set_to(session, harper, arena, 0, cents=10_000)
    first, second, third = (
        an_ask(session, usher, harper, kind="perk", value_cents=6_000) for _ in range(3)
    )
    approve(session, harper, first)
    declined = redemptions.decline(
        session, actor=harper, redemption_id=first.id, seen_version=2, reason="No.", now=NOW
    )
    assert beside(session, declined, arena) is None
    approve(session, harper, second)
    redemptions.fulfil(session, actor=harper, redemption_id=second.id, seen_version=2, now=NOW)
    with pytest.raises(BudgetExceeded):
        approve(session, harper, third)


def test_a_vacation_and_a_perk_cost_what_they_are_worth(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    set_to(session, harper, arena, 0, cents=4_000)
    free = an_ask(session, usher, harper, kind="perk", value_cents=0)
    perk = an_ask(session, usher, harper, kind="perk", value_cents=4_000)
    trip = an_ask(session, usher, harper, kind="vacation", value_cents=1)
    approve(session, harper, perk)
    approve(session, harper, free)
    with pytest.raises(BudgetExceeded):
        approve(session, harper, trip)


def test_a_budget_in_dollars_pays_no_euros(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    set_to(session, harper, arena, 0)
    asked = an_ask(session, usher, harper, currency="EUR")
    assert beside(session, asked, arena) == (25_000, 15_000, False)
    with pytest.raises(BudgetInOtherCurrency):
        approve(session, harper, asked)


def test_without_a_budget_everything_goes_and_the_first_holds_what_is_committed(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    asked = an_ask(session, usher, harper)
    assert beside(session, asked, arena) is None
    approve(session, harper, asked)
    with pytest.raises(BudgetBelowCommitted) as refused:
        set_to(session, harper, arena, 0, cents=9_999)
    assert refused.value.members == {"committed_cents": 10_000, "currency": "USD"}
    set_to(session, harper, arena, 0, cents=10_000)
    with pytest.raises(BudgetBelowCommitted):
        set_to(session, harper, arena, 1, cents=9_999)
    with pytest.raises(BudgetCurrencyInUse):
        set_to(session, harper, arena, 1, currency="EUR")


def test_what_is_asked_for_after_a_season_is_charged_to_the_one_that_began_last(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    season = session.get_one(Season, (arena.organisation_id, arena.season_id))
    season.ends_on = date(2026, 11, 1)
    session.add(
        Season(
            organisation_id=arena.organisation_id,
            id=new_id(),
            name="To come",
            starts_on=date(2026, 11, 22),
            ends_on=date(2027, 6, 30),
        )
    )
    session.flush()
    assert an_ask(session, usher, harper).season_id == arena.season_id


def test_before_the_first_season_nothing_is_charged(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    season = session.get_one(Season, (arena.organisation_id, arena.season_id))
    season.starts_on = date(2026, 11, 22)
    session.flush()
    asked = an_ask(session, usher, harper)
    assert asked.season_id is None
    assert approve(session, harper, asked).status is RedemptionStatus.APPROVED


def test_a_correction_that_pays_more_must_find_room_in_the_budget(session: Session) -> None:
    office = make_office(session)
    bonus(session, office, office.ushers[0])
    wanted = Wanted(points=1, cents=12_000, currency="USD")
    budgets.set_budget(
        session,
        actor=office.hr[0],
        season_id=office.arena.season_id,
        wanted=wanted,
        seen_version=0,
        now=NOW,
    )
    batch = export(session, office)
    [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)

    def correct(cents: int) -> None:
        asked = payroll_corrections.ask(
            session,
            actor=office.hr[0],
            line_id=line.id,
            amount_cents=cents,
            reason="Too little.",
            now=office.now,
        )
        payroll_corrections.approve(
            session, actor=office.hr[1], correction_id=asked.id, now=office.now
        )

    correct(-500)
    correct(2_000)
    with pytest.raises(BudgetExceeded) as refused:
        correct(501)
    assert refused.value.members["left_cents"] == 500
    found = list(verify.find_offenders(session, code="I10", organisation_id=office.owner))
    assert found == []
    with pytest.raises(BudgetBelowCommitted):
        budgets.set_budget(
            session,
            actor=office.hr[0],
            season_id=office.arena.season_id,
            wanted=replace(wanted, cents=11_499),
            seen_version=1,
            now=NOW,
        )


def give(session: Session, hr: Actor, who: Actor, points: int) -> AdjustmentFacts:
    return adjustments.adjust(
        session, actor=hr, employee_id=who.employee_id, points=points, reason="A hand.", now=NOW
    )


def test_points_that_hr_gives_are_held_by_the_budget_and_those_earned_are_not(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    owner, season_id = arena.organisation_id, arena.season_id
    of_season: dict[str, Any] = {"organisation_id": owner, "season_id": season_id}
    # 1,000 are earned before there is a budget, which they exceed: nobody loses them.
    set_to(session, harper, arena, 0, points=990)
    assert budgets.find_left_points(session, **of_season) == -10
    with pytest.raises(PointsBudgetExceeded):
        give(session, harper, usher, 1)
    session.rollback()


def test_what_hr_gives_fits_to_the_last_point_and_what_it_takes_makes_room(
    session: Session, arena: Arena, usher: Actor, harper: Actor
) -> None:
    of_season: dict[str, Any] = {
        "organisation_id": arena.organisation_id,
        "season_id": arena.season_id,
    }
    issued = queries.sum_issued(session, **of_season)
    set_to(session, harper, arena, 0, points=issued + 50)
    assert give(session, harper, usher, 50).season_id == arena.season_id
    assert budgets.find_left_points(session, **of_season) == 0
    with pytest.raises(PointsBudgetExceeded) as refused, session.begin_nested():
        give(session, harper, usher, 1)
    assert refused.value.members == {"left_points": 0, "wanted_points": 1}
    give(session, harper, usher, -20)
    assert give(session, harper, usher, 20).points == 20
    check_books(session, arena.organisation_id)


def test_a_second_person_is_refused_what_the_budget_no_longer_holds(
    session: Session, arena: Arena, usher: Actor, harper: Actor, indira: Actor
) -> None:
    of_season: dict[str, Any] = {
        "organisation_id": arena.organisation_id,
        "season_id": arena.season_id,
    }
    issued = queries.sum_issued(session, **of_season)
    set_to(session, harper, arena, 0, points=issued + 200)
    waits = give(session, harper, usher, 150)
    give(session, indira, make_employee(session, arena), 60)
    with pytest.raises(PointsBudgetExceeded) as refused, session.begin_nested():
        adjustments.approve(session, actor=indira, adjustment_id=waits.id, now=NOW)
    assert refused.value.members == {"left_points": 140, "wanted_points": 150}
    set_to(session, harper, arena, 1, points=issued + 210)
    adjustments.approve(session, actor=indira, adjustment_id=waits.id, now=NOW)
    assert queries.sum_issued(session, **of_season) == issued + 210
    check_books(session, arena.organisation_id)
