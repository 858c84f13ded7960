"""Chains of seals: rows that are only ever added, numbered and hashed behind their writers.

A seal's hash covers the seal before it, the seal itself, and the row with all that belongs to it,
as `canon` writes them. Seals are made by `sealing`; whoever keeps the hash of the last one outside
can prove later that nothing up to it was changed.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    LargeBinary,
    SmallInteger,
    Table,
    exists,
    func,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.canon import cells, native, raw, readers, written
from backend.foundation.db import Base

# A later form of the bytes gets the next number; what was sealed in an earlier one keeps its.
FORM = 1
NOTHING_BEFORE = bytes(32)


class Seal:
    """The columns of every table of seals.

    None refers to another table: checking that what was just read exists would lock, and so write
    anew, every row of the books once more.
    """

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, doc="Gap-free, from 1.")
    row_id: Mapped[UUID] = mapped_column(doc="What is sealed; once only.")
    form: Mapped[int] = mapped_column(SmallInteger, doc="How the row was written to be hashed.")
    sealed_at: Mapped[datetime]
    hash: Mapped[bytes] = mapped_column(LargeBinary(32), doc="SHA-256.")


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a seal covers of a table; ``key`` is the column with the id of the sealed row.

    ``columns`` are hashed in this order, for ever. Rows under the same id come in the order of
    the first of them.
    """

    table: Table
    key: str
    columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Head:
    """The last seal of a chain."""

    organisation_id: UUID
    chain: str
    number: int
    hash: str
    sealed_at: datetime


@dataclass(frozen=True, kw_only=True, eq=False)
class Chain:
    """One kind of rows that are sealed, and the ``lines`` that belong to each, if any.

    Ids are taken and given as the driver has them, so that damaged ones can be followed, too.
    """

    name: str
    seals: type[Base]
    rows: Part
    lines: Part | None = None

    @property
    def seal_table(self) -> Table:
        """Return the table of the seals."""
        return cast(Table, self.seals.__table__)

    @property
    def tables(self) -> set[str]:
        """Return the names of all tables that the chain is about."""
        lines = [self.lines.table.name] if self.lines else []
        return {self.rows.table.name, self.seal_table.name, *lines}

    def read(
        self, connection: Connection, *, organisation_id: Any, ids: Collection[Any]
    ) -> dict[Any, bytes]:
        """Return the bytes to be hashed of those of the rows ``ids`` that exist."""
        found = {
            key: [values] for key, values in _values(connection, self.rows, organisation_id, ids)
        }
        if self.lines is not None:
            for key, values in _values(connection, self.lines, organisation_id, ids):
                if key in found:
                    found[key].append(values)
        return {key: written(parts) for key, parts in found.items()}

    def hash(self, previous: bytes, stamp: Sequence[Any], body: bytes) -> bytes:
        """Return the hash of a seal: that before it, its own columns in form, and its row's bytes.

        ``stamp`` is organisation, number, row, form and instant. The first part has a fixed length,
        the others end themselves.
        """
        return hashlib.sha256(previous + written([self.name, *stamp]) + body).digest()

    def list_unsealed(
        self, connection: Connection, *, organisation_id: Any, limit: int, ids: "Ids"
    ) -> Sequence[Any]:
        """Return at most ``limit`` of the rows with ``ids`` that no seal names, by id."""
        key = raw(self.rows.table.c[self.rows.key])
        # Said of the seals, too, or PostgreSQL may walk through all there are.
        sealed = ids.hold(raw(self.seal_table.c.row_id), connection)
        query = select(key).where(
            *self._unsealed(organisation_id, *sealed), *ids.hold(key, connection)
        )
        return connection.scalars(query.order_by(key).limit(limit)).all()

    def count_unsealed(self, connection: Connection, *, organisation_id: Any) -> int:
        """Return how many rows no seal names."""
        query = select(func.count()).select_from(self.rows.table)
        return connection.scalar(query.where(*self._unsealed(organisation_id))) or 0

    def is_whole(self, connection: Connection, *, organisation_id: Any, ids: "Ids") -> bool:
        """Tell whether there are as many seals as rows with ``ids``: then all are sealed.

        Each seal names a row of its own. Counting both takes a tenth of looking for each.
        """
        counts = [
            select(func.count())
            .where(
                raw(table.c.organisation_id) == organisation_id,
                *ids.hold(raw(table.c[key]), connection),
            )
            .select_from(table)
            .scalar_subquery()
            for table, key in ((self.rows.table, self.rows.key), (self.seal_table, "row_id"))
        ]
        rows, seals = connection.execute(select(*counts)).one()
        return bool(rows == seals)

    def find_head(self, connection: Connection, *, organisation_id: UUID) -> Head | None:
        """Return the last seal of an organisation, or None."""
        seals = self.seal_table
        last = connection.execute(
            select(seals.c.number, seals.c.hash, seals.c.sealed_at)
            .where(seals.c.organisation_id == organisation_id)
            .order_by(seals.c.number.desc())
            .limit(1)
        ).one_or_none()
        if last is None:
            return None
        return Head(
            organisation_id=organisation_id,
            chain=self.name,
            number=last.number,
            hash=last.hash.hex(),
            sealed_at=last.sealed_at,
        )

    def _unsealed(
        self, organisation_id: Any, *of_seals: ColumnElement[bool]
    ) -> tuple[ColumnElement[bool], ...]:
        rows, seals = self.rows.table, self.seal_table
        named = exists().where(
            seals.c.organisation_id == rows.c.organisation_id,
            seals.c.row_id == rows.c[self.rows.key],
            *of_seals,
        )
        return raw(rows.c.organisation_id) == organisation_id, ~named


@dataclass(frozen=True, kw_only=True)
class Ids:
    """The ids made ``since`` an instant or ``before`` one; both ends may be open.

    Ids bear the millisecond in which they were made (RFC 9562, version 7), which may be long
    before they were committed.
    """

    since: datetime | None = None
    before: datetime | None = None

    def hold(self, key: ColumnElement[Any], connection: Connection) -> list[ColumnElement[bool]]:
        """Return what holds for the column ``key`` where it is one of these."""
        conditions = []
        if self.since is not None:
            conditions.append(key >= native(first_id(self.since), connection.dialect))
        if self.before is not None:
            conditions.append(key < native(first_id(self.before), connection.dialect))
        return conditions


def first_id(at: datetime) -> UUID:
    """Return the lowest id that can be made at ``at``."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


def made_at_ms(identifier: UUID) -> int:
    """Return the millisecond since 1970 in which ``identifier`` was made."""
    return identifier.int >> 80


def _values(
    connection: Connection, part: Part, organisation_id: Any, ids: Collection[Any]
) -> Iterator[tuple[Any, list[Any]]]:
    columns = [part.table.c[name] for name in part.columns]
    reading = readers(columns, connection.dialect)
    key = raw(part.table.c[part.key])
    query = (
        select(key, *(raw(column) for column in columns))
        .where(raw(part.table.c.organisation_id) == organisation_id, key.in_(ids))
        .order_by(key, columns[0])
    )
    for identifier, *row in connection.execute(query).all():
        yield identifier, cells(row, reading)
