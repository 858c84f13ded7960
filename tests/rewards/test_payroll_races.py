"""Several at once, and one that is killed: every bonus is paid once, on both engines."""

import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.problems import Problem
from backend.foundation.races import until_won
from backend.foundation.spreadsheets import FileFormat
from backend.rewards import queries
from backend.rewards.models import PayrollLine
from backend.rewards.problems import (
    AlreadyAcknowledged,
    NothingToExport,
    PaidBelowZero,
    RedemptionInPayroll,
)
from backend.rewards.queries import BatchFacts
from backend.rewards.rules import FULFIL_WITHIN, Merit, RedemptionStatus
from backend.rewards.services import (
    holds,
    payables,
    payroll_acknowledgements,
    payroll_corrections,
    payroll_exports,
    redemptions,
)
from backend.settings import Settings
from tests.rewards import payrolls
from tests.rewards.payrolls import Office, check, committed
from tests.rewards.test_races import at_once
from tests.rewards.wallets import make_reward
from tests.servers import ROOT


def doing(act: Callable[..., Any], *args: Any, **values: Any) -> Callable[[], Any]:
    def once() -> Any:
        with transaction() as session:
            return act(session, *args, **values)

    return lambda: until_won(once)


def paid(app: Flask, office: Office) -> list[UUID]:
    """Return the redemptions on all lines, each as often as it is there."""
    with app.app_context(), reading() as session:
        lines = select(PayrollLine.redemption_id).where(
            PayrollLine.organisation_id == office.owner, PayrollLine.redemption_id.is_not(None)
        )
        return sorted(one for one in session.scalars(lines) if one)


def numbers(app: Flask, office: Office) -> list[int]:
    with app.app_context(), reading() as session:
        batches = queries.list_batches(session, organisation_id=office.owner)
        return [batch.number for batch in batches][::-1]


def acknowledging(office: Office, batch: BatchFacts, by: Actor) -> Callable[[], Any]:
    return doing(
        payroll_acknowledgements.acknowledge,
        actor=by,
        batch_id=batch.id,
        sha256=batch.sha256[FileFormat.CSV],
        now=office.now,
    )


