"""Connections kept open, each with its session, for one transaction after the other.

Taking a connection from SQLAlchemy's pool, making a session on it and putting both away costs
0.1 ms, as much as a third of a whole bare write; here that is paid once.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any, Protocol
from uuid import UUID

import pysqlite3.dbapi2
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session
from sqlalchemy.orm.session import JoinTransactionMode

LINE = "line"
# What the policies of the tables compare a row's organisation with.
_KEEP_TO = "select set_config('on_the_spot.organisation', %s, false)"
_KEEP_TO_MEANWHILE = "select set_config('on_the_spot.organisation', %s, true)"


class Statement(Protocol):
    """Something that is ready to be sent."""

    def send(self) -> None:
        """Send it and read the answer."""


class Line:
    """A connection and the session on it; ``driver`` is the connection as the driver knows it.

    On PostgreSQL a transaction is begun only when there is more to it than reading without locks
    and one statement that writes: that one may be left ``waiting`` for the end, where it is a
    transaction by itself and saves the round trips of BEGIN and COMMIT.
    """

    def __init__(self, engine: Engine, *, joins: JoinTransactionMode, sqlite_begin: str) -> None:
        """Connect; the session ``joins`` the transaction that the connection begins."""
        self.connection = engine.connect().execution_options(sqlite_begin=sqlite_begin)
        self.dialect = engine.dialect
        self.driver: Any = self.connection.connection.driver_connection
        self.session = Session(self.connection, info={LINE: self}, join_transaction_mode=joins)
        self.waiting: Statement | None = None
        self.connection.info[LINE] = self
        self._owner: UUID | None = None

    @contextmanager
    def at_work(self) -> Iterator[Session]:
        """Yield the session; at the end what it still holds is sent, or undone after a failure."""
        session = self.session
        try:
            yield session
            if session.in_transaction():
                self.settle()
                session.commit()
        finally:
            self._leave()

    def keep_to(self, owner: UUID | None) -> None:
        """Let PostgreSQL show and take rows of the organisation ``owner`` alone, None for any.

        Outside of a transaction, whose end would undo it.
        """
        if owner != self._owner and self.dialect.name == "postgresql":
            self.driver.execute(_KEEP_TO, (str(owner or ""),), prepare=True).close()
            self._owner = owner

    @contextmanager
    def across(self) -> Iterator[None]:
        """Let PostgreSQL show what is of other organisations, too, in the transaction that is open.

        What raises undoes that with the transaction.
        """
        kept = self.dialect.name == "postgresql" and self._owner
        if kept:
            self.driver.execute(_KEEP_TO_MEANWHILE, ("",)).close()
        yield
        if kept:
            self.driver.execute(_KEEP_TO_MEANWHILE, (str(kept),)).close()

    def begin(self) -> None:
        """Begin the transaction, if it was not begun yet."""
        if not self.connection.in_transaction():
            self.connection.begin()

    def settle(self) -> None:
        """Send what is waiting, now that something comes after it."""
        if self.waiting:
            waiting, self.waiting = self.waiting, None
            self.begin()
            waiting.send()

    def finish(self) -> None:
        """Send what is waiting and commit."""
        if self.waiting:
            waiting, self.waiting = self.waiting, None
            waiting.send()
        if self.connection.in_transaction():
            self.connection.commit()

    def restore(self) -> bool:
        """Undo what was not committed; tell whether the line may be used again."""
        self.waiting = None
        try:
            self._leave()
            self.connection.rollback()
        except Exception:  # noqa: BLE001 - whatever it is, nobody may go on from there
            return False
        return not self.connection.invalidated

    def close(self) -> None:
        """Give the connection back to the pool, kept to nobody: others do not ask."""
        try:
            self.keep_to(None)
        except Exception:  # noqa: BLE001 - what was done on it is done; it serves nobody again
            self.drop()
        else:
            self.connection.close()

    def drop(self) -> None:
        """Close the connection to the database itself."""
        self.connection.invalidate()
        self.connection.close()

    def _leave(self) -> None:
        """Forget what the session holds; closing one that nobody used as such costs 20 us."""
        session = self.session
        if session.in_transaction() or session.identity_map:
            session.close()


class Lines:
    """The free lines of each engine, until it is disposed of, as it must be before forking."""

    def __init__(self, *, joins: JoinTransactionMode, sqlite_begin: str = "DEFERRED") -> None:
        """Keep none yet."""
        self._joins: JoinTransactionMode = joins
        self._sqlite_begin = sqlite_begin
        self._free: dict[Engine, deque[Line]] = {}
        event.listen(Engine, "engine_disposed", self._drop_all)

    def take(self, engine: Engine) -> Line:
        """Return a line that nobody else uses; raises what connecting raises."""
        free = self._free.get(engine)
        while free:
            try:
                line = free.pop()
            except IndexError:
                break  # Another thread was quicker.
            if not is_dead(line.driver):
                return line
            line.drop()
        return Line(engine, joins=self._joins, sqlite_begin=self._sqlite_begin)

    def give(self, line: Line) -> None:
        """Take ``line`` back and keep it, unless that left the pool without for others."""
        engine = line.connection.engine
        pool: Any = engine.pool
        free = self._free.setdefault(engine, deque())
        if not line.restore():
            line.drop()
        elif len(free) < pool.size() - 2:
            free.append(line)
        else:
            line.close()

    @contextmanager
    def line(self, engine: Engine, *, owner: UUID | None = None) -> Iterator[Line]:
        """Yield a line that nobody else uses; what is not committed is undone at the end.

        PostgreSQL keeps it to the organisation ``owner``, if given.
        """
        line = self.take(engine)
        try:
            line.keep_to(owner)
            yield line
        finally:
            self.give(line)

    def _drop_all(self, engine: Engine) -> None:
        free = self._free.pop(engine, None)
        while free:
            free.pop().drop()


def is_dead(driver: Any) -> bool:
    """Tell whether a connection to PostgreSQL was lost, in use or while it was idle.

    In the latter case its socket has something to read, which asks for no round trip as pinging
    would.
    """
    if isinstance(driver, pysqlite3.dbapi2.Connection):
        return False
    if driver.closed:
        return True
    socket = poll()
    socket.register(driver.fileno(), POLLIN)
    return bool(socket.poll(0))
