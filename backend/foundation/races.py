"""Transactions that lost a race are run again: the second time they find what the winner left."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from backend.foundation.problems import Conflict


class RaceLost(Exception):
    """What this transaction was decided by has changed meanwhile."""


Result = TypeVar("Result")
_DEADLOCK, _SERIALIZATION, _UNIQUE, _FOREIGN_KEY = "40P01", "40001", "23505", "23503"
# More than the threads of a server that can meet over one row: each time one of them wins.
_ATTEMPTS = 20


def until_won(run: Callable[[], Result], *, attempts: int = _ATTEMPTS) -> Result:
    """Return what ``run``, a whole transaction, returns; where it lost a race it is run again.

    So it is once where what it refers to was taken away meanwhile. SQLite's writers, who have one
    turn for everything, never meet that.

    Raises Conflict when it has lost so many in a row.
    """
    for attempt in range(1, attempts + 1):
        try:
            return run()
        except Exception as error:
            # A reference that breaks when it is looked up once more is a fault of ours.
            gone = attempt == 1 and _state_of(error) == _FOREIGN_KEY
            if not (gone or _lost_a_race(error)):
                raise
            if attempt == attempts:
                raise Conflict(retry_after=1) from error
    raise AssertionError("unreachable")


def _lost_a_race(error: Exception) -> bool:
    """Tell whether running again will meet what a concurrent transaction has left."""
    if isinstance(error, RaceLost):
        return True
    unique_on_sqlite = "UNIQUE constraint failed" in str(_cause_of(error))
    return _state_of(error) in {_DEADLOCK, _SERIALIZATION, _UNIQUE} or unique_on_sqlite


def _state_of(error: Exception) -> str | None:
    return getattr(_cause_of(error), "sqlstate", None)


def _cause_of(error: Exception) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error
