"""A second venue in the same organisation, with an event of its own on at the same time."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.venues.models import Event, Venue, Zone
from backend.venues.rules import ZoneKind
from tests.factories import Arena


@dataclass(frozen=True, kw_only=True)
class Theatre:
    """A theatre next to an arena, whose doors opened half an hour later."""

    venue_id: UUID
    stalls_id: UUID
    play_id: UUID


def make_theatre(session: Session, arena: Arena) -> Theatre:
    """Make a theatre of the arena's organisation, with a play that is on."""
    owned = {"organisation_id": arena.organisation_id}
    main = session.get_one(Event, (arena.organisation_id, arena.event_id))
    theatre = Venue(
        **owned,
        id=new_id(),
        code="THEATRE",
        name="The Theatre",
        time_zone="America/New_York",
        capacity=2_000,
    )
    session.add(theatre)
    session.flush()
    place = {"venue_id": theatre.id, "name": "Stalls", "kind": ZoneKind.SECTION}
    stalls = Zone(**owned, id=new_id(), code="ST", **place)
    play = Event(
        **owned,
        id=new_id(),
        code="PLAY",
        venue_id=theatre.id,
        season_id=arena.season_id,
        name="A play",
        held_on=main.held_on,
        doors_at=main.doors_at + timedelta(minutes=30),
        starts_at=main.starts_at + timedelta(minutes=15),
        ends_at=main.ends_at,
    )
    session.add_all([stalls, play])
    session.flush()
    return Theatre(venue_id=theatre.id, stalls_id=stalls.id, play_id=play.id)
