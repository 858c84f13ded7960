"""Zones and posts by their ids alone, for whoever scans what hangs there and is not signed in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, literal, null, select, type_coerce, union_all
from sqlalchemy.orm import Session

from backend.venues.models import Post, Venue, Zone


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteFacts:
    """A zone, or a post in it, and where that is; ``place_id`` is the id of the one it is.

    ``code`` is the organisation's own for it.
    """

    organisation_id: UUID
    place_id: UUID
    venue_id: UUID
    venue_code: str
    venue_name: str
    zone_id: UUID
    zone_name: str
    post_id: UUID | None
    post_name: str | None
    code: str

    @property
    def name(self) -> str:
        """Return what people call it."""
        return self.post_name or self.zone_name


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicVenue:
    """A venue as anybody may know it."""

    organisation_id: UUID
    id: UUID
    code: str
    name: str


_WHERE = (Venue.id, Venue.code, Venue.name, Zone.id, Zone.name)
_POST = (Post.id, Post.name, Post.code)
# Of the same types as a post's, since what a union has is as its first part says.
_NO_POST = (type_coerce(null(), Post.id.type), literal(""))


def find_site(session: Session, *, place_id: UUID) -> SiteFacts | None:
    """Return the zone or post with the id ``place_id``, in whichever organisation, or None.

    Ids are made by us, so that no two organisations have the same.
    """
    row = session.execute(
        union_all(_zones().where(Zone.id == place_id), _posts().where(Post.id == place_id)).limit(1)
    ).first()
    return _site(row) if row else None


def list_public_venues(session: Session) -> list[PublicVenue]:
    """Return every venue of every organisation."""
    rows = session.execute(select(Venue.organisation_id, Venue.id, Venue.code, Venue.name))
    return [PublicVenue(**row._mapping) for row in rows]


def list_sites(session: Session, *, organisation_id: UUID, place_id: UUID) -> list[SiteFacts]:
    """Return the zone or post with the id ``place_id``; of a venue every zone and every post."""
    rows = session.execute(
        union_all(
            _zones().where(
                Zone.organisation_id == organisation_id,
                (Zone.id == place_id) | (Zone.venue_id == place_id),
            ),
            _posts().where(
                Post.organisation_id == organisation_id,
                (Post.id == place_id) | (Zone.venue_id == place_id),
            ),
        )
    )
    sites = [_site(row) for row in rows]
    return sorted(sites, key=lambda site: (site.zone_name, site.post_name or "", site.place_id))


def _zones() -> Select[*tuple[Any, ...]]:
    return _in_venue(
        select(Zone.organisation_id, Zone.id.label("place_id"), *_WHERE, *_NO_POST, Zone.code)
    )


def _posts() -> Select[*tuple[Any, ...]]:
    return _in_venue(
        select(
            Post.organisation_id, Post.id.label("place_id"), *_WHERE, Post.id, Post.name, Post.code
        )
        .select_from(Post)
        .join(Zone, (Zone.organisation_id == Post.organisation_id) & (Zone.id == Post.zone_id))
    )


def _in_venue(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return query.join(
        Venue, (Venue.organisation_id == Zone.organisation_id) & (Venue.id == Zone.venue_id)
    )


def _site(row: Any) -> SiteFacts:
    owner, place_id, venue_id, venue_code, venue, zone_id, zone, post_id, post, code = row
    return SiteFacts(
        organisation_id=owner,
        place_id=place_id,
        venue_id=venue_id,
        venue_code=venue_code,
        venue_name=venue,
        zone_id=zone_id,
        zone_name=zone,
        post_id=post_id,
        post_name=post or None,
        code=code,
    )
