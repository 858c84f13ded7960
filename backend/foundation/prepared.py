"""Statements for the hot paths that the bench names: compiled once, run on the driver's cursor.

SQLAlchemy's execution of a statement costs several times what the driver needs, and on PostgreSQL
each statement costs a round trip; here both are paid as seldom as possible, by the same Core
statements for both engines.
"""

import copy
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from sqlalchemy import ClauseElement, ColumnElement, Dialect, Enum, Uuid, literal_column
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from backend.foundation.db import UTCDateTime, line_of
from backend.foundation.lines import Line
from backend.foundation.memory import Memory
from backend.foundation.races import RaceLost

Values = Mapping[str, Any]
# For the LIMIT of a prepared statement: SQLite plans by its value, and would plan anew each time
# one is bound, which took longer than looking a row up.
ONE_ROW: ColumnElement[int] = literal_column("1")
_TOGETHER = "together"
_MOST_COMBINED = 200
_WITHOUT_OFFSET = len("2026-11-21 19:30:00.000000")
_DIVISION_BY_ZERO = "22012"
_PLACE = re.compile(r"\$(\d+)")


class Prepared:
    """A Core statement, its parameters bound by name through the columns' own types.

    `run` gives results as the driver does (ask only for integers and text), `first` and `all`
    through the columns' own types.
    """

    def __init__(self, statement: ClauseElement, *, must_write: bool = False) -> None:
        """Keep ``statement``; it is compiled at first use, once per engine.

        Where it ``must_write`` and writes no row, it raises RaceLost.
        """
        self._statement = statement
        self.must_write = must_write
        table = getattr(statement, "table", None)
        # The name of the table that the statement writes; empty for one that reads.
        self.table = "" if table is None else str(table.name)
        # A lock that is read for would end with the statement.
        self._begins = bool(self.table) or getattr(statement, "_for_update_arg", None) is not None
        self._plans: dict[str, tuple[str, Callable[[Values], list[Any]]]] = {}
        self._readers: dict[str, list[Callable[[Any], Any] | None]] = {}

    def plan(self, dialect: Dialect) -> tuple[str, Callable[[Values], list[Any]]]:
        """Return the SQL text for ``dialect`` and what turns named values into its parameters."""
        if dialect.name not in self._plans:
            self._plans[dialect.name] = self._compile(dialect)
        return self._plans[dialect.name]

    def _compile(self, dialect: Dialect) -> tuple[str, Callable[[Values], list[Any]]]:
        native = copy.copy(dialect)
        if dialect.name == "postgresql":
            # The server's own places, $1 and on: the driver then has nothing to rewrite.
            native.paramstyle, native.positional = "numeric_dollar", True
        compiled: Any = self._statement.compile(dialect=native)
        converters = {name: _converter(bind.type, dialect) for name, bind in compiled.binds.items()}
        fixed = {
            name: convert(bind.value) if (convert := converters[name]) else bind.value
            for name, bind in compiled.binds.items()
            if not bind.required
        }
        given = [(name, converters[name]) for name in compiled.positiontup if name not in fixed]
        inserted = [
            (place, fixed[name]) for place, name in enumerate(compiled.positiontup) if name in fixed
        ]

        def bound(values: Values) -> list[Any]:
            row = [convert(values[name]) if convert else values[name] for name, convert in given]
            for place, value in inserted:
                row.insert(place, value)
            return row

        return compiled.string, bound

    def run(self, session: Session, **values: Any) -> Any:
        """Run with ``values`` and return the driver's cursor.

        Inside `together` it is kept for the end of the block, and nothing is returned.
        """
        return self.run_part(session, values, part_of=None)

    def run_part(self, session: Session, values: Values, *, part_of: object) -> Any:
        """Do what `run` does, for one of several parts of the same insert."""
        if (gathering := session.info.get(_TOGETHER)) and self.table:
            gathering.add(self, values, part_of=part_of)
            return None
        line = line_of(session)
        line.settle()
        text, bind = self.plan(line.dialect)
        if self._begins:
            line.begin()
        cursor = execute(line, text, bind(values))
        if self.must_write and not cursor.rowcount:
            raise RaceLost
        return cursor

    def first(self, session: Session, **values: Any) -> tuple[Any, ...] | None:
        """Run a SELECT with ``values`` and return its first row as Python values, or None."""
        row = self.run(session, **values).fetchone()
        return None if row is None else self._read(line_of(session).dialect, row)

    def all(self, session: Session, **values: Any) -> list[tuple[Any, ...]]:
        """Run a SELECT with ``values`` and return its rows as Python values."""
        rows, dialect = self.run(session, **values).fetchall(), line_of(session).dialect
        return [self._read(dialect, row) for row in rows]

    def _read(self, dialect: Dialect, row: Sequence[Any]) -> tuple[Any, ...]:
        if dialect.name not in self._readers:
            columns: Any = getattr(self._statement, "selected_columns")  # noqa: B009 - only SELECTs
            self._readers[dialect.name] = [
                column.type.dialect_impl(dialect).result_processor(dialect, None)
                for column in columns
            ]
        return tuple(
            [
                read(cell) if read and cell is not None else cell
                for read, cell in zip(self._readers[dialect.name], row, strict=True)
            ]
        )

    def run_many(self, session: Session, rows: Sequence[Values]) -> None:
        """Run once for each of ``rows``, in as few round trips as the driver can."""
        if rows:
            line = line_of(session)
            line.settle()
            line.begin()
            text, bind = self.plan(line.dialect)
            _cursor(line).executemany(text, [bind(row) for row in rows])


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """Return what turns a Python value into what the driver takes, None where nothing does.

    For the three types of nearly every parameter this writes what SQLAlchemy's own processors
    write, in a third of the time.
    """
    if isinstance(kind, Enum) and kind.enum_class:
        known: dict[Any, str | None] = {member: member.value for member in kind.enum_class}
        return (known | {None: None}).__getitem__
    if dialect.name == "sqlite" and isinstance(kind, Uuid):
        return _uuid_text
    if dialect.name == "sqlite" and isinstance(kind, UTCDateTime):
        return _instant_text
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _uuid_text(value: UUID | None) -> str | None:
    return None if value is None else value.hex


