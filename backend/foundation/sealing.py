"""Sealing: numbers and hashes are given behind the writers, who wait for nobody because of it.

A number taken by the writers themselves would have all of an organisation queue on one row. What
is new is looked for among the ids of the last two minutes; since a row may be committed long after
its id was made, what came late is looked for as well, by counting.

Any number of sealers may run at once: one has the turn of a chain, the others find its work done.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from backend.foundation.canon import instant, native
from backend.foundation.db import reading, take_turn, transaction
from backend.foundation.inserts import PreparedInsert
from backend.foundation.seals import FORM, NOTHING_BEFORE, Chain, Ids

LOOKBACK = timedelta(minutes=2)
# In one go; other jobs have their turn in between.
MOST = 2_000
# SQLite's one writer is busy with as many for a millisecond or two.
CHUNK = 200


class Sealer(Protocol):
    """What seals some rows of an organisation and returns how many it found; see below."""

    def __call__(self, chain: Chain, *, organisation_id: UUID, now: datetime) -> int:
        """Seal at most `MOST`."""


def seal_new(chain: Chain, *, organisation_id: UUID, now: datetime) -> int:
    """Seal what was written lately, at most `MOST` rows; return how many were found."""
    with reading() as session:
        connection = session.connection()
        waiting = chain.list_unsealed(
            connection,
            organisation_id=native(organisation_id, connection.dialect),
            limit=MOST,
            ids=Ids(since=now - LOOKBACK),
        )
    _seal(chain, organisation_id, waiting, now)
    return len(waiting)


def seal_late(chain: Chain, *, organisation_id: UUID, now: datetime) -> int:
    """Seal what was left when it was new, at most `MOST` rows; return how many were found."""
    old = Ids(before=now - LOOKBACK)
    with reading() as session:
        connection = session.connection()
        owner = native(organisation_id, connection.dialect)
        if chain.is_whole(connection, organisation_id=owner, ids=old):
            return 0
        waiting = chain.list_unsealed(connection, organisation_id=owner, limit=MOST, ids=old)
    _seal(chain, organisation_id, waiting, now)
    return len(waiting)


def _seal(chain: Chain, organisation_id: UUID, waiting: Sequence[Any], now: datetime) -> None:
    for start in range(0, len(waiting), CHUNK):
        ids = waiting[start : start + CHUNK]
        # What is committed does not change, so the writers' turn is taken only to chain it.
        with reading() as session:
            connection = session.connection()
            owner = native(organisation_id, connection.dialect)
            bodies = chain.read(connection, organisation_id=owner, ids=ids)
        with transaction() as session:
            add_seals(session, chain, organisation_id=organisation_id, bodies=bodies, now=now)


def add_seals(
    session: Session,
    chain: Chain,
    *,
    organisation_id: UUID,
    bodies: Mapping[Any, bytes],
    now: datetime,
) -> None:
    """Seal the rows with ``bodies``, by their ids, in that order, but those that are sealed."""
    take_turn(session, organisation_id, f"{chain.name} seals")
    connection = session.connection()
    owner = native(organisation_id, connection.dialect)
    sealed = chain.list_sealed(connection, organisation_id=owner, ids=bodies)
    number, previous = _last(connection, chain, organisation_id)
    rows = []
    for identifier, body in bodies.items():
        if identifier not in sealed:
            number += 1
            row_id = identifier if isinstance(identifier, UUID) else UUID(identifier)
            stamp = (organisation_id.hex, number, row_id.hex, FORM, instant(now))
            previous = chain.hash(previous, stamp, body)
            rows.append(
                {
                    "organisation_id": organisation_id,
                    "number": number,
                    "row_id": row_id,
                    "form": FORM,
                    "sealed_at": now,
                    "hash": previous,
                }
            )
    _adding(chain).run(session, rows)


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
