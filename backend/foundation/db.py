"""The database: declarative base, column types, sessions, and the one place that commits."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
import pysqlite3.dbapi2
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Dialect,
    Engine,
    Enum,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Uuid,
    event,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.pool import Pool
from sqlalchemy.types import TypeDecorator
from uuid_utils.compat import uuid7

from backend.foundation.lines import LINE, Line, Lines, is_dead
from backend.foundation.writers import GroupCommit

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: aware datetimes in, UTC datetimes out, on both engines."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive datetimes and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# For tables whose rows change often: PostgreSQL then finds room on the row's own page, and leaves
# the indexes alone.
ROOM_TO_CHANGE = {"postgresql_with": {"fillfactor": 70}}
# For tables that grow with every act: SQLite keeps the rows in the tree of their key, where it
# would otherwise write two.
ONE_TREE = {"sqlite_with_rowid": False}


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it as a class attribute
        datetime: UTCDateTime(),
        UUID: Uuid(),
        dict[str, Any]: JSON().with_variant(JSONB(), "postgresql"),
    }


class Owned:
    """A row of one organisation, with an id of its own."""

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)


def of_organisation() -> ForeignKeyConstraint:
    """Return the foreign key to the organisation, for rows that refer to no other of its rows.

    The rest are bound to it through what they refer to; one more check on every insert of the hot
    tables would prove nothing new.
    """
    return ForeignKeyConstraint(["organisation_id"], ["organisations.id"])


def reference(column: str, table: str) -> ForeignKeyConstraint:
    """Return the foreign key from ``column`` to a row of the same organisation in ``table``."""
    return ForeignKeyConstraint(
        ["organisation_id", column], [f"{table}.organisation_id", f"{table}.id"]
    )


def unique_where(condition: str, *columns: str, name: str) -> Index:
    """Return a unique index on ``columns`` of the rows for which ``condition`` holds."""
    return index_where(condition, *columns, name=name, unique=True)


def index_where(condition: str, *columns: str, name: str | None = None, **more: Any) -> Index:
    """Return an index on ``columns`` of the rows for which ``condition`` holds.

    A statement must have the condition in the same words for it (`written_out`).
    """
    only = text(condition)
    return Index(name, *columns, sqlite_where=only, postgresql_where=only, **more)


def written_out(member: StrEnum) -> ColumnElement[Any]:
    """Return ``member`` as a literal, for the condition of an index.

    PostgreSQL does not know that a bound value fits; SQLite looks, and plans anew each time.
    """
    return literal_column(f"'{member.value}'")


def enum_column(kind: type[StrEnum]) -> Enum:
    """Return a column type that stores ``kind`` by value as VARCHAR with a CHECK."""
    return Enum(
        kind,
        name=kind.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=30,
        values_callable=lambda members: [member.value for member in members],
    )


def new_id() -> UUID:
    """Return a fresh time-ordered id (UUID version 7, RFC 9562)."""
    return uuid7()


# In a transaction, and in one that has failed (libpq's PQTRANS_INTRANS and PQTRANS_INERROR).
_ROLLED_BACK_HERE = (2, 3)

db = SQLAlchemy(metadata=Base.metadata, disable_autonaming=True)


def engine_options(database_url: str, *, threads: int) -> dict[str, Any]:
    """Return how to open ``database_url`` with a pool sized to ``threads``."""
    usual = {
        "json_serializer": _as_json,
        "json_deserializer": orjson.loads,
        # An error's message would quote what people wrote.
        "hide_parameters": True,
    }
    if database_url.startswith("sqlite"):
        return {
            **usual,
            "module": pysqlite3.dbapi2,
            "pool_size": threads + 2,
            "connect_args": {
                "check_same_thread": False,
                "isolation_level": None,
                # All there are: the driver keeps those used most often since it began, not those
                # used now, and compiles the others anew, at 25 us each, every time.
                "cached_statements": 1000,
            },
        }
    return {**usual, "pool_size": threads + 2, "max_overflow": 2}


def _as_json(value: Any) -> str:
    return orjson.dumps(value).decode()


@event.listens_for(Engine, "connect")
def _prepare(connection: Any, _record: object) -> None:
    if not isinstance(connection, pysqlite3.dbapi2.Connection):
        connection.autocommit = True
    if isinstance(connection, pysqlite3.dbapi2.Connection):
        for pragma in (
            "busy_timeout=20000",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # 16 MB: pages that many commits change are copied back once, not every 1,000 pages.
            "wal_autocheckpoint=4000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    """Emit BEGIN ourselves.

    SQLite's driver loses updates by its own transaction control; PostgreSQL's would begin one
    where a single statement needs none.
    """
    mode = ""
    if connection.dialect.name == "sqlite":
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    # On the driver itself: SQLAlchemy would spend more on it than SQLite does.
    connection.connection.dbapi_connection.execute(f"BEGIN {mode}").close()


@event.listens_for(Engine, "before_cursor_execute")
def _settle(connection: Any, *_: object) -> None:
    """Send what is waiting before whatever SQLAlchemy itself is about to send."""
    if line := connection.info.get(LINE):
        line.settle()


@event.listens_for(Engine, "rollback_savepoint")
def _undo_unsent(connection: Any, *_: object) -> None:
    """Forget what is waiting: it came after the savepoint, whatever came before was sent first."""
    if line := connection.info.get(LINE):
        line.waiting = None


@event.listens_for(Engine, "rollback")
def _keep_prepared(connection: Any) -> None:
    """Roll PostgreSQL back ourselves: its driver would also forget every prepared statement.

    It does so for the sake of tables that are made and undone, which no transaction here does;
    planning each statement anew took longer than running it.
    """
    if connection.dialect.name == "postgresql":
        libpq = connection.connection.driver_connection.pgconn
        if libpq.transaction_status in _ROLLED_BACK_HERE and not libpq.pipeline_status:
            libpq.exec_(b"ROLLBACK").clear()


@event.listens_for(Pool, "checkout")
def _refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
    """Drop a PostgreSQL connection that the server has closed while it was idle."""
    if is_dead(connection):
        raise DisconnectionError


_sqlite_writers = GroupCommit()
_lines = Lines(joins="rollback_only")


@contextmanager
def transaction(owner: UUID | None = None) -> Iterator[Session]:
    """Open the one writing transaction of a request or job; commit at the end.

    Raising undoes everything; returning keeps it. Transactions do not nest. On PostgreSQL the
    rows of other organisations than ``owner`` do not exist in it, and none can be written.
    """
    # The connection's own transaction is what begins and commits: prepared statements run on it
    # directly, and a session that nobody uses as such then costs next to nothing.
    engine = db.engine
    sqlite = engine.dialect.name == "sqlite"
    opened = _sqlite_writers.writing(engine) if sqlite else _writing(engine, owner)
    with opened as line, line.at_work() as session:
        yield session


@contextmanager
def _writing(engine: Engine, owner: UUID | None) -> Iterator[Line]:
    with _lines.line(engine, owner=owner) as line:
        yield line
        line.finish()


@contextmanager
def reading(owner: UUID | None = None) -> Iterator[Session]:
    """Open a transaction that only reads, of ``owner`` as above; nothing it does is kept."""
    with _lines.line(db.engine, owner=owner) as line:
        line.connection.begin()
        yield line.session


@contextmanager
def glancing(owner: UUID | None = None) -> Iterator[Session]:
    """Allow statements that read, each by itself, with no transaction around them.

    On PostgreSQL a statement is then one round trip, of three. ``owner`` is as above.
    """
    with _lines.line(db.engine, owner=owner) as line:
        yield line.session


def stand_still(session: Session) -> None:
    """Let every statement of this transaction see the database as it is now.

    For what is read in several statements that must fit together; nothing may have been read
    before. On SQLite a transaction is like that anyway.
    """
    if session.connection().dialect.name == "postgresql":
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))


def line_of(session: Session) -> Line:
    """Return the line that ``session`` is on, ready for the driver to be used directly.

    SQLAlchemy takes 20 us to look up what is at hand. Inside a savepoint it must be asked: its
    first use of the connection there is what sets it.
    """
    if session.in_nested_transaction():
        session.connection()
    line: Line = session.info[LINE]
    return line


def take_turn(session: Session, organisation_id: UUID, matter: str) -> None:
    """Wait until no other transaction of the organisation has its turn in ``matter``.

    For what no constraint can hold, such as periods that must not overlap, and for bulk writes
    that would otherwise meet halfway. The turn ends with the transaction. SQLite's writers have
    one turn for everything already.
    """
    if session.connection().dialect.name == "postgresql":
        digest = hashlib.sha256(f"{organisation_id} {matter}".encode()).digest()
        number = int.from_bytes(digest[:8], signed=True)
        session.execute(select(func.pg_advisory_xact_lock(number)))
