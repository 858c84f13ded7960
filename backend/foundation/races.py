"""Transactions that lost a race are run again: the second time they find what the winner left."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from backend.foundation.problems import Conflict


class RaceLost(Exception):
    """What this transaction was decided by has changed meanwhile."""


Result = TypeVar("Result")
_DEADLOCK, _SERIALIZATION, _UNIQUE = "40P01", "40001", "23505"
# More than the threads of a server that can meet over one row: each time one of them wins.
_ATTEMPTS = 20


def until_won(run: Callable[[], Result], *, attempts: int = _ATTEMPTS) -> Result:
    """Return what ``run``, a whole transaction, returns; where it lost a race it is run again.

    Raises Conflict when it has lost so many in a row.
    """
    for attempt in range(1, attempts + 1):
        try:
            return run()
        except Exception as error:
            if not _lost_a_race(error):
                raise
            if attempt == attempts:
                raise Conflict(retry_after=1) from error
    raise AssertionError("unreachable")


def _lost_a_race(error: Exception) -> bool:
    """Tell whether running again will meet what a concurrent transaction has left."""
    if isinstance(error, RaceLost):
        return True
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None)
    unique_on_sqlite = "UNIQUE constraint failed" in str(cause)
    return state in {_DEADLOCK, _SERIALIZATION, _UNIQUE} or unique_on_sqlite
