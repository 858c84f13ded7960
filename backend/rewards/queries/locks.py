"""Reads that take the rows in hand: accruals, those that wait, balances."""

from collections.abc import Collection, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, true, tuple_
from sqlalchemy.orm import Session

from backend.rewards.models import (
    Account,
    Balance,
    LateMovement,
    LedgerTransaction,
    PendingConfirmation,
    TransactionKind,
)
from backend.rewards.queries.own_ids import select_ids_of
from backend.rewards.rules import SourceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Accrual:
    """Points that were given once."""

    organisation_id: UUID
    id: UUID
    employee_id: UUID
    points: int
    rule: str
    rule_version_id: UUID
    source_kind: SourceKind
    source_id: UUID
    event_id: UUID
    due_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DueKey:
    """Which accrual waits until when."""

    due_at: datetime
    organisation_id: UUID
    transaction_id: UUID


_ACCRUAL = tuple(LedgerTransaction.__table__.c[name] for name in Accrual.__dataclass_fields__)


def _accruals(rows: Sequence[Any]) -> list[Accrual]:
    return [Accrual(**row._mapping) for row in rows]


def lock_accruals(session: Session, *, organisation_id: UUID, source_id: UUID) -> list[Accrual]:
    """Return the accruals of a source that are not reversed; two reversals take turns here."""
    of_source = select_ids_of(
        TransactionKind.ACCRUAL, organisation_id=organisation_id, sources=[source_id]
    )
    rows = session.execute(
        select(*_ACCRUAL)
        .where(
            LedgerTransaction.organisation_id == organisation_id,
            LedgerTransaction.id.in_(of_source),
        )
        .order_by(LedgerTransaction.id)
        .with_for_update(key_share=True)
    ).all()
    if not rows:
        return []
    # A statement of its own: what another transaction reversed while this one waited is seen.
    reversed_ids = set(
        session.scalars(
            select(LedgerTransaction.reverses_id).where(
                LedgerTransaction.organisation_id == organisation_id,
                LedgerTransaction.reverses_id.in_([row.id for row in rows]),
            )
        )
    )
    return _accruals([row for row in rows if row.id not in reversed_ids])


def lock_waiting(session: Session, *, accruals: Collection[Accrual]) -> set[UUID]:
    """Return the ids of ``accruals`` that still wait, once a confirmation in progress is over."""
    key = PendingConfirmation.__table__.primary_key
    keys = [(one.due_at, one.organisation_id, one.id) for one in accruals]
    return set(
        session.scalars(
            select(PendingConfirmation.transaction_id)
            .where(tuple_(*key).in_(keys))
            .order_by(*key)
            .with_for_update()
        )
    )


def list_late(
    session: Session, *, organisation_id: UUID, accruals: Collection[Accrual]
) -> set[UUID]:
    """Return the ids of ``accruals`` that came too late for their boards."""
    return set(
        session.scalars(
            select(LateMovement.transaction_id).where(
                LateMovement.organisation_id == organisation_id,
                LateMovement.transaction_id.in_([one.id for one in accruals]),
            )
        )
    )


def list_due(session: Session, *, now: datetime) -> list[DueKey]:
    """Return the accruals whose hold is over, longest due first."""
    rows = session.execute(
        select(*PendingConfirmation.__table__.primary_key)
        .where(PendingConfirmation.due_at <= now)
        .order_by(PendingConfirmation.due_at, PendingConfirmation.transaction_id)
    )
    return [DueKey(**row._mapping) for row in rows]


def lock_due(
    session: Session, *, now: datetime, limit: int, key: DueKey | None = None
) -> list[Accrual]:
    """Return accruals whose hold is over, longest due first, without those in other hands.

    Only that of ``key``, if one is given.
    """
    its_accrual = (LedgerTransaction.organisation_id == PendingConfirmation.organisation_id) & (
        LedgerTransaction.id == PendingConfirmation.transaction_id
    )
    rows = session.execute(
        select(*_ACCRUAL)
        .join_from(PendingConfirmation, LedgerTransaction, its_accrual)
        .where(
            PendingConfirmation.due_at <= now,
            tuple_(*PendingConfirmation.__table__.primary_key) == astuple(key) if key else true(),
        )
        .order_by(PendingConfirmation.due_at, PendingConfirmation.transaction_id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=PendingConfirmation)
    ).all()
    return _accruals(rows)


def lock_balances(
    session: Session, *, owners: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], dict[Account, int]]:
    """Lock the balances of employees, pairs of organisation and id; return their buckets."""
    if not owners:
        return {}
    key = (Balance.organisation_id, Balance.employee_id)
    rows = session.execute(
        select(*key, Balance.available, Balance.debt)
        .where(tuple_(*key).in_(owners))
        .order_by(*key)
        .with_for_update()
    )
    return {
        (organisation_id, employee_id): {Account.AVAILABLE: available, Account.DEBT: debt}
        for organisation_id, employee_id, available, debt in rows
    }