@lru_cache(maxsize=64)  # The same instant stands in most rows of a transaction.
def _instant_text(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return value.isoformat(" ", "microseconds")[:_WITHOUT_OFFSET]


def _cursor(line: Line) -> Any:
    """Return a cursor of the driver that takes the text of a plan as it is."""
    if line.dialect.name == "postgresql":
        psycopg: Any = line.dialect
        return psycopg.dbapi.RawCursor(line.driver)
    return line.driver.cursor()


def execute(line: Line, text: str, parameters: list[Any]) -> Any:
    """Run ``text`` and return the driver's cursor."""
    return _cursor(line).execute(text, parameters)


class _Gathering:
    """Writes that wait to be sent to PostgreSQL as one statement.

    Its parts all see the database as it was before, so no two may touch the same row: a table
    comes once, unless one insert is split into several parts.
    """

    _combined: Memory[tuple[Prepared, ...], str] = Memory(size=_MOST_COMBINED)

    def __init__(self, line: Line) -> None:
        self._line = line
        self._parts: list[tuple[Prepared, list[Any]]] = []
        self._tables: dict[str, object] = {}

    def add(self, statement: Prepared, values: Values, *, part_of: object) -> None:
        table = statement.table
        if table in self._tables and (part_of is None or self._tables[table] is not part_of):
            self._line.settle()
        self._tables[table] = part_of
        _, bind = statement.plan(self._line.dialect)
        self._parts.append((statement, bind(values)))
        self._line.waiting = self

    def send(self) -> None:
        """Send what there is."""
        statements = tuple(statement for statement, _ in self._parts)
        parameters = [value for _, values in self._parts for value in values]
        try:
            execute(self._line, self._text(statements), parameters)
        except Exception as error:
            if getattr(error, "sqlstate", None) == _DIVISION_BY_ZERO:
                raise RaceLost from error
            raise
        self._parts, self._tables = [], {}

    def _text(self, statements: tuple[Prepared, ...]) -> str:
        """Return ``statements`` as one: each a WITH query but the last, its places counted on."""
        known = self._combined.find(statements)
        if known is None:
            texts, places = [], 0
            for statement, (_, values) in zip(statements, self._parts, strict=True):
                text, _ = statement.plan(self._line.dialect)
                texts.append(_PLACE.sub(partial(_moved, places), text))
                places += len(values)
            known = _as_one(statements, texts)
            self._combined.keep(statements, known)
        return known


def _as_one(statements: Sequence[Prepared], texts: Sequence[str]) -> str:
    """Return ``texts`` as one: all but the last in a WITH.

    Where one that must write has written nothing the whole fails, by a division: it may be a
    transaction by itself, and nothing could be undone after it.
    """
    needed = [number for number, one in enumerate(statements) if one.must_write]
    parts = [
        f"part_{number} AS ({text}{' RETURNING 1' if number in needed else ''})"
        for number, text in enumerate(texts)
    ]
    if needed:
        checks = ", ".join(f"1 / (SELECT count(*) FROM part_{number})" for number in needed)
        return f"WITH {', '.join(parts)} SELECT {checks}"
    return f"WITH {', '.join(parts[:-1])} {texts[-1]}" if parts[1:] else texts[-1]


def _moved(places: int, match: re.Match[str]) -> str:
    return f"${int(match[1]) + places}"


@contextmanager
def together(session: Session) -> Iterator[None]:
    """Send the prepared writes inside as one statement (PostgreSQL; else one after the other).

    None of them may depend on what another writes, and nothing is known of them before they are
    sent: by whatever comes next, a read inside too, or at the end of the transaction. Inside
    another such block it is part of that one.
    """
    line = line_of(session)
    if line.dialect.name != "postgresql" or session.info.get(_TOGETHER):
        yield
        return
    line.settle()
    session.info[_TOGETHER] = _Gathering(line)
    try:
        yield
    finally:
        del session.info[_TOGETHER]


@contextmanager
def pipeline(session: Session) -> Iterator[None]:
    """Send the statements inside without waiting for each answer (PostgreSQL; else nothing)."""
    line = line_of(session)
    driver = line.driver
    # One inside another would wait at its end for what the outer one need not wait for.
    if line.dialect.name == "postgresql" and not driver.pgconn.pipeline_status:
        line.settle()
        line.begin()
        with driver.pipeline():
            yield
    else:
        yield
