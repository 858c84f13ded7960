"""Reads of venues, zones and posts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from backend.foundation.memory import Memory
from backend.venues.models import Post, Venue, Zone
from backend.venues.problems import PostNotFound, VenueNotFound, ZoneNotFound
from backend.venues.rules import Place, ZoneKind, distances_from

# Zones change when a venue is rebuilt; a claim must not read them each time.
_REMEMBERED_SECONDS = 60.0
_layouts: Memory[tuple[UUID, UUID], tuple[float, tuple[Place, ...]]] = Memory(size=100)


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueFacts:
    """A venue; ``time_zone`` is an IANA name."""

    id: UUID
    code: str
    name: str
    time_zone: str
    capacity: int
    command_centre_phone: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ZoneFacts:
    """A part of a venue."""

    id: UUID
    venue_id: UUID
    code: str
    name: str
    kind: ZoneKind


@dataclass(frozen=True, kw_only=True, slots=True)
class PostFacts:
    """A place where somebody works, with the zone it is in."""

    id: UUID
    code: str
    name: str
    zone: ZoneFacts


_VENUE = (
    Venue.id,
    Venue.code,
    Venue.name,
    Venue.time_zone,
    Venue.capacity,
    Venue.command_centre_phone,
)
_ZONE = (Zone.id, Zone.venue_id, Zone.code, Zone.name, Zone.kind)


def get_venue(session: Session, *, organisation_id: UUID, venue_id: UUID) -> VenueFacts:
    """Return a venue; raises VenueNotFound."""
    row = session.execute(
        select(*_VENUE).where(Venue.organisation_id == organisation_id, Venue.id == venue_id)
    ).first()
    if row is None:
        raise VenueNotFound
    return VenueFacts(**row._mapping)


def list_venues(
    session: Session, *, organisation_id: UUID, after: str = "", limit: int = 500
) -> list[VenueFacts]:
    """Return at most ``limit`` venues by code, those after the code ``after``."""
    query = select(*_VENUE).where(Venue.organisation_id == organisation_id, Venue.code > after)
    rows = session.execute(query.order_by(Venue.code).limit(limit))
    return [VenueFacts(**row._mapping) for row in rows]


def find_time_zone(session: Session, *, organisation_id: UUID) -> ZoneInfo:
    """Return the time zone in which the organisation's days begin: that of its first venue.

    The first is the one that was made first (ids of version 7 are in that order): a venue that
    is added moves no day on which something was promised, whatever its code.
    """
    query = select(Venue.time_zone).where(Venue.organisation_id == organisation_id)
    return ZoneInfo(session.scalar(query.order_by(Venue.id).limit(1)) or "UTC")


def find_today(session: Session, *, organisation_id: UUID, now: datetime) -> date:
    """Return the organisation's day at ``now``: that of its first venue."""
    return now.astimezone(find_time_zone(session, organisation_id=organisation_id)).date()


def get_zone(session: Session, *, organisation_id: UUID, zone_id: UUID) -> ZoneFacts:
    """Return a zone; raises ZoneNotFound."""
    row = session.execute(
        select(*_ZONE).where(Zone.organisation_id == organisation_id, Zone.id == zone_id)
    ).first()
    if row is None:
        raise ZoneNotFound
    return ZoneFacts(**row._mapping)


def list_zones(
    session: Session, *, organisation_id: UUID, venue_id: UUID | None = None
) -> list[ZoneFacts]:
    """Return every zone, or those of one venue, by code."""
    query = select(*_ZONE).where(Zone.organisation_id == organisation_id)
    if venue_id is not None:
        query = query.where(Zone.venue_id == venue_id)
    rows = session.execute(query.order_by(Zone.venue_id, Zone.code))
    return [ZoneFacts(**row._mapping) for row in rows]


def recall_distances(
    session: Session, *, organisation_id: UUID, venue_id: UUID, zone_id: UUID
) -> dict[UUID, int]:
    """Return how far zones are from ``zone_id``, as `rules.distances_from` does.

    From a layout of the venue that is at most a minute old: every post that is left asks for it.
    """
    key, instant = (organisation_id, venue_id), monotonic()
    known = _layouts.find(key)
    if known is None or instant - known[0] > _REMEMBERED_SECONDS:
        zones = list_zones(session, organisation_id=organisation_id, venue_id=venue_id)
        places = tuple(Place(id=zone.id, kind=zone.kind, code=zone.code) for zone in zones)
        known = (instant, places)
        _layouts.keep(key, known)
    return distances_from(zone_id, known[1])


def _posts(organisation_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(Post.id, Post.code, Post.name, *_ZONE)
        .join(Zone, (Zone.organisation_id == Post.organisation_id) & (Zone.id == Post.zone_id))
        .where(Post.organisation_id == organisation_id)
    )


def _post_of(row: Sequence[Any]) -> PostFacts:
    post_id, code, name, *zone = row
    fields = (column.key for column in _ZONE)
    facts = ZoneFacts(**dict(zip(fields, zone, strict=True)))
    return PostFacts(id=post_id, code=code, name=name, zone=facts)


def get_post(session: Session, *, organisation_id: UUID, post_id: UUID) -> PostFacts:
    """Return a post; raises PostNotFound."""
    row = session.execute(_posts(organisation_id).where(Post.id == post_id)).first()
    if row is None:
        raise PostNotFound
    return _post_of(row)


def list_posts(
    session: Session, *, organisation_id: UUID, venue_id: UUID | None = None
) -> list[PostFacts]:
    """Return every post, or those of one venue, by venue, zone and code."""
    query = _posts(organisation_id).order_by(Zone.venue_id, Zone.code, Post.code)
    if venue_id is not None:
        query = query.where(Zone.venue_id == venue_id)
    return [_post_of(row) for row in session.execute(query)]
