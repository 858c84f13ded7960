"""Which points of an employee were spent on what, read from the books."""

from collections.abc import Iterator
from functools import cache
from uuid import UUID

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from backend.rewards.lots import Attribution, Movement, replay
from backend.rewards.models import Account, LedgerEntry, LedgerTransaction, TransactionKind
from backend.rewards.rules import SourceKind
from backend.venues.queries import list_event_ids

# Accounts whose changes decide; an accrual that waits moves none of them, and is not even read.
_ACCOUNTS = (Account.AVAILABLE, Account.HELD, Account.PAID, Account.DEBT)


def get_attribution(session: Session, *, organisation_id: UUID, employee_id: UUID) -> Attribution:
    """Return which points of an employee are available, held and paid, by what gave them.

    What was held at an earlier instant stays attributed as it is, whatever follows.
    """
    return replay(_movements(session, organisation_id=organisation_id, employee_id=employee_id))


def list_season_lots(
    session: Session, *, organisation_id: UUID, employee_id: UUID, season_id: UUID
) -> set[UUID]:
    """Return the accruals of an employee at the events of a season."""
    events = list_event_ids(session, organisation_id=organisation_id, season_id=season_id)
    return set(
        session.scalars(
            select(LedgerTransaction.id).where(
                LedgerTransaction.organisation_id == organisation_id,
                LedgerTransaction.employee_id == employee_id,
                LedgerTransaction.kind == TransactionKind.ACCRUAL,
                LedgerTransaction.event_id.in_(events),
            )
        )
    )


def _movements(session: Session, *, organisation_id: UUID, employee_id: UUID) -> Iterator[Movement]:
    """Yield what the employee's transactions changed.

    Their ids are made while the balance is locked, so they stand in the order of their effects.
    """
    row = LedgerTransaction
    changes = [
        func.sum(case((LedgerEntry.account == account, LedgerEntry.points), else_=0))
        for account in _ACCOUNTS
    ]
    its_entries = and_(
        LedgerEntry.organisation_id == row.organisation_id, LedgerEntry.transaction_id == row.id
    )
    key = (row.id, row.kind, row.source_kind, row.source_id, row.settles_id, row.reverses_id)
    lots_of = cache(
        lambda season_id: list_season_lots(
            session,
            organisation_id=organisation_id,
            employee_id=employee_id,
            season_id=season_id,
        )
    )
    query = (
        select(*key, *changes)
        .join(LedgerEntry, its_entries)
        .where(
            row.organisation_id == organisation_id,
            row.employee_id == employee_id,
            LedgerEntry.account.in_(_ACCOUNTS),
        )
        .group_by(*key)
        .order_by(row.id)
    )
    for own_id, kind, source_kind, source_id, settles_id, reverses_id, *moved in session.execute(
        query
    ).all():
        available, held, paid, debt = (int(points) for points in moved)
        spending = source_kind is SourceKind.REDEMPTION
        settling = kind is TransactionKind.SETTLEMENT and not spending
        yield Movement(
            lot_id=settles_id if settling else own_id,
            available=available,
            held=held,
            paid=paid,
            debt=debt,
            redemption_id=source_id if spending else None,
            reverses_id=reverses_id,
            first_from=lots_of(source_id) if kind is TransactionKind.EXPIRY else (),
        )
