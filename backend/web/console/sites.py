"""Which venue a page of the console is about: the one in its address, else the first."""

from uuid import UUID

from flask import request

from backend.foundation.problems import Invalid
from backend.venues.queries import VenueFacts, get_venue, list_venues
from backend.web.console.frames import Reading


def venues_of(
    reading: Reading, *, venue_id: UUID | None = None
) -> tuple[list[VenueFacts], VenueFacts | None]:
    """Return every venue by code, and the one that is asked for; None where there is none at all.

    ``venue_id`` is the one that a form was about, if one was. Raises VenueNotFound, and Invalid for
    what is no id.
    """
    owner = reading.organisation_id
    venues = list_venues(reading.session, organisation_id=owner)
    asked = venue_id or _asked()
    if asked is None:
        return venues, venues[0] if venues else None
    return venues, get_venue(reading.session, organisation_id=owner, venue_id=asked)


def _asked() -> UUID | None:
    said = request.args.get("venue_id")
    try:
        return UUID(said) if said else None
    except ValueError as error:
        raise Invalid(errors={"query": {"venue_id": ["Not a valid UUID."]}}) from error
