"""Many at once: every movement of points still happens exactly once, on both engines."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from backend import worker
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.rewards.services import ledger
from backend.rewards.services.ledger import Occasion, accrue, confirm_all_due, confirm_due, reverse
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.books import check_books
from tests.rewards.test_ledger import LATER, an_earning, an_occasion, balance_of, standings_of

World = tuple[Arena, Occasion, list[Actor]]


@pytest.fixture
def world(app: Flask) -> World:
    """Return an arena with three ushers, committed."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        occasion = an_occasion(session, arena)
        return arena, occasion, [make_employee(session, arena) for _ in range(3)]


def at_once(app: Flask, *works: Callable[[], Any]) -> list[Any]:
    """Run ``works`` in threads that start together; return answers, and what was raised."""
    answers: list[Any] = [None] * len(works)
    gate = threading.Barrier(len(works))

    def run(place: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                answers[place] = works[place]()
            except Exception as error:  # noqa: BLE001 - what was raised is an answer here
                answers[place] = error

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def earn(app: Flask, occasion: Occasion, *earnings: ledger.Earning) -> None:
    with app.app_context(), transaction() as session:
        accrue(session, occasion=occasion, earnings=earnings, now=NOW)


def check(app: Flask, arena: Arena) -> None:
    with app.app_context(), transaction() as session:
        check_books(session, arena.organisation_id)


def test_one_source_pays_once_however_many_try(app: Flask, world: World) -> None:
    arena, occasion, ushers = world
    source_id = new_id()
    earnings = [an_earning(usher, 5, source_id) for usher in ushers]
    answers = at_once(app, *[lambda: earn(app, occasion, *earnings) for _ in range(8)])
    assert [answer for answer in answers if answer is None] == [None]
    assert all("unique" in str(answer).lower() for answer in answers if answer)
    with app.app_context(), transaction() as session:
        assert [balance_of(session, usher)[0] for usher in ushers] == [5, 5, 5]
    check(app, arena)


def test_many_writers_for_the_same_people_lose_no_point(app: Flask, world: World) -> None:
    arena, occasion, ushers = world

    def work() -> None:
        for turn in range(10):
            order = ushers if turn % 2 else ushers[::-1]
            earn(app, occasion, *[an_earning(usher, 1) for usher in order])

    assert at_once(app, *[work] * 4) == [None] * 4
    with app.app_context(), transaction() as session:
        assert [balance_of(session, usher)[0] for usher in ushers] == [40, 40, 40]
        assert [standings_of(session, usher) for usher in ushers] == [{40}, {40}, {40}]
    check(app, arena)


def test_two_confirmations_at_once_confirm_each_accrual_once(app: Flask, world: World) -> None:
    arena, occasion, ushers = world
    earn(app, occasion, *[an_earning(usher, 2) for usher in ushers * 20])
    answers = at_once(app, *[lambda: confirm_all_due(now=LATER, chunk=7)] * 4)
    assert all(isinstance(answer, int) for answer in answers)
    confirm_rest(app)
    with app.app_context(), transaction() as session:
        assert [balance_of(session, usher) for usher in ushers] == [(0, 40, 0)] * 3
    check(app, arena)


def confirm_rest(app: Flask) -> None:
    with app.app_context():
        confirm_all_due(now=LATER)


def test_a_reversal_against_a_confirmation_leaves_nothing(app: Flask, world: World) -> None:
    arena, occasion, ushers = world
    sources = [new_id() for _ in range(10)]
    earn(app, occasion, *[an_earning(usher, 3, source) for usher in ushers for source in sources])

    def take_back() -> int:
        count = 0
        for source in sources:
            with transaction() as session:
                count += reverse(
                    session,
                    organisation_id=arena.organisation_id,
                    source_id=source,
                    reason="race",
                    now=LATER,
                )
        return count

    def confirm() -> int:
        return confirm_all_due(now=LATER, chunk=4)

    answers = at_once(app, take_back, confirm, take_back, confirm)
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert answers[0] + answers[2] == 30
    confirm_rest(app)
    with app.app_context(), transaction() as session:
        assert [balance_of(session, usher) for usher in ushers] == [(0, 0, 0)] * 3
        assert [standings_of(session, usher) for usher in ushers] == [{0}] * 3
    check(app, arena)


def test_the_worker_confirms_what_is_due_and_survives_a_job_that_fails(
    app: Flask, world: World
) -> None:
    arena, occasion, ushers = world
    earn(app, occasion, an_earning(ushers[0], 2))

    def fail(_now: object) -> None:
        raise RuntimeError("a job broke")

    def run_jobs(now: datetime) -> None:
        for job in (fail, *worker.JOBS):
            worker.run(app, job, now)

    run_jobs(LATER - timedelta(seconds=1))
    with app.app_context(), transaction() as session:
        assert balance_of(session, ushers[0]) == (2, 0, 0)
    run_jobs(LATER)
    with app.app_context(), transaction() as session:
        assert balance_of(session, ushers[0]) == (0, 2, 0)
        assert confirm_due(session, now=LATER) == 0
    check(app, arena)


def test_the_worker_runs_each_job_at_its_pace_until_it_is_told_to_stop(app: Flask) -> None:
    stop = threading.Event()
    passes: list[object] = []
    seldom_passes: list[object] = []
    seldom = seldom_passes.append

    def job(now: object) -> None:
        passes.append(now)
        if len(passes) == 2:
            stop.set()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "JOBS", {job: 0, seldom: 3_600})
        worker.run_forever(app, stop)
    assert len(passes) == 2
    assert len(seldom_passes) == 1
