"""The ledger: accruals, confirmations and reversals, each exactly once."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.rewards.models import (
    Balance,
    LedgerTransaction,
    RuleVersion,
    Standing,
)
from backend.rewards.rules import SourceKind
from backend.rewards.services.ledger import Earning, Occasion, accrue, confirm_due, reverse
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.books import catch_up, check_books, spend

HOLD = timedelta(hours=72)
LATER = NOW + HOLD


def an_occasion(session: Session, arena: Arena) -> Occasion:
    version_id = session.scalars(
        select(RuleVersion.id).where(RuleVersion.organisation_id == arena.organisation_id)
    ).one()
    return Occasion(
        organisation_id=arena.organisation_id,
        event_id=arena.event_id,
        rule_version_id=version_id,
        hold=HOLD,
    )


def an_earning(who: Actor, points: int, source_id: UUID | None = None) -> Earning:
    return Earning(
        employee_id=who.employee_id,
        points=points,
        rule="resolved",
        source_kind=SourceKind.REQUEST,
        source_id=source_id or new_id(),
        at=NOW,
    )


def balance_of(session: Session, who: Actor) -> tuple[int, int, int]:
    row = session.execute(
        select(Balance.pending, Balance.available, Balance.debt).where(
            Balance.organisation_id == who.organisation_id, Balance.employee_id == who.employee_id
        )
    ).one()
    return (row.pending, row.available, row.debt)


def standings_of(session: Session, who: Actor) -> set[int]:
    catch_up(session)
    return set(
        session.scalars(
            select(Standing.points).where(
                Standing.organisation_id == who.organisation_id,
                Standing.employee_id == who.employee_id,
            )
        )
    )


def test_points_are_pending_then_confirmed_when_the_hold_is_over(
    session: Session, arena: Arena
) -> None:
    usher = make_employee(session, arena)
    accrue(
        session,
        occasion=an_occasion(session, arena),
        earnings=[an_earning(usher, 10), an_earning(usher, 0), an_earning(usher, 5)],
        now=NOW,
    )
    assert balance_of(session, usher) == (15, 0, 0)
    assert standings_of(session, usher) == {15}
    while confirm_due(session, now=LATER - timedelta(seconds=1)):
        pass
    assert balance_of(session, usher) == (15, 0, 0)
    while confirm_due(session, now=LATER, limit=1):
        pass
    assert balance_of(session, usher) == (0, 15, 0)
    assert standings_of(session, usher) == {15}
    check_books(session, arena.organisation_id)


def test_a_reversal_takes_pending_points_once(session: Session, arena: Arena) -> None:
    usher, helper = make_employee(session, arena), make_employee(session, arena)
    source = new_id()
    accrue(
        session,
        occasion=an_occasion(session, arena),
        earnings=[an_earning(usher, 6, source), an_earning(helper, 4, source)],
        now=NOW,
    )
    for reversed_now in (2, 0):
        count = reverse(
            session,
            organisation_id=arena.organisation_id,
            source_id=source,
            reason="corrected",
            now=NOW,
        )
        assert count == reversed_now
    assert balance_of(session, usher) == balance_of(session, helper) == (0, 0, 0)
    assert standings_of(session, usher) == {0}
    while confirm_due(session, now=LATER):
        pass
    assert balance_of(session, usher) == (0, 0, 0)
    check_books(session, arena.organisation_id)


def test_what_a_reversal_cannot_take_becomes_debt_that_later_points_repay(
    session: Session, arena: Arena
) -> None:
    usher, occasion = make_employee(session, arena), an_occasion(session, arena)
    source = new_id()
    accrue(session, occasion=occasion, earnings=[an_earning(usher, 10, source)], now=NOW)
    while confirm_due(session, now=LATER):
        pass
    spend(session, usher, 7)
    reverse(
        session,
        organisation_id=arena.organisation_id,
        source_id=source,
        reason="the rating was withdrawn",
        now=LATER,
    )
    assert balance_of(session, usher) == (0, 0, -7)
    earnings = [an_earning(usher, 4), an_earning(usher, 5)]
    accrue(session, occasion=occasion, earnings=earnings, now=LATER)
    while confirm_due(session, now=LATER + HOLD):
        pass
    assert balance_of(session, usher) == (0, 2, 0)
    check_books(session, arena.organisation_id)


def test_the_same_accrual_twice_is_refused_by_the_database(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            arena = make_arena(session)
            usher = make_employee(session, arena)
            occasion = an_occasion(session, arena)
        earnings = [an_earning(usher, 10)]
        with transaction() as session:
            accrue(session, occasion=occasion, earnings=earnings, now=NOW)
        with pytest.raises(Exception, match=r"(?i)unique"), transaction() as session:
            accrue(session, occasion=occasion, earnings=earnings, now=NOW)
        with transaction() as session:
            assert balance_of(session, usher) == (10, 0, 0)
            check_books(session, arena.organisation_id)


def test_an_earning_below_zero_is_refused(session: Session, arena: Arena) -> None:
    usher = make_employee(session, arena)
    with pytest.raises(ValueError, match="never below zero"):
        accrue(
            session,
            occasion=an_occasion(session, arena),
            earnings=[an_earning(usher, -1)],
            now=NOW,
        )
    assert not session.scalars(
        select(LedgerTransaction).where(LedgerTransaction.organisation_id == arena.organisation_id)
    ).all()
