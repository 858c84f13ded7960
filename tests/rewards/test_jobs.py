"""Jobs over everybody's points: one thing that fails stops no other, and is named in the log."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from backend.foundation import one_by_one
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.rewards import queries
from backend.rewards.models import Balance, LedgerTransaction
from backend.rewards.queries import Points
from backend.rewards.rules import (
    DECIDE_WITHIN,
    AdjustmentStatus,
    Merit,
    RedemptionStatus,
)
from backend.rewards.services import adjustments, expiries, holds, ledger, redemptions
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.expiring import OVER, earn, say
from tests.rewards.test_adjustments import adjust
from tests.rewards.test_ledger import HOLD, an_earning, an_occasion
from tests.rewards.wallets import give_available, make_reward

HR = (Role.EMPLOYEE, Role.HR)


@dataclass(kw_only=True)
class Pair:
    """Two people of two organisations, of whom the first is in trouble; what the log named."""

    arenas: list[Arena]
    people: list[Actor]
    hr: list[Actor]
    named: list[UUID] = field(default_factory=list)

    @property
    def sound(self) -> dict[str, Any]:
        """Return whose the second one's things are."""
        return {
            "organisation_id": self.people[1].organisation_id,
            "employee_id": self.people[1].employee_id,
        }


@pytest.fixture
def pair(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Pair:
    """Commit two arenas with one person and one of HR each; listen to the log."""
    with app.app_context(), transaction() as session:
        arenas = [make_arena(session) for _ in range(2)]
        pair = Pair(
            arenas=arenas,
            people=[make_employee(session, arena) for arena in arenas],
            hr=[make_employee(session, arena, roles=HR) for arena in arenas],
        )

    def note(_event: str, _error: Exception, **said: Any) -> None:
        pair.named.append(said["subject_id"])

    monkeypatch.setattr(one_by_one, "log_fault", note)
    return pair


def failing(real: Callable[..., Any], is_broken: Callable[..., bool]) -> Callable[..., Any]:
    """Return ``real``, but failing where the thing is broken."""

    def act(*given: Any, **named: Any) -> Any:
        if is_broken(*given, **named):
            raise LookupError("its other half is gone")
        return real(*given, **named)

    return act


def points_of(pair: Pair) -> Points:
    with reading() as session:
        return queries.get_points(session, **pair.sound)


def test_a_redemption_that_cannot_expire_keeps_no_other(
    app: Flask, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    with app.app_context():
        for minutes, (who, hr) in enumerate(zip(pair.people, pair.hr, strict=True)):
            with transaction() as session:
                give_available(session, who, points=100, now=NOW)
                reward = make_reward(session, hr, now=NOW)
                asked.append(
                    redemptions.ask(
                        session,
                        actor=who,
                        reward_id=reward.id,
                        reward_version=1,
                        merit=Merit(),
                        now=NOW + timedelta(minutes=minutes),
                    ).id
                )
        broken = failing(holds.release, lambda *_, **of: of["redemption_id"] == asked[0])
        monkeypatch.setattr(holds, "release", broken)
        redemptions.expire_forgotten(now=NOW + DECIDE_WITHIN + timedelta(hours=1))
        owner = pair.arenas[1].organisation_id
        with reading() as session:
            found = queries.get_redemption(session, organisation_id=owner, redemption_id=asked[1])
        assert found.status is RedemptionStatus.EXPIRED
    assert pair.named == [asked[0]]


def test_an_adjustment_that_cannot_expire_keeps_no_other(
    app: Flask, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        with transaction() as session:
            made = [
                adjust(session, hr, who, 500, now=NOW + timedelta(minutes=minutes)).id
                for minutes, (who, hr) in enumerate(zip(pair.people, pair.hr, strict=True))
            ]
        broken = failing(adjustments._end, lambda _, row, *__, **___: row.id == made[0])
        monkeypatch.setattr(adjustments, "_end", broken)
        adjustments.expire_forgotten(now=NOW + DECIDE_WITHIN + timedelta(hours=1))
        owner = pair.arenas[1].organisation_id
        with reading() as session:
            found = queries.get_adjustment(session, organisation_id=owner, adjustment_id=made[1])
        assert found.status is AdjustmentStatus.EXPIRED
    assert pair.named == [made[0]]


@pytest.mark.parametrize("step", ["begin", "expire"])
def test_points_that_cannot_expire_keep_nobody_elses(
    app: Flask, pair: Pair, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    first = pair.people[0]
    with app.app_context():
        with transaction() as session:
            for arena, who, hr in zip(pair.arenas, pair.people, pair.hr, strict=True):
                earn(session, arena, who, 100)
                say(session, hr, arena)
        if step == "begin":
            owner = first.organisation_id
            broken = failing(expiries._note_everybody, lambda _, of, *__: of == owner)
            monkeypatch.setattr(expiries, "_note_everybody", broken)
        else:
            broken = failing(
                expiries._book, lambda _, claim, **__: claim.employee_id == first.employee_id
            )
            monkeypatch.setattr(expiries, "_book", broken)
        expiries.expire_all_due(now=OVER)
        assert points_of(pair).available == 0
    assert pair.named == [first.organisation_id if step == "begin" else first.employee_id]


@pytest.mark.parametrize("chunk", [1, 100])
def test_points_that_cannot_be_confirmed_keep_nobody_elses(
    app: Flask, pair: Pair, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    later, first = NOW + HOLD, pair.people[0].employee_id
    with app.app_context():
        with transaction() as session:
            for arena, who in zip(pair.arenas, pair.people, strict=True):
                occasion = an_occasion(session, arena)
                earning = an_earning(who, 10, new_id())
                ledger.accrue(session, occasion=occasion, earnings=[earning], now=NOW)
        broken = failing(ledger._later_row, lambda of, *_: of.employee_id == first)
        monkeypatch.setattr(ledger, "_later_row", broken)
        ledger.confirm_all_due(now=later, chunk=chunk)
        assert points_of(pair).available == 10
        with reading() as session:
            assert (
                session.scalar(
                    select(LedgerTransaction.id).where(LedgerTransaction.employee_id == first)
                )
                == pair.named[0]
            )
            kept = session.get_one(Balance, (pair.people[0].organisation_id, first))
            assert (kept.pending, kept.available) == (10, 0)
        monkeypatch.undo()
        ledger.confirm_all_due(now=later)
        with reading() as session:
            kept = session.get_one(Balance, (pair.people[0].organisation_id, first))
            assert (kept.pending, kept.available) == (0, 10)
