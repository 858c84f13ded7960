"""Events: what is on, who came."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of
from backend.identity.permissions import Permission
from backend.venues import queries
from backend.venues.problems import (
    EventBegun,
    EventCodeTaken,
    EventNotFound,
    EventRefused,
    SeasonClosed,
    SeasonNotFound,
    VenueNotFound,
)
from backend.venues.queries import EventFacts, EventFilter
from backend.venues.routes.positions import by_start, start_position
from backend.venues.schemas import EventIn, EventOut, EventPatchIn, EventsArgs, EventsOut
from backend.venues.services import events
from backend.venues.services.events import NewEvent

routes = Routes("events", __name__, description="Games and concerts, and their attendance")


@routes.query("/events", may=Permission.READ_VENUES, args=EventsArgs(), answers=EventsOut())
def list_events(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the events that start between two instants, by start."""
    matching = EventFilter(
        since=args.get("since"), until=args.get("until"), after=by_start(args.get("cursor"))
    )
    found = queries.list_events(
        call.session,
        organisation_id=call.actor.organisation_id,
        matching=matching,
        limit=args["limit"] + 1,
    )
    return page_of(found, limit=args["limit"], position=start_position)


@routes.query(
    "/events/<uuid:event_id>",
    may=Permission.READ_VENUES,
    answers=EventOut(),
    raises=(EventNotFound,),
)
def get_event(call: Call, event_id: UUID) -> EventFacts:
    """Give an event."""
    return queries.get_event(
        call.session, organisation_id=call.actor.organisation_id, event_id=event_id
    )


@routes.command(
    "POST /events",
    may=Permission.MANAGE_VENUES,
    takes=EventIn(),
    answers=EventOut(),
    status=201,
    raises=(EventRefused, EventCodeTaken, VenueNotFound, SeasonNotFound, SeasonClosed),
)
def create_event(call: Call, body: dict[str, Any]) -> EventFacts:
    """Make an event."""
    return events.create(call.session, actor=call.actor, new=NewEvent(**body), now=call.now)


@routes.command(
    "PATCH /events/<uuid:event_id>",
    may=Permission.MANAGE_VENUES,
    takes=EventPatchIn(),
    answers=EventOut(),
    raises=(EventNotFound, EventRefused, EventBegun, SeasonNotFound, SeasonClosed),
)
def change_event(call: Call, body: dict[str, Any], event_id: UUID) -> EventFacts:
    """Change an event, for instance its attendance.

    Attendance is the denominator of the greeted share, so every change of it is audited. Events of
    a closed season stay as they are.
    """
    return events.change(call.session, actor=call.actor, event_id=event_id, to=body, now=call.now)
