"""What a greeting is judged by, read at one look."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.engagement.models import PhoneAction, Tally
from backend.engagement.queries.actions import FIRST_RESULT, FirstResult
from backend.foundation.actor import Actor
from backend.foundation.prepared import Prepared
from backend.venues.queries import SHIFT_ON, Duty, duty_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A tally as it was read: what it counts, what it paid, and when the last one counted."""

    greetings: int = 0
    paid: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """Where a greeter was on duty, their tally there, and what is known of the greeting's id."""

    duty: Duty
    seen: Seen
    first: FirstResult | None


_OWNER: Any = bindparam("organisation_id")
_EMPLOYEE: Any = bindparam("employee_id")
_TALLY = (Tally.greetings, Tally.paid_greetings, Tally.last_greeted_at)
# A statement costs PostgreSQL a round trip, so every greeting asks all of it in one.
_LOOK = Prepared(
    SHIFT_ON.add_columns(*_TALLY, PhoneAction.id, *FIRST_RESULT)
    .outerjoin(
        Tally,
        (Tally.organisation_id == _OWNER)
        & (Tally.event_id == SHIFT_ON.selected_columns.event_id)
        & (Tally.employee_id == _EMPLOYEE),
    )
    .outerjoin(
        PhoneAction,
        (PhoneAction.organisation_id == _OWNER) & (PhoneAction.id == bindparam("action_id")),
    )
)
_SHIFT_ENDS = len(SHIFT_ON.selected_columns)
_TALLY_ENDS = _SHIFT_ENDS + len(_TALLY)


def find_sight(session: Session, *, actor: Actor, at: datetime, action_id: UUID) -> Sight | None:
    """Return what a greeting of ``actor`` at the instant ``at`` is judged by; nothing is locked.

    None without a shift then.
    """
    row = _LOOK.first(
        session,
        organisation_id=actor.organisation_id,
        employee_id=actor.employee_id,
        at=at,
        action_id=action_id,
    )
    if row is None:
        return None
    (greetings, paid, last_at), known = row[_SHIFT_ENDS:_TALLY_ENDS], row[_TALLY_ENDS:]
    return Sight(
        duty=duty_of(session, actor=actor, row=row[:_SHIFT_ENDS]),
        seen=Seen(greetings=greetings or 0, paid=paid or 0, last_at=last_at),
        first=None if known[0] is None else FirstResult.of(*known),
    )


def list_seen(session: Session, *, actor: Actor, event_ids: Iterable[UUID]) -> dict[UUID, Seen]:
    """Return the tallies of ``actor`` at events, as they are now; nothing is locked."""
    seen = dict.fromkeys(event_ids, Seen())
    if not seen:
        return seen
    rows = session.execute(
        select(Tally.event_id, *_TALLY).where(
            Tally.organisation_id == actor.organisation_id,
            Tally.employee_id == actor.employee_id,
            Tally.event_id.in_(seen),
        )
    )
    for event_id, greetings, paid, last_at in rows:
        seen[event_id] = Seen(greetings=greetings, paid=paid, last_at=last_at)
    return seen
