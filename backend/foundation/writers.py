"""One writer at a time, as SQLite has it: those who write in a row share one durable commit."""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from backend.foundation.lines import Line, Lines

# Bounds how long the first of a group waits for the last.
MOST_IN_A_GROUP = 16
# How a part of a group begins, is undone, and ends.
_ALONE = (), ("ROLLBACK", "BEGIN IMMEDIATE"), ()
_IN_COMPANY = ("SAVEPOINT part",), ("ROLLBACK TO part", "RELEASE part"), ("RELEASE part",)
# A session may undo its own part of what is open only.
_lines = Lines(joins="create_savepoint", sqlite_begin="IMMEDIATE")


class CommitFailed(Exception):
    """The transaction could not be made durable; nothing of it was kept."""


class FairLock:
    """A lock that serves waiting threads in the order in which they came.

    SQLite lets waiting writers race for the next turn, so that one of them can starve for
    seconds; queueing for the turn before BEGIN IMMEDIATE keeps the waiting short and even.
    """

    def __init__(self) -> None:
        """Make the lock free."""
        self._guard = threading.Lock()
        self._held = False
        self._queue: deque[threading.Lock] = deque()

    @property
    def wanted(self) -> bool:
        """Tell whether somebody waits, who is sure to have the next turn."""
        return bool(self._queue)

    def acquire(self) -> None:
        """Wait for the turn."""
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = threading.Lock()
            turn.acquire()
            self._queue.append(turn)
        turn.acquire()

    def release(self) -> None:
        """Hand the turn to whoever waits longest."""
        with self._guard:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._held = False


class _Group:
    """Transactions of several threads, one after the other, on their way to one commit."""

    def __init__(self, engine: Engine) -> None:
        self.line = _lines.take(engine)
        try:
            self.line.connection.begin()
        except BaseException:
            self.line.drop()
            raise
        self.size = 0
        self._ended = threading.Event()
        self._error: BaseException | None = None

    def run(self, *statements: str) -> None:
        for statement in statements:
            self.line.driver.execute(statement).close()

    @property
    def lost(self) -> bool:
        """Tell whether SQLite itself has rolled everything back, as on a full disk."""
        return not self.line.driver.in_transaction

    def commit(self) -> None:
        try:
            if self.lost:
                raise CommitFailed
            self.line.connection.commit()
        except Exception as error:  # noqa: BLE001 - it is raised to everybody in the group
            self._error = error
            # Whatever state it is in, nobody may go on from there.
            self.line.drop()
        else:
            _lines.give(self.line)
        finally:
            self._ended.set()

    def wait(self) -> None:
        self._ended.wait()
        if self._error is not None:
            raise CommitFailed from self._error


class GroupCommit:
    """Lets threads write one after the other and commit together.

    A durable commit costs more than what most transactions write. So whoever is done while
    another waits hands on the open transaction, each part in a savepoint of its own, and is let
    go when the last one has committed for all: a failure undoes its own part only, and nothing is
    acknowledged, or said to be there already, before it is durable.
    """

    def __init__(self) -> None:
        """Start with nobody writing."""
        self._turns = FairLock()
        self._group: _Group | None = None

    @contextmanager
    def writing(self, engine: Engine) -> Iterator[Line]:
        """Yield the line to write on; return when what was written is durable.

        Raises CommitFailed.
        """
        group = self._join(engine)
        alone = group.size == 0
        try:
            yield from self._part(group)
        except BaseException:
            self._leave(group)
            # A refusal may rest on what others of the group wrote, which must be durable first.
            if not alone:
                group.wait()
            raise
        self._leave(group)
        group.wait()

    def _join(self, engine: Engine) -> _Group:
        self._turns.acquire()
        try:
            self._group = self._group or _Group(engine)
        except BaseException:
            self._turns.release()
            raise
        return self._group

    def _leave(self, group: _Group) -> None:
        try:
            if not self._turns.wanted or group.size >= MOST_IN_A_GROUP or group.lost:
                self._group = None
                group.commit()
        finally:
            self._turns.release()

    def _part(self, group: _Group) -> Iterator[Line]:
        # Whoever is first needs no savepoint, for which SQLite would copy each page it writes:
        # where that part fails there is nothing else to keep.
        start, undo, end = _ALONE if group.size == 0 else _IN_COMPANY
        group.run(*start)
        try:
            yield group.line
        except BaseException:
            if not group.lost:
                group.run(*undo)
            raise
        group.run(*end)
        group.size += 1
