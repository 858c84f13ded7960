"""Counting one employee's evening, row by row and without reading first."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import Tally

_COUNTERS = tuple(
    column.key
    for column in Tally.__table__.columns
    if not column.primary_key and column.key != "last_greeted_at"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evening:
    """One employee at one event."""

    organisation_id: UUID
    event_id: UUID
    employee_id: UUID


def _whose(evening: Evening) -> tuple[Any, ...]:
    return (
        Tally.organisation_id == evening.organisation_id,
        Tally.event_id == evening.event_id,
        Tally.employee_id == evening.employee_id,
    )


def add(session: Session, evening: Evening, **counts: int) -> None:
    """Add ``counts`` to the counters they name, such as ``resolved=1``."""
    statement = insert(Tally).values(
        organisation_id=evening.organisation_id,
        event_id=evening.event_id,
        employee_id=evening.employee_id,
        **(dict.fromkeys(_COUNTERS, 0) | counts),
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=[Tally.organisation_id, Tally.event_id, Tally.employee_id],
            set_={name: getattr(Tally, name) + count for name, count in counts.items()},
        ),
        execution_options={"synchronize_session": False},
    )


def take_paid(session: Session, evening: Evening, *, counter: str, cap: int) -> bool:
    """Add one to the paid ``counter`` while it is below ``cap``; tell whether it was."""
    paid = getattr(Tally, counter)
    statement = update(Tally).where(*_whose(evening), paid < cap).values({counter: paid + 1})
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast(CursorResult[Any], result).rowcount == 1
