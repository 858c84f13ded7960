"""Many at once, on both engines: nothing is adjusted, taken back or decided twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask

from backend import worker
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.foundation.problems import Problem
from backend.foundation.races import until_won
from backend.rewards import queries
from backend.rewards.problems import (
    AdjustmentClosed,
    AlreadyAppealed,
    AppealDecided,
    NothingToReverse,
)
from backend.rewards.rules import (
    DECIDE_WITHIN,
    REVERSIBLE_AFTER,
    AdjustmentStatus,
    AppealSubject,
    Reversible,
)
from backend.rewards.services import adjustments, appeals
from backend.rewards.services.ledger import confirm_all_due
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.test_adjustments import HR, adjust, check, earned
from tests.rewards.test_ledger import HOLD
from tests.rewards.test_races import at_once


def stage(app: Flask) -> tuple[Arena, Actor, list[Actor]]:
    """Commit an usher and three of HR."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        return (
            arena,
            make_employee(session, arena),
            [make_employee(session, arena, roles=HR) for _ in range(3)],
        )


def doing(act: Callable[..., Any], **values: Any) -> Callable[[], Any]:
    def once() -> Any:
        with transaction() as session:
            return act(session, **{"now": NOW} | values)

    return lambda: until_won(once)


def verified(app: Flask, arena: Arena) -> None:
    with app.app_context(), transaction() as session:
        check(session, arena)


def points_of(app: Flask, who: Actor) -> queries.Points:
    with app.app_context(), reading() as session:
        return queries.get_points(
            session, organisation_id=who.organisation_id, employee_id=who.employee_id
        )


def test_the_sum_of_a_month_cannot_be_outrun(app: Flask) -> None:
    arena, usher, hr = stage(app)
    acts = [
        doing(
            adjustments.adjust,
            actor=hr[place % 3],
            employee_id=usher.employee_id,
            points=50,
            reason="Why.",
        )
        for place in range(8)
    ]
    statuses = [answer.status for answer in at_once(app, *acts)]
    assert sorted(statuses) == [AdjustmentStatus.APPLIED, *[AdjustmentStatus.WAITING] * 7]
    assert points_of(app, usher).available == 50
    verified(app, arena)


def test_approved_declined_and_expired_at_once_ends_one_way(app: Flask) -> None:
    late = NOW + DECIDE_WITHIN
    for _ in range(6):
        arena, usher, hr = stage(app)
        with app.app_context(), transaction() as session:
            waiting = adjust(session, hr[0], usher, 500)
        at = {"adjustment_id": waiting.id, "now": late - timedelta(seconds=1)}
        answers = at_once(
            app,
            doing(adjustments.approve, actor=hr[1], **at),
            doing(adjustments.approve, actor=hr[2], **at),
            doing(adjustments.decline, actor=hr[2], reason="No.", **at),
            lambda: adjustments.expire_forgotten(now=late),
        )
        lost = [one for one in answers if isinstance(one, Problem)]
        assert all(isinstance(one, AdjustmentClosed) for one in lost)
        assert all(isinstance(one, Problem) for one in answers if isinstance(one, Exception))
        with app.app_context(), reading() as session:
            ended = queries.get_adjustment(
                session, organisation_id=arena.organisation_id, adjustment_id=waiting.id
            )
        applied = ended.status is AdjustmentStatus.APPLIED
        assert points_of(app, usher).available == (500 if applied else 0)
        assert len(lost) == (3 if ended.status is AdjustmentStatus.EXPIRED else 2)
        verified(app, arena)


def test_a_source_is_taken_back_once_while_its_points_are_confirmed(app: Flask) -> None:
    for _ in range(6):
        arena, usher, hr = stage(app)
        with app.app_context(), transaction() as session:
            helper = make_employee(session, arena)
            source_id = earned(session, arena, usher, helper, points=40)
        acts = [
            doing(
                adjustments.reverse,
                actor=one,
                source_kind=Reversible.REQUEST,
                source_id=source_id,
                reason="False.",
                now=NOW + REVERSIBLE_AFTER,
            )
            for one in hr
        ]
        answers = at_once(app, *acts, lambda: confirm_all_due(now=NOW + HOLD))
        assert sum(isinstance(one, NothingToReverse) for one in answers) == 2
        assert sum(isinstance(one, Exception) for one in answers) == 2
        for who in (usher, helper):
            points = points_of(app, who)
            assert (points.pending, points.available, points.debt) == (0, 0, 0)
        verified(app, arena)


def test_one_appeal_is_lodged_and_decided_once(app: Flask) -> None:
    arena, usher, hr = stage(app)
    with app.app_context(), transaction() as session:
        taken = adjust(session, hr[0], usher, -60)
    lodge = doing(
        appeals.lodge,
        actor=usher,
        subject_kind=AppealSubject.ADJUSTMENT,
        subject_id=taken.id,
        statement="No.",
    )
    answers = at_once(app, *[lodge] * 6)
    [lodged] = [one for one in answers if not isinstance(one, Exception)]
    assert sum(isinstance(one, AlreadyAppealed) for one in answers) == 5
    seen = {"appeal_id": lodged.id, "reason": "I looked."}
    answers = at_once(
        app,
        *[doing(appeals.grant, actor=one, **seen) for one in hr[1:]],
        *[doing(appeals.uphold, actor=one, **seen) for one in hr[1:]],
    )
    [decided] = [one for one in answers if not isinstance(one, Exception)]
    assert sum(isinstance(one, AppealDecided) for one in answers) == 3
    assert points_of(app, usher).debt == (0 if decided.status == "granted" else -60)
    verified(app, arena)


def test_the_worker_expires_what_nobody_decided_on_once(app: Flask) -> None:
    arena, usher, hr = stage(app)
    with app.app_context(), transaction() as session:
        made = [adjust(session, hr[0], usher, 500).id for _ in range(3)]
    late = NOW + DECIDE_WITHIN
    [job] = [one for one in worker.JOBS if one.__name__ == "_expire_adjustments"]
    worker.run(app, job, late - timedelta(seconds=1))
    with app.app_context(), reading() as session:
        whose = {"organisation_id": arena.organisation_id, "adjustment_id": made[0]}
        assert queries.find_end(session, **whose) is None
    at_once(app, *[lambda: worker.run(app, job, late)] * 3)
    with app.app_context(), reading() as session:
        for adjustment_id in made:
            ended = queries.get_adjustment(
                session, organisation_id=arena.organisation_id, adjustment_id=adjustment_id
            )
            assert (ended.status, ended.ended_at) == (AdjustmentStatus.EXPIRED, late)
    assert points_of(app, usher).available == 0
    verified(app, arena)
