"""The one form in which rows are hashed: the same bytes from SQLite and from PostgreSQL.

A row is a JSON array of its columns in a fixed order: ids as 32 hexadecimal digits, instants as
``2026-11-21 19:30:00.000000`` in UTC, JSON with sorted keys in an array of its own. Cells are read
as the driver gives them, so that what was damaged is hashed as it stands instead of being refused;
what SQLite keeps as text counts with every byte.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import JSON, ColumnElement, Dialect, Uuid, type_coerce
from sqlalchemy.types import NullType

from backend.foundation.db import UTCDateTime

Reader = Callable[[Any], Any]


def raw(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return ``column``, to be read and compared as the driver has it."""
    return type_coerce(column, NullType())


def native(value: UUID, dialect: Dialect) -> Any:
    """Return an id as the driver of ``dialect`` has it."""
    return value.hex if dialect.name == "sqlite" else value


def readers(columns: Sequence[ColumnElement[Any]], dialect: Dialect) -> list[Reader | None]:
    """Return for each of ``columns`` what brings its raw cells into form, None for what is."""
    sqlite = dialect.name == "sqlite"
    return [_reader(column, sqlite=sqlite) for column in columns]


def _reader(column: ColumnElement[Any], *, sqlite: bool) -> Reader | None:
    if isinstance(column.type, JSON):
        return _kept_text if sqlite else _alone
    if sqlite:
        return None
    if isinstance(column.type, Uuid):
        return attrgetter("hex")
    return instant if isinstance(column.type, UTCDateTime) else None


def cells(row: Sequence[Any], reading: Sequence[Reader | None]) -> list[Any]:
    """Return the raw cells of ``row`` in form."""
    return [
        read(cell) if read and cell is not None else cell
        for read, cell in zip(reading, row, strict=True)
    ]


def instant(value: datetime) -> str:
    """Return an instant in form."""
    return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def written(value: Any) -> bytes:
    """Return the bytes that are hashed for ``value``, lists of what is in form."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=_blob)


def _alone(value: Any) -> list[Any]:
    return [value]


def _kept_text(text: Any) -> Any:
    """Return what ``text`` says, or ``text`` where it is not as we would have written it."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return [value] if orjson.dumps(value).decode() == text else text


def _blob(value: Any) -> dict[str, str]:
    return {"blob": bytes(value).hex()}
