"""Which transactions are of a kind, said so that the index of that kind is used."""

from typing import Any

from sqlalchemy import ColumnElement, literal_column

from backend.rewards.models import TransactionKind


def is_kind(row: Any, kind: TransactionKind) -> ColumnElement[bool]:
    """Return the condition that ``row``, ledger transactions or an alias, is of ``kind``.

    In the very words of the indexes that hold one kind only: SQLite, which plans before it knows
    a bound value, would else read every transaction of the organisation.
    """
    said: ColumnElement[bool] = row.kind == literal_column(f"'{kind.value}'")
    return said
