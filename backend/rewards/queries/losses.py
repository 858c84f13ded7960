"""What an adjustment has taken from somebody: the most that an appeal gives back.

A reversal is of all that its source has earned, but what had expired by then was nobody's, and
leaves the organisation's own account. So it is read from the entries of the employee.
"""

from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, aliased

from backend.rewards.models import (
    Adjustment,
    AdjustmentPart,
    LedgerEntry,
    LedgerTransaction,
    TransactionKind,
)
from backend.rewards.queries.kinds import is_kind
from backend.rewards.rules import AdjustmentKind


def sum_lost(
    session: Session, *, organisation_id: UUID, adjustment_id: UUID, employee_id: UUID
) -> int:
    """Return how many points an adjustment that took effect took from an employee; 0 or more."""
    query = (
        select(lost_points())
        .join_from(
            AdjustmentPart,
            Adjustment,
            (Adjustment.organisation_id == AdjustmentPart.organisation_id)
            & (Adjustment.id == AdjustmentPart.adjustment_id),
        )
        .where(
            AdjustmentPart.organisation_id == organisation_id,
            AdjustmentPart.adjustment_id == adjustment_id,
            AdjustmentPart.employee_id == employee_id,
        )
    )
    return int(session.scalars(query).one())


def lost_points() -> ColumnElement[int]:
    """Return what each row of a query of adjustments and their parts took from its employee."""
    accrual, reversal = aliased(LedgerTransaction), aliased(LedgerTransaction)
    reversed_points = (
        select(func.coalesce(-func.sum(LedgerEntry.points), 0))
        .select_from(accrual)
        .join(
            reversal,
            (reversal.organisation_id == accrual.organisation_id)
            & (reversal.reverses_id == accrual.id),
        )
        .join(
            LedgerEntry,
            (LedgerEntry.organisation_id == reversal.organisation_id)
            & (LedgerEntry.transaction_id == reversal.id),
        )
        .where(
            is_kind(accrual, TransactionKind.ACCRUAL),
            accrual.organisation_id == Adjustment.organisation_id,
            accrual.source_id == Adjustment.source_id,
            accrual.employee_id == AdjustmentPart.employee_id,
            LedgerEntry.employee_id == AdjustmentPart.employee_id,
        )
        .correlate(Adjustment, AdjustmentPart)
        .scalar_subquery()
    )
    return case(
        (Adjustment.kind == AdjustmentKind.REVERSAL, reversed_points),
        (AdjustmentPart.points < 0, -AdjustmentPart.points),
        else_=0,
    )
