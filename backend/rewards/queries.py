"""Reads of rules and books."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from backend.rewards.models import (
    Account,
    Balance,
    LedgerTransaction,
    PendingConfirmation,
    RuleVersion,
    TransactionKind,
)
from backend.rewards.problems import NoRulesYet
from backend.rewards.rules import Rules, SourceKind, parse

_REMEMBERED_SECONDS = 5.0
_MOST_REMEMBERED = 1_000

# Versions never change, and a new one takes effect a minute after it was published, so what was
# read seconds ago is right. By organisation: when it was read, and the versions, latest first.
_remembered: dict[UUID, tuple[float, list[tuple[datetime, Rules]]]] = {}


def get_rules(session: Session, *, organisation_id: UUID, at: datetime) -> Rules:
    """Return the rules in effect at the instant ``at``; raises NoRulesYet."""
    read_at, versions = _remembered.get(organisation_id, (0.0, []))
    if not versions or time.monotonic() - read_at > _REMEMBERED_SECONDS:
        versions = [
            (row.effective_from, parse(row.document, version_id=row.id, number=row.number))
            for row in list_rule_versions(session, organisation_id=organisation_id)
        ]
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[organisation_id] = (time.monotonic(), versions)
    for effective_from, rules in versions:
        if effective_from <= at:
            return rules
    raise NoRulesYet


def forget_rules(*, organisation_id: UUID) -> None:
    """Read this organisation's rules anew the next time."""
    _remembered.pop(organisation_id, None)


def list_rule_versions(session: Session, *, organisation_id: UUID) -> Sequence[RuleVersion]:
    """Return every version of the rules, the one that takes effect last first."""
    return session.scalars(
        select(RuleVersion)
        .where(RuleVersion.organisation_id == organisation_id)
        .order_by(RuleVersion.effective_from.desc())
    ).all()


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


_ACCRUAL = tuple(LedgerTransaction.__table__.c[name] for name in Accrual.__dataclass_fields__)


def _accruals(rows: Sequence[Any]) -> list[Accrual]:
    return [Accrual(**row._mapping) for row in rows]


def lock_accruals(session: Session, *, organisation_id: UUID, source_id: UUID) -> list[Accrual]:
    """Return the accruals of a source that are not reversed; two reversals take turns here."""
    of_source = (
        LedgerTransaction.organisation_id == organisation_id,
        LedgerTransaction.source_id == source_id,
    )
    rows = session.execute(
        select(*_ACCRUAL)
        .where(*of_source, LedgerTransaction.kind == TransactionKind.ACCRUAL)
        .order_by(LedgerTransaction.id)
        .with_for_update(key_share=True)
    ).all()
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


def lock_waiting(
    session: Session, *, organisation_id: UUID, accrual_ids: Collection[UUID]
) -> set[UUID]:
    """Return which of ``accrual_ids`` still wait, once a confirmation in progress is over."""
    return set(
        session.scalars(
            select(PendingConfirmation.transaction_id)
            .where(
                PendingConfirmation.organisation_id == organisation_id,
                PendingConfirmation.transaction_id.in_(accrual_ids),
            )
            .order_by(PendingConfirmation.transaction_id)
            .with_for_update()
        )
    )


def lock_due(session: Session, *, now: datetime, limit: int) -> list[Accrual]:
    """Return accruals whose hold is over, longest due first, without those in other hands."""
    its_accrual = (LedgerTransaction.organisation_id == PendingConfirmation.organisation_id) & (
        LedgerTransaction.id == PendingConfirmation.transaction_id
    )
    rows = session.execute(
        select(*_ACCRUAL)
        .join_from(PendingConfirmation, LedgerTransaction, its_accrual)
        .where(PendingConfirmation.due_at <= now)
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
