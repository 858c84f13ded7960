"""What an adjustment has taken from somebody: the most that an appeal gives back.

A reversal is of all that its source has earned, but what had expired by then was nobody's, and
leaves the organisation's own account. So it is read from the entries of the employee.
"""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.rewards.models import (
    Adjustment,
    AdjustmentPart,
    LedgerEntry,
    LedgerTransaction,
    TransactionKind,
)
from backend.rewards.queries.own_ids import select_ids_of


def sum_lost(
    session: Session, *, organisation_id: UUID, adjustment_id: UUID, employee_id: UUID
) -> int:
    """Return how many points an adjustment that took effect took from an employee; 0 or more."""
    made = session.get_one(Adjustment, (organisation_id, adjustment_id))
    if made.source_id is None:
        part = session.get_one(AdjustmentPart, (organisation_id, adjustment_id, employee_id))
        return max(0, -part.points)
    reversed_points = sum_reversed(
        session,
        organisation_id=organisation_id,
        employee_id=employee_id,
        source_ids=[made.source_id],
    )
    return reversed_points.get(made.source_id, 0)


def sum_reversed(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    source_ids: Collection[UUID],
) -> dict[UUID, int]:
    """Return by source what an employee lost when it was reversed; none where it was not.

    Step by step, each by the ids that the last one found: SQLite would join them the wrong way.
    """
    row = LedgerTransaction
    accruals = select_ids_of(
        TransactionKind.ACCRUAL,
        organisation_id=organisation_id,
        sources=source_ids,
        employee_id=employee_id,
    )
    accrual_ids = session.scalars(accruals).all() if source_ids else []
    if not accrual_ids:
        return {}
    reversals = session.execute(
        select(row.id, row.source_id).where(
            row.organisation_id == organisation_id, row.reverses_id.in_(accrual_ids)
        )
    )
    source_of = dict(reversals.all())
    taken = session.execute(
        select(LedgerEntry.transaction_id, -func.sum(LedgerEntry.points))
        .where(
            LedgerEntry.organisation_id == organisation_id,
            LedgerEntry.transaction_id.in_(source_of),
            LedgerEntry.employee_id == employee_id,
        )
        .group_by(LedgerEntry.transaction_id)
    )
    lost: dict[UUID, int] = {}
    for reversal_id, points in taken:
        source_id = source_of[reversal_id]
        lost[source_id] = lost.get(source_id, 0) + int(points)
    return lost