def test_a_clock_that_was_put_back_pins_no_points_to_what_was_cancelled(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction() as session:
        office = payrolls.make_office(session)
        [usher] = office.ushers
        payrolls.earn(session, office, usher, 100, event_id=office.events[0])
        reward = make_reward(session, office.hr[0], now=office.now)
        asked = redemptions.ask(
            session,
            actor=usher,
            reward_id=reward.id,
            reward_version=1,
            merit=Merit(),
            now=office.now,
        )
        with monkeypatch.context() as server:
            # Ten minutes behind that of the server on which it was asked for.
            server.setattr(holds, "new_id", lambda: UUID(int=new_id().int - (600_000 << 80)))
            redemptions.cancel(session, actor=usher, redemption_id=asked.id, now=office.now)
        wanted = payrolls.approved(session, office, usher)
        batch = payrolls.export(session, office)
        [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
    assert line.redemption_id == wanted


def test_exports_at_once_have_nothing_in_common_and_leave_nothing(app: Flask) -> None:
    office, ids = committed(app, ushers=3, bonuses=2)
    export = doing(payrolls.export, office)
    answers = at_once(app, *[export] * 4)
    made = [one for one in answers if isinstance(one, BatchFacts)]
    assert made
    assert all(isinstance(one, BatchFacts | NothingToExport) for one in answers)
    assert paid(app, office) == sorted(ids)
    assert numbers(app, office) == list(range(1, len(made) + 1))
    check(app, office)


def test_what_was_approved_since_somebody_looked_ahead_is_exported_with_the_rest(
    app: Flask,
) -> None:
    office, ids = committed(app, ushers=1)
    with app.app_context():
        with reading() as session:
            foreseen = payables.foresee(
                session, organisation_id=office.owner, currency="USD", now=office.now
            )
        with transaction() as session:
            late = payrolls.bonus(session, office, office.ushers[0], value_cents=1_000)
        with transaction() as session:
            payroll_exports.export(
                session,
                actor=office.hr[0],
                currency="USD",
                workweek_starts_on=payrolls.SUNDAY,
                now=office.now,
                foreseen=foreseen,
            )
    assert foreseen.keys() == set(ids)
    assert paid(app, office) == sorted([*ids, late])
    check(app, office)


def test_an_export_a_cancellation_and_a_deadline_at_once_end_one_way(app: Flask) -> None:
    for _ in range(6):
        office, [redemption_id] = committed(app, ushers=1)
        cancel = doing(
            redemptions.cancel,
            actor=office.ushers[0],
            redemption_id=redemption_id,
            now=office.now,
        )
        answers = at_once(
            app,
            doing(payrolls.export, office),
            cancel,
            partial(redemptions.expire_forgotten, now=office.now + FULFIL_WITHIN),
        )
        with app.app_context(), reading() as session:
            status = queries.get_redemption(
                session, organisation_id=office.owner, redemption_id=redemption_id
            ).status
        exported = isinstance(answers[0], BatchFacts)
        assert exported == (status is RedemptionStatus.APPROVED)
        assert exported == (paid(app, office) == [redemption_id])
        assert exported or isinstance(answers[0], NothingToExport)
        if exported:
            assert isinstance(answers[1], RedemptionInPayroll)
        check(app, office)


def test_of_many_who_acknowledge_one_does(app: Flask) -> None:
    office, _ = committed(app, ushers=2)
    with app.app_context(), transaction() as session:
        batch = payrolls.export(session, office)
    answers = at_once(
        app, *[acknowledging(office, batch, who) for who in (*office.payroll, *office.payroll)]
    )
    assert sum(isinstance(one, BatchFacts) for one in answers) == 1
    assert sum(isinstance(one, AlreadyAcknowledged) for one in answers) == 3
    check(app, office)


def test_an_acknowledgement_and_a_decision_on_what_it_pays_do_not_meet(app: Flask) -> None:
    office, ids = committed(app, ushers=2)
    with app.app_context(), transaction() as session:
        batch = payrolls.export(session, office)
    decline = [
        doing(
            redemptions.decline,
            actor=office.hr[1],
            redemption_id=one,
            seen_version=2,
            reason="No.",
            now=office.now,
        )
        for one in ids
    ]
    answers = at_once(app, acknowledging(office, batch, office.payroll[0]), *decline)
    assert isinstance(answers[0], BatchFacts)
    assert all(isinstance(one, Problem) for one in answers[1:])
    check(app, office)


def test_two_corrections_at_once_do_not_come_to_less_than_nothing(app: Flask) -> None:
    office, _ = committed(app, ushers=1)
    harper, indira = office.hr
    with app.app_context(), transaction() as session:
        batch = payrolls.export(session, office)
        [line] = queries.list_lines(session, organisation_id=office.owner, batch_id=batch.id)
        asked = [
            payroll_corrections.ask(
                session,
                actor=harper,
                line_id=line.id,
                amount_cents=-600,
                reason="Too much.",
                now=office.now,
            )
            for _ in range(2)
        ]
    approve = [
        doing(payroll_corrections.approve, actor=indira, correction_id=one.id, now=office.now)
        for one in asked
    ]
    answers = at_once(app, *approve)
    assert sum(isinstance(one, PaidBelowZero) for one in answers) == 1
    # Both export what was approved; one carries it.
    answers = at_once(app, *[doing(payrolls.export, office)] * 2)
    made = [one for one in answers if isinstance(one, BatchFacts)]
    assert [one.total_cents for one in made] == [-600]
    check(app, office)


def test_after_a_kill_before_the_commit_the_next_export_has_everything_once(app: Flask) -> None:
    office, ids = committed(app, ushers=3, bonuses=2)
    settings: Settings = app.extensions["on_the_spot.settings"]
    who = (str(office.owner), str(office.hr[1].employee_id))
    command = ["-m", "tests.rewards.interrupted_export", settings.database_url, *who]
    with subprocess.Popen(
        [sys.executable, "-P", *command],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    ) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == f"built {len(ids)}\n"
        assert paid(app, office) == []
        if settings.database_url.startswith("postgresql"):
            # Two at once: what the other has in hand is passed over, and nobody waits.
            with app.app_context(), pytest.raises(NothingToExport):
                doing(payrolls.export, office)()
        killed.kill()
    with app.app_context():
        batch = first_export_after_a_kill(office)
    assert (batch.number, batch.line_count) == (1, len(ids))
    assert paid(app, office) == sorted(ids)
    assert numbers(app, office) == [1]
    check(app, office)


def first_export_after_a_kill(office: Office) -> BatchFacts:
    """Export until the database has noticed that the other process is gone."""
    for _ in range(10_000):
        try:
            batch: BatchFacts = doing(payrolls.export, office)()
        except NothingToExport:
            continue
        return batch
    raise AssertionError("the killed process still has its rows")
