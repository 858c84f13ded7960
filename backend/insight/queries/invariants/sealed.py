"""The chains of seals, computed anew: whatever was changed since it was sealed is named.

A row that is new waits for its seal and is counted; one that was passed over while what is much
newer was sealed is named.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

import pysqlite3.dbapi2
from sqlalchemy import Connection, select

from backend.foundation.canon import cells, native, raw, readers
from backend.foundation.seals import NOTHING_BEFORE, Chain, Ids, made_at_ms
from backend.insight.queries.invariants.checks import MOST_NAMED, Finding
from backend.insight.queries.seals import CHAINS

SEALS = "I13"
# Long enough for whatever was committed late to be found by the sealer.
LEFT_BEHIND = timedelta(minutes=15)
_CHUNK = 1_000
_STAMP = ("organisation_id", "number", "row_id", "form", "sealed_at")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptHead:
    """The number and hash of a seal that were once printed and kept outside."""

    chain: str
    number: int
    hash: str


def find_broken_seals(connection: Connection, *, organisation_id: UUID | None) -> Iterator[Finding]:
    """Yield what was changed since it was sealed, and what was passed over; None is everybody."""
    with _damaged_text(connection):
        for chain in CHAINS:
            for owner in _owners(connection, chain, organisation_id):
                yield from islice(_changed(connection, chain, owner), MOST_NAMED)
                yield from _left_behind(connection, chain, owner)


def count_unsealed(connection: Connection, *, organisation_id: UUID | None) -> dict[str, int]:
    """Return by the name of each chain how many rows wait for their seal; None is everybody's."""
    return {
        chain.name: sum(
            chain.count_unsealed(connection, organisation_id=owner)
            for owner in _owners(connection, chain, organisation_id)
        )
        for chain in CHAINS
    }


def find_lost_heads(connection: Connection, heads: Sequence[KeptHead]) -> Iterator[Finding]:
    """Yield a finding for each of ``heads`` that is in no chain: one was written anew.

    A hash says which organisation it is of, so any may have it.
    """
    chains = {chain.name: chain for chain in CHAINS}
    for head in heads:
        seals = chains[head.chain].seal_table
        at_number = select(seals.c.hash).where(seals.c.number == head.number)
        if bytes.fromhex(head.hash) not in connection.scalars(at_number).all():
            yield Finding(
                invariant=SEALS,
                table=seals.name,
                organisation_id=None,
                row=f"number={head.number}",
                what=f"no chain has the hash {head.hash} there, which was kept outside",
            )


def _owners(connection: Connection, chain: Chain, organisation_id: UUID | None) -> Iterator[Any]:
    """Yield the organisations that have rows or seals, also those that do not exist."""
    if organisation_id is not None:
        yield native(organisation_id, connection.dialect)
        return
    found: set[Any] = set()
    for table in (chain.rows.table, chain.seal_table):
        key = raw(table.c.organisation_id)
        first = select(key).order_by(key).limit(1)
        owner = connection.scalar(first)
        while owner is not None:
            if owner not in found:
                found.add(owner)
                yield owner
            # A step from one to the next looks at no row in between.
            owner = connection.scalar(first.where(key > owner))


def _changed(connection: Connection, chain: Chain, owner: Any) -> Iterator[Finding]:
    """Follow the chain of ``owner``; yield its gaps and what is not as it was sealed.

    It goes on from the hashes that are there, so that a change is named and not all that follows.
    """
    expected, before = 1, {NOTHING_BEFORE}
    for stamp, stored, body in _links(connection, chain, owner):
        _, number, row_id, *_ = stamp
        if number != expected:
            what = f"seal {expected} is missing, {number} comes next"
            yield _finding(chain.seal_table.name, owner, f"number={number}", what)
        hashes = {chain.hash(previous, stamp, body or b"") for previous in before}
        if body is None:
            what = f"it is gone, or seal {number} names something else"
            yield _finding(chain.rows.table.name, owner, f"id={_shown(row_id)}", what)
        elif stored not in hashes:
            what = f"it, what belongs to it or seal {number} is not what was sealed"
            yield _finding(chain.rows.table.name, owner, f"id={_shown(row_id)}", what)
        expected = number + 1 if isinstance(number, int) else expected + 1
        # Where the seal's own hash was changed, the next one still has what it was.
        before = hashes | ({stored} if isinstance(stored, bytes) else set())


def _links(
    connection: Connection, chain: Chain, owner: Any
) -> Iterator[tuple[list[Any], Any, bytes | None]]:
    """Yield the stamp and hash of each seal and the bytes of its row, a chunk in memory."""
    seals = chain.seal_table
    columns = [seals.c[name] for name in _STAMP]
    reading = readers(columns, connection.dialect)
    number, row_id = raw(seals.c.number), _STAMP.index("row_id")
    query = (
        select(*(raw(column) for column in columns), raw(seals.c.hash))
        .where(raw(seals.c.organisation_id) == owner)
        .order_by(number)
        .limit(_CHUNK)
    )
    chunk = connection.execute(query).all()
    while chunk:
        ids = [row[row_id] for row in chunk]
        bodies = chain.read(connection, organisation_id=owner, ids=ids)
        for *stamp, stored in chunk:
            yield cells(stamp, reading), stored, bodies.get(stamp[row_id])
        last = chunk[-1][_STAMP.index("number")]
        chunk = connection.execute(query.where(number > last)).all()


def _left_behind(connection: Connection, chain: Chain, owner: Any) -> Iterator[Finding]:
    seals = chain.seal_table
    newest = connection.scalar(
        select(raw(seals.c.row_id))
        .where(raw(seals.c.organisation_id) == owner)
        .order_by(seals.c.row_id.desc())
        .limit(1)
    )
    if newest is None:
        return
    made_at = _made_at(newest)
    if made_at is None:
        return
    old = Ids(before=made_at - LEFT_BEHIND)
    if chain.is_whole(connection, organisation_id=owner, ids=old):
        return
    for identifier in chain.list_unsealed(
        connection, organisation_id=owner, limit=MOST_NAMED, ids=old
    ):
        what = "it has no seal, though what is much newer has one"
        yield _finding(chain.rows.table.name, owner, f"id={_shown(identifier)}", what)


def _made_at(identifier: Any) -> datetime | None:
    """Return when a raw id was made, None where it says nothing of the kind."""
    try:
        milliseconds = made_at_ms(UUID(str(identifier)))
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _finding(table: str, owner: Any, row: str, what: str) -> Finding:
    try:
        organisation_id: UUID | None = UUID(str(owner))
    except ValueError:
        organisation_id = None
    return Finding(
        invariant=SEALS, table=table, organisation_id=organisation_id, row=row, what=what
    )


def _shown(identifier: Any) -> str:
    try:
        return str(UUID(str(identifier)))
    except ValueError:
        return str(identifier)


@contextmanager
def _damaged_text(connection: Connection) -> Iterator[None]:
    """Have SQLite's driver read also what is no text any more, as something that text never is."""
    driver: Any = connection.connection.driver_connection
    if not isinstance(driver, pysqlite3.dbapi2.Connection):
        yield
        return
    before, driver.text_factory = driver.text_factory, _text
    try:
        yield
    finally:
        driver.text_factory = before


def _text(kept: bytes) -> str:
    try:
        return kept.decode()
    except UnicodeDecodeError:
        return f"\x00{kept.hex()}"
