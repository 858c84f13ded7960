"""Reads of venues for every domain above: what is where, which event is on, who is on duty."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, select, tuple_
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import Prepared
from backend.venues.models import Event, Post, Season, Shift, Venue, Zone
from backend.venues.problems import EventNotFound, PostNotFound, SeasonNotFound, ZoneNotFound
from backend.venues.rules import ZoneKind

# Salaried staff may greet whenever an event is on: while people arrive and while they leave.
BEFORE_DOORS = timedelta(hours=2)
AFTER_END = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFacts:
    """An event; ``held_on`` and ``time_zone`` (an IANA name) are the venue's own."""

    id: UUID
    organisation_id: UUID
    season_id: UUID
    venue_id: UUID
    code: str
    name: str
    held_on: date
    doors_at: datetime
    starts_at: datetime
    ends_at: datetime
    attendance: int | None
    time_zone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """Where somebody is on duty; salaried staff without a shift have an event and no post."""

    event: EventFacts
    shift_id: UUID | None = None
    post_id: UUID | None = None
    zone_id: UUID | None = None


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


@dataclass(frozen=True, kw_only=True, slots=True)
class SeasonFacts:
    """A programme season, first and last day included."""

    id: UUID
    name: str
    starts_on: date
    ends_on: date


_EVENT = (
    Event.id,
    Event.organisation_id,
    Event.season_id,
    Event.venue_id,
    Event.code,
    Event.name,
    Event.held_on,
    Event.doors_at,
    Event.starts_at,
    Event.ends_at,
    Event.attendance,
    Venue.time_zone,
)
_EVENT_FIELDS = tuple(column.key for column in _EVENT)


def _event_of(row: Sequence[Any]) -> EventFacts:
    return EventFacts(**dict(zip(_EVENT_FIELDS, row, strict=True)))


def _its_venue() -> Any:
    return (Venue.organisation_id == Event.organisation_id) & (Venue.id == Event.venue_id)


# Every greeting asks this, so it is one statement on the driver's cursor.
_SHIFT_DUTY = Prepared(
    select(*_EVENT, Shift.id, Shift.post_id, Post.zone_id)
    .select_from(Shift)
    .join(Post, (Post.organisation_id == Shift.organisation_id) & (Post.id == Shift.post_id))
    .join(Event, (Event.organisation_id == Shift.organisation_id) & (Event.id == Shift.event_id))
    .join(Venue, _its_venue())
    .where(
        Shift.organisation_id == bindparam("organisation_id"),
        Shift.employee_id == bindparam("employee_id"),
        Shift.starts_at <= bindparam("at"),
        Shift.ends_at >= bindparam("at"),
    )
    .order_by(Shift.starts_at.desc(), Shift.id.desc())
    .limit(1)
)


def find_duty(session: Session, *, actor: Actor, at: datetime) -> Duty | None:
    """Return where ``actor`` is on duty at the instant ``at``, or None.

    That is the shift that covers ``at``, both ends included; of several the one that started
    last. Salaried staff without a shift are on duty at the event that is on, from two hours
    before doors to one hour after its end, without a post.
    """
    row = _SHIFT_DUTY.first(
        session, organisation_id=actor.organisation_id, employee_id=actor.employee_id, at=at
    )
    if row is not None:
        *event, shift_id, post_id, zone_id = row
        return Duty(event=_event_of(event), shift_id=shift_id, post_id=post_id, zone_id=zone_id)
    if not actor.salaried:
        return None
    event_on = find_event_on(session, organisation_id=actor.organisation_id, at=at)
    return Duty(event=event_on) if event_on else None


def list_duties(
    session: Session, *, actor: Actor, instants: Sequence[datetime]
) -> list[Duty | None]:
    """Return where ``actor`` is on duty at each of ``instants``, as `find_duty` does.

    A phone's queue holds hundreds of instants, so this takes two statements for any number.
    """
    if not instants:
        return []
    since, until = min(instants), max(instants)
    windows = _shift_windows(session, actor, since, until)
    if actor.salaried:
        windows += _event_windows(session, actor.organisation_id, since, until)
    return [
        next((duty for start, end, duty in windows if start <= at <= end), None) for at in instants
    ]


