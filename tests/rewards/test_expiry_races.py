"""The job that lets points expire, many times at once and beside everything else."""

import multiprocessing
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from backend.app import create_app
from backend.foundation.actor import Actor
from backend.foundation.db import db, new_id, reading, transaction
from backend.foundation.races import until_won
from backend.insight import verify
from backend.rewards.models import Balance, LedgerTransaction, PointsToExpire, TransactionKind
from backend.rewards.queries import RedemptionFacts
from backend.rewards.rules import Merit
from backend.rewards.services import expiries, ledger, redemptions
from tests.conftest import settings_for
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.expiring import LAST, OVER, earn, next_season, say
from tests.rewards.test_ledger import HOLD, an_earning, an_occasion
from tests.rewards.test_races import at_once
from tests.rewards.test_races import check as check_books_of
from tests.rewards.test_redemption_races import HR
from tests.rewards.wallets import make_reward

PEOPLE = 12


@pytest.fixture
def stage(app: Flask) -> tuple[Arena, Actor, list[Actor]]:
    """Commit people with 100 points each that expire, and somebody of HR."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        people = [make_employee(session, arena) for _ in range(PEOPLE)]
        for who in people:
            earn(session, arena, who, 100)
        harper = make_employee(session, arena, roles=HR)
        say(session, harper, arena)
    return arena, harper, people


def check(app: Flask, arena: Arena) -> None:
    check_books_of(app, arena)
    with app.app_context(), reading() as session:
        found = list(verify.verify(session, organisation_id=arena.organisation_id))
    # The points were given here without work that earned them.
    assert {(one.invariant, one.table) for one in found} <= {
        ("I04", "ledger_transactions"),
        ("I15", "tallies"),
    }


def expired(app: Flask, arena: Arena) -> tuple[int, int, int]:
    """Return how many expiries there are, their points, and what is still to be looked at."""
    with app.app_context(), reading() as session:
        number, points = session.execute(
            select(func.count(), func.coalesce(func.sum(LedgerTransaction.points), 0)).where(
                LedgerTransaction.organisation_id == arena.organisation_id,
                LedgerTransaction.kind == TransactionKind.EXPIRY,
            )
        ).one()
        left = session.scalar(
            select(func.count())
            .select_from(PointsToExpire)
            .where(PointsToExpire.organisation_id == arena.organisation_id)
        )
        return number, int(points), left or 0


def job() -> int:
    return expiries.expire_all_due(now=OVER)


def run_in_a_process(url: str, gate: Any) -> None:
    """Be a worker of its own: the job, and nothing shared but the database."""
    app = create_app(settings_for(url))
    with app.app_context():
        gate.wait()
        job()
        db.engine.dispose()


def test_the_job_twice_in_parallel_lets_points_expire_once(
    app: Flask, stage: tuple[Arena, Actor, list[Actor]]
) -> None:
    arena, _, _ = stage
    answers = at_once(app, *[job] * 4)
    assert sum(answers) >= PEOPLE
    assert expired(app, arena) == (PEOPLE, 100 * PEOPLE, 0)
    check(app, arena)


def test_two_processes_with_the_job_let_points_expire_once(
    app: Flask, stage: tuple[Arena, Actor, list[Actor]]
) -> None:
    arena, _, _ = stage
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(2)
    workers = [context.Process(target=run_in_a_process, args=(url, gate)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert expired(app, arena) == (PEOPLE, 100 * PEOPLE, 0)
    check(app, arena)


def test_points_are_asked_with_or_expire_but_not_both(
    app: Flask, stage: tuple[Arena, Actor, list[Actor]]
) -> None:
    arena, harper, people = stage
    with app.app_context(), transaction() as session:
        reward = make_reward(session, harper, now=NOW, points=100)

    def asking(who: Actor) -> Any:
        def once() -> Any:
            with transaction() as session:
                return redemptions.ask(
                    session,
                    actor=who,
                    reward_id=reward.id,
                    reward_version=1,
                    merit=Merit(),
                    now=LAST,
                )

        return lambda: until_won(once)

    answers = at_once(app, job, *[asking(who) for who in people], job)
    asked = sum(isinstance(one, RedemptionFacts) for one in answers)
    number, points, left = expired(app, arena)
    assert (number + asked, points + 100 * asked, left) == (PEOPLE, 100 * PEOPLE, 0)
    check(app, arena)


def test_whoever_asks_after_the_day_loses_what_is_over_once_beside_the_job(
    app: Flask, stage: tuple[Arena, Actor, list[Actor]]
) -> None:
    arena, harper, people = stage
    with app.app_context(), transaction() as session:
        event_id = next_season(session, arena)
        for who in people:
            earn(session, arena, who, 50, event_id=event_id, at=NOW + HOLD)
        reward = make_reward(session, harper, now=NOW, points=50)

    def asking(who: Actor) -> Any:
        def once() -> Any:
            with transaction() as session:
                return redemptions.ask(
                    session,
                    actor=who,
                    reward_id=reward.id,
                    reward_version=1,
                    merit=Merit(),
                    now=OVER,
                )

        return lambda: until_won(once)

    answers = at_once(app, job, *[asking(who) for who in people], job)
    assert sum(isinstance(one, RedemptionFacts) for one in answers) == PEOPLE
    with app.app_context():
        job()
    assert expired(app, arena) == (PEOPLE, 100 * PEOPLE, 0)
    check(app, arena)


def test_what_comes_back_while_the_job_runs_never_lives_on_for_ever(
    app: Flask, stage: tuple[Arena, Actor, list[Actor]]
) -> None:
    arena, harper, people = stage
    with app.app_context(), transaction() as session:
        reward = make_reward(session, harper, now=NOW, points=100)
        asked = [
            redemptions.ask(
                session,
                actor=who,
                reward_id=reward.id,
                reward_version=1,
                merit=Merit(),
                now=OVER - timedelta(days=1),
            )
            for who in people
        ]

    def cancelling(who: Actor, redemption_id: Any) -> Any:
        # As somebody does who was asked before midnight and is answered after it.
        def once() -> Any:
            with transaction() as session:
                before = OVER - timedelta(seconds=1)
                return redemptions.cancel(
                    session, actor=who, redemption_id=redemption_id, now=before
                )

        return lambda: until_won(once)

    pairs = zip(people, asked, strict=True)
    answers = at_once(app, job, *[cancelling(who, one.id) for who, one in pairs], job)
    assert sum(isinstance(one, RedemptionFacts) for one in answers) == len(people)
    with app.app_context():
        job()
    assert expired(app, arena) == (PEOPLE, 100 * PEOPLE, 0)
    check(app, arena)


def test_confirming_late_and_expiring_at_once_lose_no_point(
    app: Flask, stage: tuple[Arena, Actor, list[Actor]]
) -> None:
    arena, _, people = stage
    with app.app_context(), transaction() as session:
        occasion = an_occasion(session, arena)
        earnings = [an_earning(who, 5, new_id()) for who in people]
        ledger.accrue(session, occasion=occasion, earnings=earnings, now=NOW)

    def confirm() -> int:
        return ledger.confirm_all_due(now=OVER, chunk=2)

    at_once(app, job, confirm, job, confirm)
    month = OVER + timedelta(days=30)
    with app.app_context():
        expiries.expire_all_due(now=month)
    assert expired(app, arena)[1:] == (105 * PEOPLE, 0)
    with app.app_context(), reading() as session:
        of_arena = Balance.organisation_id == arena.organisation_id
        assert session.scalar(select(func.sum(Balance.available)).where(of_arena)) == 0
    check(app, arena)
