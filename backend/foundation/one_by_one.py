"""Jobs over many things: each has a transaction of its own, and one that fails stops no other."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.db import transaction
from backend.foundation.logs import log_fault
from backend.foundation.races import until_won

Thing = TypeVar("Thing")
# A row that is there already may be no race but a mistake, met again each time; nobody waits for a
# job, and its next pass is soon.
_ATTEMPTS = 3


def each(
    things: Iterable[Thing],
    act: Callable[[Session, Thing], int],
    *,
    job: str,
    id_of: Callable[[Thing], UUID],
) -> int:
    """Do ``act`` for each of ``things`` and return the sum of what it returned.

    What loses a race is run again; what fails is named in the log, undone, and left for the next
    pass.
    """
    done = 0
    for thing in things:
        try:
            done += until_won(partial(_once, act, thing), attempts=_ATTEMPTS)
        except Exception as error:  # noqa: BLE001 - the others must not wait for this one
            log_fault("job failed", error, job=job, subject_id=id_of(thing))
    return done


def alone(act: Callable[..., int], *given: object) -> int:
    """Return what ``act`` does with a session and ``given``, in a transaction of its own.

    Where it loses a race it is run again; raises Conflict, as `until_won`.
    """
    return until_won(partial(_once, act, *given))


def _once(act: Callable[..., int], *given: object) -> int:
    with transaction() as session:
        return act(session, *given)