def _shift_windows(
    session: Session, actor: Actor, since: datetime, until: datetime
) -> list[tuple[datetime, datetime, Duty]]:
    rows = session.execute(
        select(Shift.starts_at, Shift.ends_at, Shift.id, Shift.post_id, Post.zone_id, *_EVENT)
        .select_from(Shift)
        .join(Post, (Post.organisation_id == Shift.organisation_id) & (Post.id == Shift.post_id))
        .join(
            Event, (Event.organisation_id == Shift.organisation_id) & (Event.id == Shift.event_id)
        )
        .join(Venue, _its_venue())
        .where(
            Shift.organisation_id == actor.organisation_id,
            Shift.employee_id == actor.employee_id,
            Shift.starts_at <= until,
            Shift.ends_at >= since,
        )
        .order_by(Shift.starts_at.desc(), Shift.id.desc())
    )
    return [
        (start, end, Duty(event=_event_of(event), shift_id=shift, post_id=post, zone_id=zone))
        for start, end, shift, post, zone, *event in rows
    ]


def _event_windows(
    session: Session, organisation_id: UUID, since: datetime, until: datetime
) -> list[tuple[datetime, datetime, Duty]]:
    rows = session.execute(
        _events(organisation_id)
        .where(Event.doors_at <= until + BEFORE_DOORS, Event.ends_at >= since - AFTER_END)
        .order_by(Event.doors_at.desc(), Event.id.desc())
    )
    events = [_event_of(row) for row in rows]
    return [
        (event.doors_at - BEFORE_DOORS, event.ends_at + AFTER_END, Duty(event=event))
        for event in events
    ]


def _events(organisation_id: UUID) -> Select[*tuple[Any, ...]]:
    return select(*_EVENT).join(Venue, _its_venue()).where(Event.organisation_id == organisation_id)


def find_event_on(
    session: Session, *, organisation_id: UUID, at: datetime, venue_id: UUID | None = None
) -> EventFacts | None:
    """Return the event that is on at ``at``, or None; of several the one with the latest doors.

    An event is on from two hours before doors to one hour after its end. ``venue_id`` asks about
    one venue only.
    """
    query = _events(organisation_id).where(
        Event.doors_at <= at + BEFORE_DOORS, Event.ends_at >= at - AFTER_END
    )
    if venue_id is not None:
        query = query.where(Event.venue_id == venue_id)
    query = query.order_by(Event.doors_at.desc(), Event.id.desc())
    row = session.execute(query.limit(1)).first()
    return _event_of(row) if row else None


def get_event(session: Session, *, organisation_id: UUID, event_id: UUID) -> EventFacts:
    """Return an event; raises EventNotFound."""
    row = session.execute(_events(organisation_id).where(Event.id == event_id)).first()
    if row is None:
        raise EventNotFound
    return _event_of(row)


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFilter:
    """Which events of an organisation to list; ``since`` and ``until`` bound the start.

    ``after`` is the (starts_at, id) of the row before the first one wanted.
    """

    since: datetime | None = None
    until: datetime | None = None
    season_id: UUID | None = None
    after: tuple[datetime, UUID] | None = None


def list_events(
    session: Session,
    *,
    organisation_id: UUID,
    matching: EventFilter = EventFilter(),
    limit: int = 500,
) -> list[EventFacts]:
    """Return at most ``limit`` events by start."""
    query = _events(organisation_id).order_by(Event.starts_at, Event.id).limit(limit)
    if matching.since is not None:
        query = query.where(Event.starts_at >= matching.since)
    if matching.until is not None:
        query = query.where(Event.starts_at <= matching.until)
    if matching.season_id is not None:
        query = query.where(Event.season_id == matching.season_id)
    if matching.after is not None:
        query = query.where(tuple_(Event.starts_at, Event.id) > tuple_(*matching.after))
    return [_event_of(row) for row in session.execute(query)]


_ZONE = (Zone.id, Zone.venue_id, Zone.code, Zone.name, Zone.kind)


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


def list_posts(session: Session, *, organisation_id: UUID) -> list[PostFacts]:
    """Return every post, by venue, zone and code."""
    query = _posts(organisation_id).order_by(Zone.venue_id, Zone.code, Post.code)
    return [_post_of(row) for row in session.execute(query)]


_SEASON = (Season.id, Season.name, Season.starts_on, Season.ends_on)


def get_season(session: Session, *, organisation_id: UUID, season_id: UUID) -> SeasonFacts:
    """Return a season; raises SeasonNotFound."""
    row = session.execute(
        select(*_SEASON).where(Season.organisation_id == organisation_id, Season.id == season_id)
    ).first()
    if row is None:
        raise SeasonNotFound
    return SeasonFacts(**row._mapping)


def list_seasons(session: Session, *, organisation_id: UUID) -> list[SeasonFacts]:
    """Return every season, the newest first."""
    query = select(*_SEASON).where(Season.organisation_id == organisation_id)
    rows = session.execute(query.order_by(Season.starts_on.desc(), Season.id))
    return [SeasonFacts(**row._mapping) for row in rows]
