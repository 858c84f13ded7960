"""How points are written into the books; every movement of points ends here.

Statements are prepared because every greeting, resolved request and rating runs them. Rows are
written in the order of their keys, so that two writers never wait for each other in a circle:
first transactions, then balances, then standings.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from backend.foundation.db import Prepared
from backend.rewards.models import (
    Account,
    Balance,
    LedgerEntry,
    LedgerTransaction,
    PendingConfirmation,
    Standing,
)

Row = dict[str, Any]
_BUCKETS = ("pending", "available", "debt")


def _insert(model: Any) -> Prepared:
    columns = model.__table__.columns
    return Prepared(insert(model).values({column: bindparam(column.key) for column in columns}))


# PostgreSQL's upsert, which SQLite's dialect writes in the same words.
_new_balance = postgresql.insert(Balance).values(
    organisation_id=bindparam("organisation_id"),
    employee_id=bindparam("employee_id"),
    pending=bindparam("points"),
    available=0,
    held=0,
    paid=0,
    debt=0,
)
_new_standing = postgresql.insert(Standing).values(
    organisation_id=bindparam("organisation_id"),
    board=bindparam("board"),
    employee_id=bindparam("employee_id"),
    points=bindparam("points"),
)

_TRANSACTION = _insert(LedgerTransaction)
_ENTRY = _insert(LedgerEntry)
_WAIT = _insert(PendingConfirmation)
_NO_WAIT = Prepared(
    delete(PendingConfirmation).where(
        PendingConfirmation.organisation_id == bindparam("organisation_id"),
        PendingConfirmation.transaction_id == bindparam("transaction_id"),
    )
)
_ADD_PENDING = Prepared(
    _new_balance.on_conflict_do_update(
        index_elements=["organisation_id", "employee_id"],
        set_={"pending": Balance.pending + _new_balance.excluded.pending},
    )
)
_MOVE = Prepared(
    update(Balance)
    .values({name: Balance.__table__.c[name] + bindparam(f"by_{name}") for name in _BUCKETS})
    .where(
        Balance.organisation_id == bindparam("of_organisation"),
        Balance.employee_id == bindparam("of_employee"),
    )
)
_ADD_STANDING = Prepared(
    _new_standing.on_conflict_do_update(
        index_elements=["organisation_id", "board", "employee_id"],
        set_={"points": Standing.points + _new_standing.excluded.points},
    )
)


def entries_of(transaction: Row, moved: Mapping[Account, int]) -> list[Row]:
    """Return the entries of ``transaction`` that change each account by what was ``moved``.

    Accounts of the organisation's own have no employee. The changes must sum to zero.
    """
    if sum(moved.values()):
        raise ValueError("the entries of a transaction sum to zero")
    return [
        {
            "organisation_id": transaction["organisation_id"],
            "transaction_id": transaction["id"],
            "line": line,
            "account": account,
            "employee_id": None if account is Account.MINT else transaction["employee_id"],
            "points": points,
        }
        for line, (account, points) in enumerate(
            (pair for pair in moved.items() if pair[1]), start=1
        )
    ]


def write(session: Session, *, transactions: Sequence[Row], entries: Sequence[Row]) -> None:
    """Write ``transactions`` with their ``entries``, both as rows with every column."""
    _TRANSACTION.run_many(session, transactions)
    _ENTRY.run_many(session, entries)


def wait(session: Session, *, transactions: Sequence[Row], due_at: datetime) -> None:
    """Let the accruals in ``transactions`` wait for their settlement until ``due_at``."""
    _WAIT.run_many(
        session,
        [
            {
                "organisation_id": row["organisation_id"],
                "transaction_id": row["id"],
                "due_at": due_at,
            }
            for row in transactions
        ],
    )


def end_wait(session: Session, *, accruals: Sequence[tuple[UUID, UUID]]) -> None:
    """Take ``accruals``, pairs of organisation and id, off the list of those that wait."""
    _NO_WAIT.run_many(
        session,
        [{"organisation_id": owner, "transaction_id": accrual} for owner, accrual in accruals],
    )


def add_pending(
    session: Session, *, organisation_id: UUID, earned: Sequence[tuple[UUID, int]]
) -> None:
    """Add to the pending points what each employee ``earned``."""
    _ADD_PENDING.run_many(
        session,
        [
            {"organisation_id": organisation_id, "employee_id": employee, "points": points}
            for employee, points in _sums(earned)
        ],
    )


def move(session: Session, *, moved: Mapping[tuple[UUID, UUID], Mapping[Account, int]]) -> None:
    """Change the balances of employees, keyed by organisation and id, by what was ``moved``."""
    _MOVE.run_many(
        session,
        [
            {
                "of_organisation": organisation_id,
                "of_employee": employee_id,
                **{f"by_{name}": changes.get(Account(name), 0) for name in _BUCKETS},
            }
            for (organisation_id, employee_id), changes in sorted(moved.items())
        ],
    )


def add_standings(
    session: Session, *, organisation_id: UUID, scored: Sequence[tuple[tuple[str, UUID], int]]
) -> None:
    """Add to the standings what was ``scored`` by board and employee; less than zero takes off."""
    _ADD_STANDING.run_many(
        session,
        [
            {
                "organisation_id": organisation_id,
                "board": board,
                "employee_id": employee_id,
                "points": points,
            }
            for (board, employee_id), points in _sums(scored)
        ],
    )


def _sums(rows: Sequence[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """Return the sum by key, in the order of the keys: that in which rows are locked."""
    sums: dict[Any, int] = {}
    for key, points in rows:
        sums[key] = sums.get(key, 0) + points
    return sorted(sums.items())
