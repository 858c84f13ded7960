"""Counting one employee's evening, row by row and without reading first."""

from dataclasses import asdict, dataclass
from functools import cache
from typing import Protocol
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from backend.engagement.models import Tally
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import Prepared

_COUNTERS = tuple(
    column.key
    for column in Tally.__table__.columns
    if not column.primary_key and column.key != "last_greeted_at"
)
_ADD = PreparedInsert(Tally, adding=_COUNTERS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evening:
    """One employee at one event."""

    organisation_id: UUID
    event_id: UUID
    employee_id: UUID


class Rated(Protocol):
    """Whatever says who was rated, and at which event."""

    @property
    def organisation_id(self) -> UUID:
        """Return whose it is."""

    @property
    def event_id(self) -> UUID | None:
        """Return at which event."""

    @property
    def employee_id(self) -> UUID | None:
        """Return who was rated."""


@cache
def _take(counter: str) -> Prepared:
    paid = Tally.__table__.columns[counter]
    whose = (
        Tally.organisation_id == bindparam("its_organisation"),
        Tally.event_id == bindparam("its_event"),
        Tally.employee_id == bindparam("its_employee"),
    )
    below = paid < bindparam("cap", type_=paid.type)
    return Prepared(update(Tally).where(*whose, below).values({counter: paid + 1}))


def lock_tally(session: Session, whose: Rated) -> Tally:
    """Return the tally of somebody who was rated at an event, locked."""
    key = (whose.organisation_id, whose.event_id, whose.employee_id)
    return session.get_one(Tally, key, populate_existing=True, with_for_update=True)


def add(session: Session, evening: Evening, **counts: int) -> None:
    """Add ``counts`` to the counters they name, such as ``resolved=1``."""
    new = dict.fromkeys(_COUNTERS, 0) | counts | {"last_greeted_at": None}
    _ADD.run(session, [{**asdict(evening), **new}])


def take_paid(session: Session, evening: Evening, *, counter: str, cap: int) -> bool:
    """Add one to the paid ``counter`` while it is below ``cap``; tell whether it was."""
    taken = _take(counter).run(
        session,
        its_organisation=evening.organisation_id,
        its_event=evening.event_id,
        its_employee=evening.employee_id,
        cap=cap,
    )
    return bool(taken.rowcount == 1)
