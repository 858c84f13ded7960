"""Many at once, on both engines: points are held once, and a redemption ends once."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from flask import Flask

from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.foundation.problems import Problem
from backend.foundation.races import until_won
from backend.identity.permissions import Role
from backend.insight import verify
from backend.rewards import queries
from backend.rewards.problems import NotEnoughPoints, RedemptionChanged, RedemptionClosed
from backend.rewards.queries import RedemptionFacts, RewardFacts
from backend.rewards.rules import DECIDE_WITHIN, Merit, RedemptionStatus, RewardKind
from backend.rewards.services import redemptions
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.test_races import at_once
from tests.rewards.test_races import check as check_books_of
from tests.rewards.wallets import give_available, make_reward

HR = (Role.EMPLOYEE, Role.HR)


def stage(app: Flask, *, points: int, **given: Any) -> tuple[Arena, Actor, Actor, RewardFacts]:
    """Commit an usher with ``points``, somebody of HR, and a reward of 100 points."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        usher = make_employee(session, arena)
        harper = make_employee(session, arena, roles=HR)
        give_available(session, usher, points=points, now=NOW)
        return arena, usher, harper, make_reward(session, harper, now=NOW, **given)


def ask(who: Actor, reward: RewardFacts) -> RedemptionFacts:
    def once() -> RedemptionFacts:
        with transaction() as session:
            return redemptions.ask(
                session,
                actor=who,
                reward_id=reward.id,
                reward_version=1,
                merit=Merit(),
                now=NOW,
            )

    return until_won(once)


def doing(act: Callable[..., Any], **values: Any) -> Callable[[], Any]:
    def once() -> Any:
        with transaction() as session:
            return act(session, now=NOW, **values)

    return lambda: until_won(once)


def held_and_available(app: Flask, who: Actor) -> tuple[int, int]:
    with app.app_context(), reading() as session:
        points = queries.get_points(
            session, organisation_id=who.organisation_id, employee_id=who.employee_id
        )
        return points.held, points.available


def status_of(app: Flask, arena: Arena, redemption_id: UUID) -> RedemptionStatus:
    with app.app_context(), reading() as session:
        return queries.get_redemption(
            session, organisation_id=arena.organisation_id, redemption_id=redemption_id
        ).status


def check(app: Flask, arena: Arena) -> None:
    """Assert that books and invariants hold."""
    check_books_of(app, arena)
    with app.app_context(), reading() as session:
        found = list(verify.verify(session, organisation_id=arena.organisation_id))
    # The points were given here without a request that earned them.
    assert {one.invariant for one in found} <= {"I04"}


def test_of_many_who_spend_a_full_balance_one_succeeds(app: Flask) -> None:
    arena, usher, _, reward = stage(app, points=100)
    answers = at_once(app, *[lambda: ask(usher, reward)] * 64)
    assert sum(isinstance(answer, RedemptionFacts) for answer in answers) == 1
    assert sum(isinstance(answer, NotEnoughPoints) for answer in answers) == 63
    assert held_and_available(app, usher) == (100, 0)
    check(app, arena)


def test_the_sum_of_a_month_cannot_be_outrun(app: Flask) -> None:
    _, usher, _, reward = stage(app, points=400, value_cents=24_900)
    answers = at_once(app, *[lambda: ask(usher, reward)] * 4)
    assert sorted(answer.approvals_needed for answer in answers) == [1, 2, 2, 2]


def test_the_sum_of_a_person_cannot_be_outrun_on_several_accounts(app: Flask) -> None:
    arena, _, harper, _ = stage(app, points=100)
    with app.app_context(), transaction() as session:
        # Rewards of their own: nothing else that is locked lets them take turns.
        accounts = [make_employee(session, arena, payroll_number="P1") for _ in range(4)]
        for account in accounts:
            give_available(session, account, points=100, now=NOW)
        rewards = [make_reward(session, harper, now=NOW, value_cents=24_900) for _ in accounts]
    acts = [partial(ask, *pair) for pair in zip(accounts, rewards, strict=True)]
    answers = at_once(app, *acts)
    assert sorted(answer.approvals_needed for answer in answers) == [1, 2, 2, 2]
    check(app, arena)


def test_the_last_piece_is_had_by_one(app: Flask) -> None:
    arena, usher, harper, reward = stage(app, points=100, stock=1)
    with app.app_context(), transaction() as session:
        give_available(session, harper, points=100, now=NOW)
    answers = at_once(app, *[lambda: ask(usher, reward), lambda: ask(harper, reward)] * 4)
    assert sum(isinstance(answer, RedemptionFacts) for answer in answers) == 1
    check(app, arena)


def test_approved_cancelled_and_declined_at_once_ends_one_way(app: Flask) -> None:
    for _ in range(8):
        arena, usher, harper, reward = stage(app, points=100)
        with app.app_context():
            asked = ask(usher, reward)
        at = {"redemption_id": asked.id}
        seen = {"actor": harper, "seen_version": 1, **at}
        answers = at_once(
            app,
            doing(redemptions.approve, **seen),
            doing(redemptions.cancel, actor=usher, **at),
            doing(redemptions.decline, reason="No.", **seen),
        )
        lost = [answer for answer in answers if isinstance(answer, Problem)]
        assert all(isinstance(one, RedemptionClosed | RedemptionChanged) for one in lost)
        # A cancellation may follow an approval, nothing else may follow anything.
        assert len(lost) in {1, 2}
        status = status_of(app, arena, asked.id)
        assert status in {RedemptionStatus.CANCELLED, RedemptionStatus.DECLINED}
        assert held_and_available(app, usher) == (0, 100)
        check(app, arena)


def test_handing_over_twice_at_once_pays_once(app: Flask) -> None:
    arena, usher, harper, reward = stage(app, points=100, kind=RewardKind.PERK)
    with app.app_context():
        asked = ask(usher, reward)
        doing(redemptions.approve, actor=harper, redemption_id=asked.id, seen_version=1)()
    hand_over = doing(redemptions.fulfil, actor=harper, redemption_id=asked.id, seen_version=2)
    answers = at_once(app, *[hand_over] * 4)
    assert sum(isinstance(answer, RedemptionFacts) for answer in answers) == 1
    assert held_and_available(app, usher) == (0, 0)
    check(app, arena)


def test_two_jobs_at_once_expire_what_is_forgotten_once(app: Flask) -> None:
    arena, usher, _, reward = stage(app, points=1_000)
    with app.app_context():
        asked = [ask(usher, reward) for _ in range(10)]
    later = NOW + DECIDE_WITHIN + timedelta(seconds=1)
    answers = at_once(app, *[lambda: redemptions.expire_forgotten(now=later)] * 2)
    assert all(isinstance(answer, int) for answer in answers)
    assert {status_of(app, arena, one.id) for one in asked} == {RedemptionStatus.EXPIRED}
    assert held_and_available(app, usher) == (0, 1_000)
    check(app, arena)
