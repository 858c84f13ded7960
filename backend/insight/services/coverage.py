"""The supervisors' board: posts and open requests of an event that is on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.insight.queries.coverage import (
    PostLine,
    WaitingLine,
    list_post_lines,
    list_waiting_lines,
)
from backend.insight.services.remembered import Remembered
from backend.venues.queries import EventFacts, get_event, list_events_on

# A dozen supervisors look at the same board, each every few seconds.
_boards: Remembered["Coverage"] = Remembered(seconds=1)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False, weakref_slot=True)
class Coverage:
    """An event, None while none is on, the others that are on, and how its posts stand."""

    event: EventFacts | None
    events: Sequence[EventFacts]
    posts: Sequence[PostLine]
    requests: Sequence[WaitingLine]


def read(
    session_of: Callable[[], Session], *, actor: Actor, event_id: UUID | None, now: datetime
) -> Coverage:
    """Return how the posts of an event stand, a second old at most.

    By default of the event that is on. ``session_of`` is called only where nothing is remembered.
    Raises EventNotFound.
    """
    owner = actor.organisation_id
    return _boards.get(
        (owner, event_id),
        now=now,
        make=lambda: _read(session_of(), owner, event_id, now),
    )


def _read(session: Session, owner: UUID, event_id: UUID | None, now: datetime) -> Coverage:
    on = list_events_on(session, organisation_id=owner, at=now)
    if event_id is not None:
        event = get_event(session, organisation_id=owner, event_id=event_id)
    elif on:
        event = on[0]
    else:
        return Coverage(event=None, events=(), posts=(), requests=())
    of_event = {"organisation_id": owner, "event_id": event.id}
    return Coverage(
        event=event,
        events=on,
        posts=list_post_lines(session, **of_event, at=now),
        requests=list_waiting_lines(session, **of_event),
    )
