"""An organisation whose books and audit are sealed, and damage done to them by hand."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import JSON, Column, MetaData, Table, delete, insert, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from backend import worker
from backend.foundation import audit, clock
from backend.foundation.canon import native, raw
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.seals import Head
from backend.insight.queries.seals import list_heads
from backend.rewards.services import ledger
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.rewards.test_ledger import an_earning, an_occasion


@dataclass(frozen=True, kw_only=True)
class Books:
    """An organisation with 12 transactions and 9 acts, not sealed yet."""

    arena: Arena
    owner: UUID


def make_books(app: Flask) -> Books:
    """Commit accruals, settlements and reversals, and acts with details of every kind."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        usher = make_employee(session, arena)
        earnings = [an_earning(usher, points) for points in (1, 2, 3, 4, 5)]
        occasion = an_occasion(session, arena)
        ledger.accrue(session, occasion=occasion, earnings=earnings, now=NOW)
        owner = arena.organisation_id
        for one in earnings[:2]:
            ledger.reverse(
                session, organisation_id=owner, source_id=one.source_id, reason="Ça va", now=NOW
            )
        for number in range(9):
            detail = {"z": [number, None, 0.5], "a": {"é": "x", "B": True}}
            audit.record(
                session,
                actor=usher,
                act="employee.changed",
                subject_id=new_id(),
                now=NOW + timedelta(microseconds=number),
                detail=detail,
            )
    with app.app_context():
        ledger.confirm_all_due(now=NOW + timedelta(days=5))
    return Books(arena=arena, owner=owner)


def seal(app: Flask, *, minutes: int = 0) -> None:
    """Seal everything as the worker does, so many minutes from now."""
    [job] = [job for job in worker.JOBS if "seal" in job.__name__]
    while worker.run(app, job, clock.now() + timedelta(minutes=minutes)):
        pass


def heads_of(app: Flask, owner: UUID) -> dict[str, Head]:
    """Return the last seals of an organisation by their chains."""
    with app.app_context(), reading() as session:
        return {head.chain: head for head in list_heads(session, organisation_id=owner)}


def take_guards_down(session: Session) -> None:
    """Let anything be written, for the rest of the transaction."""
    if session.connection().dialect.name == "sqlite":
        session.execute(text("pragma defer_foreign_keys = on"))
        session.execute(text("pragma ignore_check_constraints = on"))
        triggers = session.scalars(text("select name from sqlite_master where type = 'trigger'"))
        for trigger in triggers.all():
            session.execute(text(f"drop trigger {trigger}"))
        return
    session.execute(text("set local session_replication_role = replica"))
    checks = text(
        "select relname, conname from pg_constraint c join pg_class t on t.oid = c.conrelid"
        " where c.contype = 'c' and t.relname = any(:tables)"
    )
    tables = ["ledger_transactions", "ledger_entries"]
    for table, name in session.execute(checks, {"tables": tables}).all():
        session.execute(text(f"alter table {table} drop constraint {name}"))


def rows_of(session: Session, table: Table, owner: UUID) -> list[dict[str, Any]]:
    """Return the rows of an organisation as the driver has them."""
    columns = [raw(column).label(column.name) for column in table.columns]
    mine = raw(table.c.organisation_id) == native(owner, session.connection().dialect)
    order = [table.c[column.name] for column in table.primary_key.columns]
    found = session.execute(select(*columns).where(mine).order_by(*order))
    return [dict(row._mapping) for row in found]


def change(session: Session, table: Table, row: dict[str, Any], **values: Any) -> None:
    """Write ``values``, as the driver has them, into ``row``."""
    bare = _bare(table)
    session.execute(update(bare).where(*_is(bare, table, row)).values(values))


def remove(session: Session, table: Table, row: dict[str, Any]) -> None:
    """Delete ``row``."""
    bare = _bare(table)
    session.execute(delete(bare).where(*_is(bare, table, row)))


def add(session: Session, table: Table, row: dict[str, Any]) -> None:
    """Insert ``row``."""
    session.execute(insert(_bare(table)).values(row))


def _bare(table: Table) -> Table:
    """Return ``table`` with columns of no type, so that anything is written as it is."""
    columns = [
        Column(one.name, one.type if isinstance(one.type, JSON) else NullType())
        for one in table.columns
    ]
    return Table(table.name, MetaData(), *columns)


def _is(bare: Table, table: Table, row: dict[str, Any]) -> list[Any]:
    return [bare.c[column.name] == row[column.name] for column in table.primary_key.columns]


def flipped(value: Any, random: Random) -> Any:
    """Return ``value`` with one of its bits or characters changed, of the same type."""
    if value is None:
        return None
    if isinstance(value, bytes):
        place = random.randrange(len(value))
        return value[:place] + bytes([value[place] ^ 1 << random.randrange(8)]) + value[place + 1 :]
    if isinstance(value, UUID):
        return UUID(int=value.int ^ 1 << random.randrange(128))
    if isinstance(value, int):
        # High enough to meet no other number of the same table.
        return value ^ 1 << random.randrange(5, 12)
    if isinstance(value, str):
        place = random.randrange(len(value))
        other = chr(ord(value[place]) ^ 1 << random.randrange(5))
        return value[:place] + other + value[place + 1 :]
    if isinstance(value, dict):
        return {**value, "z": [*value["z"][:2], 0.25]}
    return value + timedelta(microseconds=2 ** random.randrange(20))
