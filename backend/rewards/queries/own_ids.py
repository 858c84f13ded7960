"""Which ledger transactions are an employee's, or of one kind and source.

Each by itself, for use inside another query: SQLite, which has no statistics, would else read all
transactions of the organisation in the order of their key rather than use the index that knows.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from backend.foundation.db import written_out
from backend.rewards.models import LedgerTransaction, TransactionKind


def select_own_ids(*, organisation_id: UUID, employee_id: UUID) -> Select[UUID]:
    """Return the query of the ids of an employee's transactions."""
    own = aliased(LedgerTransaction)
    return select(own.id).where(
        own.organisation_id == organisation_id, own.employee_id == employee_id
    )


def select_ids_of(
    kind: TransactionKind,
    *,
    organisation_id: Any,
    sources: Collection[Any] | Select[UUID],
    employee_id: Any = None,
) -> Select[UUID]:
    """Return the query of the ids of the transactions of a kind that have one of these sources.

    Those of one employee, if one is given; all may be columns of the query around it.
    """
    row = aliased(LedgerTransaction)
    query = select(row.id).where(
        row.organisation_id == organisation_id,
        row.source_id.in_(sources),
        row.kind == written_out(kind),
    )
    return query if employee_id is None else query.where(row.employee_id == employee_id)
