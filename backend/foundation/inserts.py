"""Inserting many rows in few statements, for the hot paths that the bench names."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from backend.foundation.db import Base
from backend.foundation.prepared import Prepared

# Few sizes, so that each statement is soon one that the driver and the database know by heart.
_SIZES = (100, 20, 5, 2, 1)


class PreparedInsert:
    """An INSERT of any number of rows, several in a statement, all columns that do not count up.

    On PostgreSQL a row of its own statement costs two to three times a row in company. Where a
    row exists already, the columns in ``adding`` grow by the new values instead; the rows of one
    run must then differ in their keys, and stand in the order in which they are to be locked.
    """

    def __init__(self, model: type[Base], *, adding: Sequence[str] = ()) -> None:
        """Prepare for the table of ``model``; statements are made at first use."""
        self._table = cast(Table, model.__table__)
        counting = self._table.autoincrement_column
        self._columns = [column for column in self._table.columns if column is not counting]
        self._binds = [
            [(column.key, f"{column.key}_{place}") for column in self._columns]
            for place in range(_SIZES[0])
        ]
        self._adding = adding
        self._statements: dict[int, Prepared] = {}

    def run(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert ``rows``, in their order."""
        done, whole = 0, object()
        while done < len(rows):
            size = next(size for size in _SIZES if size <= len(rows) - done)
            values = rows[done] if size == 1 else self._numbered(rows[done : done + size])
            self._statement(size).run_part(session, values, part_of=whole)
            done += size

    def _numbered(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return {
            bind: row[column]
            for row, binds in zip(rows, self._binds, strict=False)
            for column, bind in binds
        }

    def _statement(self, size: int) -> Prepared:
        if size not in self._statements:
            self._statements[size] = Prepared(self._insert(size))
        return self._statements[size]

    def _insert(self, size: int) -> postgresql.Insert:
        # PostgreSQL's upsert, which SQLite's dialect writes in the same words.
        insert = postgresql.insert(self._table).values(
            [
                {
                    column.key: bindparam(
                        f"{column.key}_{place}" if size > 1 else column.key, type_=column.type
                    )
                    for column in self._columns
                }
                for place in range(size)
            ]
        )
        if not self._adding:
            return insert
        return insert.on_conflict_do_update(
            index_elements=list(self._table.primary_key.columns),
            set_={name: self._table.c[name] + insert.excluded[name] for name in self._adding},
        )
