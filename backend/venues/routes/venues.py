"""Venues with their zones and posts."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.venues import queries
from backend.venues.problems import VenueNotFound
from backend.venues.schemas import VenuesOut, VenueWithZonesOut

routes = Routes("venues", __name__, description="Venues, zones and posts")


@routes.query("/venues", may=Permission.READ_VENUES, args=PageArgs(), answers=VenuesOut())
def list_venues(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the venues by code."""
    position = position_of(args.get("cursor"), str)
    venues = queries.list_venues(
        call.session,
        organisation_id=call.actor.organisation_id,
        after=position[0] if position else "",
        limit=args["limit"] + 1,
    )
    return page_of(venues, limit=args["limit"], position=lambda venue: [venue.code])


@routes.query(
    "/venues/<uuid:venue_id>",
    may=Permission.READ_VENUES,
    answers=VenueWithZonesOut(),
    raises=(VenueNotFound,),
)
def get_venue(call: Call, venue_id: UUID) -> dict[str, Any]:
    """Give a venue with its zones and posts."""
    which = {"organisation_id": call.actor.organisation_id, "venue_id": venue_id}
    venue = queries.get_venue(call.session, **which)
    posts: dict[UUID, list[queries.PostFacts]] = {}
    for post in queries.list_posts(call.session, **which):
        posts.setdefault(post.zone.id, []).append(post)
    zones = [
        {**asdict(zone), "posts": posts.get(zone.id, [])}
        for zone in queries.list_zones(call.session, **which)
    ]
    return {**asdict(venue), "zones": zones}
