"""How points are written into the books; every movement of points ends here.

Statements are prepared because every greeting, resolved request and rating runs them. Rows are
written in the order of their keys, so that two writers never wait for each other in a circle:
first transactions, then balances.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import bindparam, delete, tuple_, update
from sqlalchemy.orm import Session

from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import Prepared
from backend.rewards.models import (
    Account,
    Balance,
    LedgerEntry,
    LedgerTransaction,
    PendingConfirmation,
)

Row = dict[str, Any]
Key = TypeVar("Key", tuple[UUID, UUID], tuple[UUID, UUID, UUID])
# The organisation's: they have no employee.
_ITS_OWN = frozenset({Account.MINT, Account.EXPIRED})
_BUCKETS = ("pending", "available", "held", "paid", "debt")

_TRANSACTIONS = PreparedInsert(LedgerTransaction)
_ENTRIES = PreparedInsert(LedgerEntry)
_WAITS = PreparedInsert(PendingConfirmation)
_BALANCES = PreparedInsert(Balance, adding=["pending"])
_MOVE = Prepared(
    update(Balance)
    .values({name: Balance.__table__.c[name] + bindparam(f"by_{name}") for name in _BUCKETS})
    .where(
        Balance.organisation_id == bindparam("of_organisation"),
        Balance.employee_id == bindparam("of_employee"),
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
            "employee_id": None if account in _ITS_OWN else transaction["employee_id"],
            "points": points,
        }
        for line, (account, points) in enumerate(
            (pair for pair in moved.items() if pair[1]), start=1
        )
    ]


def write(session: Session, *, transactions: Sequence[Row], entries: Sequence[Row]) -> None:
    """Write ``transactions`` with their ``entries``, both as rows with every column."""
    _TRANSACTIONS.run(session, transactions)
    _ENTRIES.run(session, entries)


def wait(session: Session, *, accruals: Sequence[Row]) -> None:
    """Let ``accruals`` wait for their settlement until they are due."""
    _WAITS.run(
        session,
        [
            {
                "due_at": row["due_at"],
                "organisation_id": row["organisation_id"],
                "transaction_id": row["id"],
            }
            for row in accruals
        ],
    )


def end_wait(session: Session, *, keys: Sequence[tuple[datetime, UUID, UUID]]) -> None:
    """Take accruals, by (due_at, organisation_id, id), off the list of those that wait."""
    key = PendingConfirmation.__table__.primary_key
    session.execute(delete(PendingConfirmation).where(tuple_(*key).in_(keys)))


def add_pending(session: Session, *, accruals: Sequence[Row]) -> None:
    """Add ``accruals`` to the pending points of the employees who were given them."""
    earned = sums(((row["organisation_id"], row["employee_id"]), row["points"]) for row in accruals)
    _BALANCES.run(
        session,
        [
            {
                "organisation_id": organisation_id,
                "employee_id": employee_id,
                "pending": points,
                **dict.fromkeys(("available", "held", "paid", "debt"), 0),
            }
            for (organisation_id, employee_id), points in earned
        ],
    )


def open_balances(session: Session, *, owners: Sequence[tuple[UUID, UUID]]) -> None:
    """Give a balance to each of ``owners``, pairs of organisation and id, who has none yet.

    ``owners`` stand in the order in which they are locked.
    """
    _BALANCES.run(
        session,
        [
            {
                "organisation_id": organisation_id,
                "employee_id": employee_id,
                **dict.fromkeys(_BUCKETS, 0),
            }
            for organisation_id, employee_id in owners
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


def sums(rows: Iterable[tuple[Key, int]]) -> list[tuple[Key, int]]:
    """Return the sum by key, in the order of the keys: that in which rows are locked."""
    total: dict[Key, int] = {}
    for key, points in rows:
        total[key] = total.get(key, 0) + points
    return sorted(total.items())
