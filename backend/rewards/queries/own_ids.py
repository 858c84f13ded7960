"""Which ledger transactions are an employee's."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from backend.rewards.models import LedgerTransaction


def select_own_ids(*, organisation_id: UUID, employee_id: UUID) -> Select[UUID]:
    """Return the query of the ids of an employee's transactions, for use inside another.

    By themselves: SQLite, which has no statistics, would else read all transactions of the
    organisation in the order of their key rather than use the index of the employee's.
    """
    own = aliased(LedgerTransaction)
    return select(own.id).where(
        own.organisation_id == organisation_id, own.employee_id == employee_id
    )
