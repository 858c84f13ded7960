"""Which work HR took back: it does not count where work is compared, tried or told."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from backend.rewards.models import (
    Adjustment,
    AdjustmentEnd,
    LateMovement,
    LedgerTransaction,
    TransactionKind,
)
from backend.rewards.rules import AdjustmentKind, AdjustmentStatus, SourceKind


def select_taken_back(kind: SourceKind, *, organisation_id: UUID) -> Select[Any]:
    """Return the query of the sources of a kind that HR took back before boards were frozen.

    They are few. What was taken back of a closed season later counts for ever where it had counted.
    """
    movements = select(LateMovement.transaction_id).where(
        LateMovement.organisation_id == organisation_id
    )
    # Led by the few that were late; joined, SQLite would look through the whole ledger for them.
    late = select(LedgerTransaction.source_id).where(
        LedgerTransaction.organisation_id == organisation_id,
        LedgerTransaction.id.in_(movements),
        LedgerTransaction.kind == TransactionKind.REVERSAL,
    )
    return (
        select(Adjustment.source_id)
        .join(
            AdjustmentEnd,
            (AdjustmentEnd.organisation_id == Adjustment.organisation_id)
            & (AdjustmentEnd.adjustment_id == Adjustment.id),
        )
        .where(
            Adjustment.organisation_id == organisation_id,
            Adjustment.kind == AdjustmentKind.REVERSAL,
            Adjustment.source_kind == kind,
            AdjustmentEnd.status == AdjustmentStatus.APPLIED,
            Adjustment.source_id.not_in(late),
        )
    )
