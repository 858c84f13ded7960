"""Sealing: numbers and hashes are given behind the writers, who wait for nobody because of it.

A number taken by the writers themselves would have all of an organisation queue on one row. What
is new is looked for among the ids of the last two minutes; since a row may be committed long after
its id was made, what came late is looked for as well, by counting.

Any number of sealers may run at once: one has the turn of a chain, the others find its work done.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from backend.foundation.canon import instant, native
from backend.foundation.db import reading, take_turn, transaction
from backend.foundation.inserts import PreparedInsert
from backend.foundation.seals import FORM, NOTHING_BEFORE, Chain, Ids

LOOKBACK = timedelta(minutes=2)
LATE_EVERY = timedelta(minutes=1)
# In one go; other jobs have their turn in between.
MOST = 2_000
# SQLite's one writer is busy with as many for a millisecond or two.
CHUNK = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """Rows without a seal when ``last`` was the last number of their chain.

    ``meanwhile`` are rows that others have sealed since then, as far as we have looked.
    """

    chain: Chain
    organisation_id: UUID
    ids: Sequence[Any]
    last: int
    meanwhile: set[UUID] = field(default_factory=set)


class Sealer:
    """Seals chains pass by pass: what came late first, so that the new is sealed in its turn."""

    def __init__(self) -> None:
        """Know of no chain that nothing in it was left."""
        self._whole_at: dict[tuple[Chain, UUID], datetime] = {}

    def seal(self, chain: Chain, *, organisation_id: UUID, now: datetime) -> bool:
        """Seal at most `MOST` rows, or a few more; tell whether there may be more to seal at once.

        For what came late it looks once a minute.
        """
        key = chain, organisation_id
        if key not in self._whole_at or abs(now - self._whole_at[key]) >= LATE_EVERY:
            if seal_late(chain, organisation_id=organisation_id, now=now) == MOST:
                return True
            self._whole_at[key] = now
        return seal_new(chain, organisation_id=organisation_id, now=now) == MOST


def seal_new(chain: Chain, *, organisation_id: UUID, now: datetime) -> int:
    """Seal what was written lately, at most `MOST` rows; return how many were found."""
    with reading() as session:
        waiting = _look(session, chain, organisation_id, Ids(since=now - LOOKBACK))
    _seal(waiting, now)
    return len(waiting.ids)


def seal_late(chain: Chain, *, organisation_id: UUID, now: datetime) -> int:
    """Seal what was left when it was new, at most `MOST` rows; return how many were found."""
    old = Ids(before=now - LOOKBACK)
    with reading() as session:
        connection = session.connection()
        owner = native(organisation_id, connection.dialect)
        if chain.is_whole(connection, organisation_id=owner, ids=old):
            return 0
        waiting = _look(session, chain, organisation_id, old)
    _seal(waiting, now)
    return len(waiting.ids)


def _look(session: Session, chain: Chain, organisation_id: UUID, ids: Ids) -> Waiting:
    connection = session.connection()
    # The number first: whatever is sealed after that has a higher one.
    last, _ = _last(connection, chain, organisation_id)
    owner = native(organisation_id, connection.dialect)
    found = chain.list_unsealed(connection, organisation_id=owner, limit=MOST, ids=ids)
    return Waiting(chain=chain, organisation_id=organisation_id, ids=found, last=last)


def _seal(waiting: Waiting, now: datetime) -> None:
    for start in range(0, len(waiting.ids), CHUNK):
        ids = waiting.ids[start : start + CHUNK]
        # What is committed does not change, so the writers' turn is taken only to chain it.
        with reading() as session:
            connection = session.connection()
            owner = native(waiting.organisation_id, connection.dialect)
            bodies = waiting.chain.read(connection, organisation_id=owner, ids=ids)
        with transaction() as session:
            last = add_seals(session, waiting, bodies=bodies, now=now)
        # Our own seals need not be read again to know what others have sealed meanwhile.
        waiting = replace(waiting, last=last)


def add_seals(
    session: Session, waiting: Waiting, *, bodies: Mapping[Any, bytes], now: datetime
) -> int:
    """Seal those of ``waiting`` that ``bodies`` has, in its order, but what was sealed meanwhile.

    ``bodies`` has the bytes to be hashed by raw ids. Returns the last number of the chain.
    """
    chain, owner = waiting.chain, waiting.organisation_id
    take_turn(session, owner, f"{chain.name} seals")
    connection = session.connection()
    number, previous = _last(connection, chain, owner)
    if number > waiting.last:
        waiting.meanwhile.update(_sealed_after(connection, waiting))
    rows, sealed_at = [], instant(now)
    for identifier, body in bodies.items():
        row_id = identifier if isinstance(identifier, UUID) else UUID(identifier)
        if row_id not in waiting.meanwhile:
            number += 1
            stamp = (owner.hex, number, row_id.hex, FORM, sealed_at)
            previous = chain.hash(previous, stamp, body)
            rows.append(
                {
                    "organisation_id": owner,
                    "number": number,
                    "row_id": row_id,
                    "form": FORM,
                    "sealed_at": now,
                    "hash": previous,
                }
            )
    _adding(chain).run(session, rows)
    return number


def _sealed_after(connection: Connection, waiting: Waiting) -> Set[UUID]:
    seals = waiting.chain.seal_table
    later = seals.c.number > waiting.last
    mine = seals.c.organisation_id == waiting.organisation_id
    return set(connection.scalars(select(seals.c.row_id).where(mine, later)))


def _last(connection: Connection, chain: Chain, organisation_id: UUID) -> tuple[int, bytes]:
    seals = chain.seal_table
    last = connection.execute(
        select(seals.c.number, seals.c.hash)
        .where(seals.c.organisation_id == organisation_id)
        .order_by(seals.c.number.desc())
        .limit(1)
    ).one_or_none()
    return (0, NOTHING_BEFORE) if last is None else (last.number, last.hash)


@cache
def _adding(chain: Chain) -> PreparedInsert:
    return PreparedInsert(chain.seals)
