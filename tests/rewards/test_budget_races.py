"""Many approvals at once, on both engines: a season's budget is never exceeded."""

from collections.abc import Callable
from typing import Any

from flask import Flask

from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.foundation.races import until_won
from backend.rewards import queries
from backend.rewards.problems import (
    BudgetBelowCommitted,
    BudgetChanged,
    BudgetExceeded,
    PointsBudgetExceeded,
)
from backend.rewards.queries import AdjustmentFacts, BudgetFacts, RedemptionFacts
from backend.rewards.rules import AdjustmentStatus
from backend.rewards.services import adjustments, budgets, redemptions
from backend.rewards.services.budgets import Wanted
from tests.factories import NOW, Arena, make_employee
from tests.rewards.test_races import at_once
from tests.rewards.test_redemption_races import HR, ask, check, doing, stage


def setting(actor: Actor, arena: Arena, *, cents: int, seen: int = 0) -> Callable[[], BudgetFacts]:
    wanted = Wanted(points=10_000, cents=cents, currency="USD")

    def once() -> BudgetFacts:
        with transaction() as session:
            return budgets.set_budget(
                session,
                actor=actor,
                season_id=arena.season_id,
                wanted=wanted,
                seen_version=seen,
                now=NOW,
            )

    return lambda: until_won(once)


def asks(app: Flask, count: int) -> tuple[Arena, list[Actor], list[Callable[[], Any]]]:
    """Commit as many asks of 100.00 each, and return what approves each of them."""
    arena, usher, harper, reward = stage(app, points=100 * count)
    with app.app_context():
        with transaction() as session:
            people = [harper, *(make_employee(session, arena, roles=HR) for _ in range(3))]
        asked = [ask(usher, reward) for _ in range(count)]
    approvals = []
    for place, one in enumerate(asked):
        # The first two take one approval, the rest two: their first is given here.
        seen = one.approvals_needed
        if seen == 2:
            with app.app_context():
                at = {"redemption_id": one.id, "seen_version": 1}
                doing(redemptions.approve, actor=people[place % 2], **at)()
        approvals.append(
            doing(
                redemptions.approve,
                actor=people[2 + place % 2],
                redemption_id=one.id,
                seen_version=seen,
            )
        )
    return arena, people, approvals


def committed(app: Flask, arena: Arena) -> int:
    with app.app_context(), reading() as session:
        spendings = queries.list_spending(
            session, organisation_id=arena.organisation_id, season_ids=[arena.season_id]
        )
        return queries.committed_cents(spendings, season_id=arena.season_id, currency="USD")


def test_of_sixteen_approvals_at_once_those_win_that_the_budget_holds(app: Flask) -> None:
    arena, people, approvals = asks(app, 16)
    with app.app_context():
        setting(people[0], arena, cents=59_999)()
    answers = at_once(app, *approvals)
    assert sum(isinstance(answer, RedemptionFacts) for answer in answers) == 5
    assert sum(isinstance(answer, BudgetExceeded) for answer in answers) == 11
    assert committed(app, arena) == 50_000
    check(app, arena)


def test_no_approval_slips_by_while_the_first_budget_is_set(app: Flask) -> None:
    for _ in range(4):
        arena, people, approvals = asks(app, 4)
        *answers, budget = at_once(app, *approvals, setting(people[0], arena, cents=20_000))
        won = sum(isinstance(answer, RedemptionFacts) for answer in answers)
        lost = [answer for answer in answers if not isinstance(answer, RedemptionFacts)]
        assert all(isinstance(one, BudgetExceeded) for one in lost)
        if isinstance(budget, BudgetFacts):
            assert won == 2
        else:
            assert isinstance(budget, BudgetBelowCommitted)
            assert won > 2
        assert committed(app, arena) == 10_000 * won
        check(app, arena)


def test_of_two_who_set_a_budget_that_they_saw_one_does(app: Flask) -> None:
    arena, _, harper, _ = stage(app, points=100)
    answers = at_once(app, *[setting(harper, arena, cents=cents) for cents in (100, 200, 300)])
    assert sum(isinstance(answer, BudgetFacts) for answer in answers) == 1
    assert sum(isinstance(answer, BudgetChanged) for answer in answers) == 2
    check(app, arena)


def test_of_eight_gifts_agreed_to_at_once_those_win_that_the_budget_of_points_holds(
    app: Flask,
) -> None:
    arena, _, harper, _ = stage(app, points=100)
    with app.app_context(), transaction() as session:
        indira = make_employee(session, arena, roles=HR)
        gifts = [
            adjustments.adjust(
                session,
                actor=harper,
                employee_id=make_employee(session, arena).employee_id,
                points=3_000,
                reason="Why.",
                now=NOW,
            )
            for _ in range(8)
        ]
    assert {one.status for one in gifts} == {AdjustmentStatus.WAITING}
    with app.app_context():
        setting(harper, arena, cents=0)()
    answers = at_once(
        app, *[doing(adjustments.approve, actor=indira, adjustment_id=one.id) for one in gifts]
    )
    # Of 10,000 points 100 are earned: they hold three gifts.
    assert sum(isinstance(answer, AdjustmentFacts) for answer in answers) == 3
    assert sum(isinstance(answer, PointsBudgetExceeded) for answer in answers) == 5
    check(app, arena)
