"""Points on the way to boards and books: noted as they are earned, brought there by `standings`.

Five standings and their index for each greeting were a third of what it wrote, and its books
another. What a transaction leaves instead is one row, and the job that takes it counts it once,
whoever runs it and however often it is cut off: it deletes the row in the transaction in which it
adds it up.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import (
    Insert,
    Select,
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.foundation.arrays import in_array
from backend.foundation.db import glancing
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import ONE_ROW, Prepared
from backend.rewards.models import (
    Account,
    Balance,
    LateMovement,
    LedgerEntry,
    LedgerTransaction,
    PendingConfirmation,
    PointsOnTheWay,
    TransactionKind,
)
from backend.rewards.services.postings import Row, sums

_id = PointsOnTheWay.__table__.c.id
# What holds for the rows of `taking`; without its bounds SQLite would look at every row there is.
IN_HAND = _id.between(bindparam("first"), bindparam("last")) & in_array(_id, "taken")
_ADD, _KEEP_OFF = PreparedInsert(PointsOnTheWay), PreparedInsert(LateMovement)
_ANY = Prepared(select(PointsOnTheWay.id).limit(ONE_ROW))
# What a row says for its accrual beyond what it says for the boards.
_OF_ACCRUALS = (
    *("rule", "rule_version_id", "source_kind", "source_id"),
    *("at", "recorded_at", "due_at"),
)
_BOOKED: Row = dict.fromkeys(("transaction_id", *_OF_ACCRUALS))


def note(session: Session, *, moved: Iterable[tuple[Row, int]]) -> None:
    """Note what is in the books already: transactions, each with the points that its boards get.

    Below zero where they were lost.
    """
    changes = [
        ((row["organisation_id"], row["event_id"], row["employee_id"]), points)
        for row, points in moved
    ]
    _ADD.run(
        session,
        [
            {
                "organisation_id": organisation_id,
                "event_id": event_id,
                "employee_id": employee_id,
                "points": points,
                **_BOOKED,
            }
            for (organisation_id, event_id, employee_id), points in sums(changes)
        ],
    )


def keep_off(session: Session, *, moved: Iterable[tuple[Row, int]]) -> None:
    """Write down which transactions, each with its points, came too late for frozen boards."""
    _KEEP_OFF.run(
        session,
        [
            {
                "organisation_id": row["organisation_id"],
                "transaction_id": row["id"],
                "event_id": row["event_id"],
                "employee_id": row["employee_id"],
                "points": points,
                "recorded_at": row["recorded_at"],
            }
            for row, points in moved
        ],
    )


def send(session: Session, *, accruals: Sequence[Row]) -> None:
    """Note ``accruals``, rows of the ledger, that are to be booked as well."""
    _ADD.run(
        session,
        [
            {
                "organisation_id": row["organisation_id"],
                "event_id": row["event_id"],
                "employee_id": row["employee_id"],
                "points": row["points"],
                "transaction_id": row["id"],
                **{name: row[name] for name in _OF_ACCRUALS},
            }
            for row in accruals
        ],
    )


def are_any() -> bool:
    """Tell whether any points are on the way."""
    with glancing() as session:
        return _ANY.first(session) is not None


def lock(session: Session, *, limit: int) -> Sequence[int]:
    """Take at most ``limit`` rows in hand, the oldest first, and return their ids.

    Passes over what others have in hand.
    """
    return session.scalars(
        select(PointsOnTheWay.id)
        .order_by(PointsOnTheWay.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def book(session: Session, taken: Sequence[int]) -> None:
    """Write into the ledger which of the rows ``taken`` are not there yet.

    What `ledger.accrue` does for a few, in four statements for any number; accruals and balances
    are locked in the order of their keys.
    """
    for statement in _BOOK:
        statement.run(session, **taking(taken))


def forget(session: Session, taken: Sequence[int]) -> None:
    """Delete the rows ``taken``, which are where they belong."""
    _FORGET.run(session, **taking(taken))


def taking(taken: Sequence[int]) -> Row:
    """Return the parameters of IN_HAND for ``taken``, at least one id, ascending."""
    return {"taken": taken, "first": taken[0], "last": taken[-1]}


def _unbooked(*columns: object) -> Select[*tuple[object, ...]]:
    query: Select[*tuple[object, ...]] = select(*columns)  # type: ignore[call-overload]
    return query.where(IN_HAND, PointsOnTheWay.transaction_id.is_not(None))


def _transactions() -> Insert:
    row = PointsOnTheWay
    columns = {
        "organisation_id": row.organisation_id,
        "id": row.transaction_id,
        "kind": literal(TransactionKind.ACCRUAL, LedgerTransaction.kind.type),
        "employee_id": row.employee_id,
        "points": row.points,
        "event_id": row.event_id,
        **{name: getattr(row, name) for name in _OF_ACCRUALS},
    }
    query = _unbooked(*columns.values())
    return insert(LedgerTransaction).from_select(
        list(columns), query.order_by(row.source_id, row.rule, row.employee_id)
    )


def _entries() -> Insert:
    row = PointsOnTheWay
    sides = [
        _unbooked(
            row.organisation_id,
            row.transaction_id,
            literal(line).label("line"),
            literal(account, LedgerEntry.account.type).label("account"),
            whose.label("employee_id"),
            points.label("points"),
        )
        for line, account, whose, points in (
            (1, Account.MINT, literal(None, Uuid()), -row.points),
            (2, Account.PENDING, row.employee_id, row.points),
        )
    ]
    names = ["organisation_id", "transaction_id", "line", "account", "employee_id", "points"]
    return insert(LedgerEntry).from_select(names, union_all(*sides))


def _balances() -> Insert:
    key = (PointsOnTheWay.organisation_id, PointsOnTheWay.employee_id)
    buckets = ("pending", "available", "held", "paid", "debt")
    earned = _unbooked(*key, func.sum(PointsOnTheWay.points), *(literal(0) for _ in buckets[1:]))
    new = upsert(Balance).from_select(
        ["organisation_id", "employee_id", *buckets], earned.group_by(*key).order_by(*key)
    )
    return new.on_conflict_do_update(
        index_elements=["organisation_id", "employee_id"],
        set_={"pending": Balance.pending + new.excluded.pending},
    )


def _waits() -> Insert:
    key = ("due_at", "organisation_id", "transaction_id")
    query = _unbooked(*(getattr(PointsOnTheWay, name) for name in key))
    return insert(PendingConfirmation).from_select(list(key), query)


_BOOK = tuple(Prepared(make()) for make in (_transactions, _entries, _balances, _waits))
_FORGET = Prepared(delete(PointsOnTheWay).where(IN_HAND))
