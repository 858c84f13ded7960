"""Points set aside for a redemption: held once, then settled or released once.

Whoever asks changes their balance by one conditional update, so that the same points are never
held twice; that a hold ends once, either way, is a unique index on what it is ended by.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, bindparam, select, update
from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.foundation.prepared import Prepared
from backend.rewards import queries
from backend.rewards.models import Account, Balance, LedgerTransaction, TransactionKind
from backend.rewards.problems import NotEnoughPoints
from backend.rewards.rules import SourceKind, repay
from backend.rewards.services import postings

RULE = "redemption"
_points = bindparam("by", type_=Integer())
_TAKE = Prepared(
    update(Balance)
    .where(
        Balance.organisation_id == bindparam("of_organisation"),
        Balance.employee_id == bindparam("of_employee"),
        Balance.available >= _points,
    )
    .values(available=Balance.available - _points, held=Balance.held + _points)
)


def hold(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    redemption_id: UUID,
    points: int,
    now: datetime,
) -> None:
    """Set ``points``, one or more, of an employee's available ones aside.

    The employee's balance stays locked until the transaction ends. Raises NotEnoughPoints.
    """
    taken = _TAKE.run(session, of_organisation=organisation_id, of_employee=employee_id, by=points)
    if not taken.rowcount:
        raise NotEnoughPoints
    # Made after the lock was taken: an employee's rows stand in the order of their effects.
    row = _row(
        TransactionKind.HOLD,
        organisation_id=organisation_id,
        employee_id=employee_id,
        redemption_id=redemption_id,
        points=points,
        now=now,
    )
    _write(session, row, {Account.AVAILABLE: -points, Account.HELD: points})


def release(session: Session, *, organisation_id: UUID, redemption_id: UUID, now: datetime) -> None:
    """Give the points that are held for a redemption back; debt is repaid first."""
    held = _get_hold(session, organisation_id, redemption_id)
    owner = (organisation_id, held.employee_id)
    debt = queries.lock_balances(session, owners=[owner])[owner][Account.DEBT]
    repaid, left = repay(held.points, debt=debt)
    _end(
        session,
        held,
        TransactionKind.RELEASE,
        {Account.HELD: -held.points, Account.DEBT: repaid, Account.AVAILABLE: left},
        now,
    )


def settle(session: Session, *, organisation_id: UUID, redemption_id: UUID, now: datetime) -> None:
    """Pay with the points that are held for a redemption."""
    held = _get_hold(session, organisation_id, redemption_id)
    queries.lock_balances(session, owners=[(organisation_id, held.employee_id)])
    changes = {Account.HELD: -held.points, Account.PAID: held.points}
    _end(session, held, TransactionKind.SETTLEMENT, changes, now)


def _get_hold(session: Session, organisation_id: UUID, redemption_id: UUID) -> LedgerTransaction:
    holds = queries.select_ids_of(
        TransactionKind.HOLD, organisation_id=organisation_id, sources=[redemption_id]
    )
    return session.scalars(
        select(LedgerTransaction).where(
            LedgerTransaction.organisation_id == organisation_id, LedgerTransaction.id.in_(holds)
        )
    ).one()


def _end(
    session: Session,
    held: LedgerTransaction,
    kind: TransactionKind,
    changes: dict[Account, int],
    now: datetime,
) -> None:
    row = _row(
        kind,
        organisation_id=held.organisation_id,
        employee_id=held.employee_id,
        redemption_id=held.source_id,
        points=held.points,
        now=now,
    )
    _write(session, row | {"settles_id": held.id}, changes)
    postings.move(session, moved={(held.organisation_id, held.employee_id): changes})


def _write(session: Session, row: postings.Row, changes: dict[Account, int]) -> None:
    entries = postings.entries_of(row, changes)
    postings.write(session, transactions=[row], entries=entries)


def _row(
    kind: TransactionKind,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    redemption_id: UUID,
    points: int,
    now: datetime,
) -> dict[str, Any]:
    return {
        "organisation_id": organisation_id,
        "id": new_id(),
        "kind": kind,
        "employee_id": employee_id,
        "points": points,
        "rule": RULE,
        "rule_version_id": None,
        "source_kind": SourceKind.REDEMPTION,
        "source_id": redemption_id,
        "event_id": None,
        "settles_id": None,
        "reverses_id": None,
        "reason": None,
        "at": now,
        "recorded_at": now,
        "due_at": None,
    }
