"""Imports: what a file changes, written in bulk, counted, and put on record."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, cast
from uuid import UUID

from sqlalchemy import insert, inspect, select, update
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.csv_rows import CsvFile
from backend.foundation.db import Base, new_id

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportResult:
    """What became of the rows of a file; the last three add up to ``rows``."""

    rows: int
    added: int
    changed: int
    unchanged: int


class Changes:
    """What an import wants of one table, compared with what is there."""

    def __init__(
        self,
        session: Session,
        table: type[Base],
        organisation_id: UUID,
        *,
        key: tuple[str, ...],
    ) -> None:
        """Read the organisation's rows; the columns ``key`` tell one from another in a file."""
        self._table = table
        self._organisation_id = organisation_id
        self._key = key
        columns = inspect(table).local_table.columns
        query = select(*columns).where(columns.organisation_id == organisation_id)
        rows = [dict(zip(columns.keys(), row, strict=True)) for row in session.execute(query)]
        self._rows = {self._key_of(row): row for row in rows}
        self._added: dict[UUID, dict[str, Any]] = {}
        self._changed: dict[UUID, dict[str, Any]] = {}
        self._marked: set[UUID] = set()

    def _key_of(self, values: Mapping[str, Any]) -> Hashable:
        return tuple(values[name] for name in self._key)

    def there(self, values: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Return the row that has the key of ``values``, as it is wanted so far, or None."""
        return self._rows.get(self._key_of(values))

    @property
    def rows(self) -> Collection[Mapping[str, Any]]:
        """Return the rows as they are wanted so far."""
        return self._rows.values()

    def take_for(self, there: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Take the row that is ``there`` for the one with the key of ``values``, which is not."""
        del self._rows[self._key_of(there)]
        self._rows[self._key_of(values)] = dict(there)

    def want(self, values: Mapping[str, Any], *, if_new: Mapping[str, Any] = _NOTHING) -> UUID:
        """Return the id of the row that will have ``values``; other columns stay as they are.

        A row that is added has the columns ``if_new``, too.
        """
        key = self._key_of(values)
        there = self._rows.get(key)
        if there is None:
            row_id = new_id()
            row = {"organisation_id": self._organisation_id, "id": row_id, **if_new, **values}
            self._rows[key] = self._added[row_id] = row
            return row_id
        row_id = cast(UUID, there["id"])
        if any(there[name] != value for name, value in values.items()):
            self._rows[key] = {**there, **values}
            # Only what was asked for is written: other columns may be changing at this moment.
            written = self._added if row_id in self._added else self._changed
            same_row = {"organisation_id": self._organisation_id, "id": row_id}
            written[row_id] = written.get(row_id, same_row) | dict(values)
        return row_id

    def mark(self, row_id: UUID) -> None:
        """Count a row as changed whose own columns are not."""
        if row_id not in self._added:
            self._marked.add(row_id)

    def adds(self, row_id: UUID) -> bool:
        """Tell whether the row is new."""
        return row_id in self._added

    def touches(self, row_id: UUID) -> bool:
        """Tell whether the row is new or changed."""
        return row_id in self._added or row_id in self._changed or row_id in self._marked

    def write(self, session: Session) -> None:
        """Write what is new and what is changed, in bulk and by id."""
        if self._added:
            session.execute(insert(self._table), list(self._added.values()))
        if self._changed:
            # Rows that change the same columns stand together: that is one statement.
            alike = sorted(self._changed.values(), key=lambda row: (sorted(row), row["id"]))
            session.execute(update(self._table), alike)

    def count(self, row_ids: Sequence[UUID]) -> ImportResult:
        """Return the result of an import whose rows are those with ``row_ids``."""
        added = sum(map(self.adds, row_ids))
        changed = sum(map(self.touches, row_ids)) - added
        return count(len(row_ids), added=added, changed=changed)


def count(rows: int, *, added: int, changed: int) -> ImportResult:
    """Return the result of an import of ``rows``."""
    return ImportResult(rows=rows, added=added, changed=changed, unchanged=rows - added - changed)


def put_on_record(
    session: Session,
    *,
    actor: Actor,
    kind: str,
    file: CsvFile,
    result: ImportResult,
    now: datetime,
) -> None:
    """Write down who imported which file (by its SHA-256), and what it changed."""
    audit.record(
        session,
        actor=actor,
        act=f"{kind}.imported",
        subject_id=None,
        now=now,
        detail={"sha256": file.sha256, **asdict(result)},
    )
