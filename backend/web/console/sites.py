"""Which venue a page of the console is about: the one in its address, else the first."""

from uuid import UUID

from flask import request

from backend.foundation.problems import Invalid
from backend.venues.queries import VenueFacts, get_venue, list_venues
from backend.web.console.frames import Reading


def venues_of(reading: Reading) -> tuple[list[VenueFacts], VenueFacts | None]:
    """Return every venue by code, and the one that is asked for; None where there is none at all.

    Raises VenueNotFound, and Invalid for what is no id.
    """
    owner = reading.organisation_id
    venues = list_venues(reading.session, organisation_id=owner)
    asked = request.args.get("venue_id")
    if not asked:
        return venues, venues[0] if venues else None
    try:
        venue_id = UUID(asked)
    except ValueError as error:
        raise Invalid(errors={"query": {"venue_id": ["Not a valid UUID."]}}) from error
    return venues, get_venue(reading.session, organisation_id=owner, venue_id=venue_id)
