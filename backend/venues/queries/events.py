"""Reads of events and seasons."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, select, tuple_
from sqlalchemy.orm import Session

from backend.venues.models import Event, Season, Venue
from backend.venues.problems import EventNotFound, SeasonNotFound
from backend.venues.queries.places import find_today
from backend.venues.rules import SeasonStatus

# Salaried staff may greet whenever an event is on: while people arrive and while they leave.
BEFORE_DOORS = timedelta(hours=2)
AFTER_END = timedelta(hours=1)
REMEMBERED_SECONDS = 5.0
MOST_REMEMBERED = 1_000
_recalled: dict[tuple[UUID, UUID], tuple[float, "EventFacts"]] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFacts:
    """An event; ``held_on`` and ``time_zone`` (an IANA name) are the venue's own.

    ``closes_at`` and ``freezes_at`` are its season's.
    """

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
    closes_at: datetime | None
    freezes_at: datetime | None

    def is_on(self, at: datetime) -> bool:
        """Tell whether it is on at ``at``, from two hours before doors to one hour after."""
        return self.doors_at - BEFORE_DOORS <= at <= self.ends_at + AFTER_END

    def is_late(self, now: datetime) -> bool:
        """Tell whether what comes at ``now`` is too late to count: the season was closed."""
        return self.closes_at is not None and now >= self.closes_at

    def is_frozen(self, now: datetime) -> bool:
        """Tell whether at ``now`` nothing moves the event's boards any more."""
        return self.freezes_at is not None and now >= self.freezes_at


@dataclass(frozen=True, kw_only=True, slots=True)
class SeasonFacts:
    """A programme season, first and last day included."""

    id: UUID
    name: str
    starts_on: date
    ends_on: date
    status: SeasonStatus
    closes_at: datetime | None
    freezes_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFilter:
    """Which events of an organisation to list; ``since`` and ``until`` bound the start.

    ``after`` is the (starts_at, id) of the row before the first one wanted.
    """

    since: datetime | None = None
    until: datetime | None = None
    season_id: UUID | None = None
    after: tuple[datetime, UUID] | None = None


EVENT_COLUMNS = (
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
    Season.closes_at,
    Season.freezes_at,
)


_FIELDS = tuple(column.key for column in EVENT_COLUMNS)


def event_of(row: Sequence[Any]) -> EventFacts:
    """Return the event of a row of ``EVENT_COLUMNS``."""
    return EventFacts(**dict(zip(_FIELDS, row, strict=True)))


def its_venue() -> ColumnElement[bool]:
    """Return what joins an event to its venue."""
    return (Venue.organisation_id == Event.organisation_id) & (Venue.id == Event.venue_id)


def its_season() -> ColumnElement[bool]:
    """Return what joins an event to its season."""
    return (Season.organisation_id == Event.organisation_id) & (Season.id == Event.season_id)


def _all_events() -> Select[*tuple[Any, ...]]:
    return select(*EVENT_COLUMNS).join(Venue, its_venue()).join(Season, its_season())


def events_of(organisation_id: UUID) -> Select[*tuple[Any, ...]]:
    """Return the query of an organisation's events, in ``EVENT_COLUMNS``."""
    return _all_events().where(Event.organisation_id == organisation_id)


def find_event_on(
    session: Session, *, organisation_id: UUID, at: datetime, venue_id: UUID | None = None
) -> EventFacts | None:
    """Return the event that is on at ``at``, or None.

    An event is on from two hours before doors to one hour after its end; of several first one
    whose doors are open, then one that people are leaving, of these the one with the latest doors.
    ``venue_id`` asks about one venue only.
    """
    query = events_of(organisation_id).where(*_on(at))
    if venue_id is not None:
        query = query.where(Event.venue_id == venue_id)
    query = query.order_by(*_open_first(at))
    row = session.execute(query.limit(1)).first()
    return event_of(row) if row else None


def list_events_on(session: Session, *, organisation_id: UUID, at: datetime) -> list[EventFacts]:
    """Return every event that is on at ``at``, in the order of `find_event_on`."""
    rows = session.execute(events_of(organisation_id).where(*_on(at)).order_by(*_open_first(at)))
    return [event_of(row) for row in rows]


def _open_first(at: datetime) -> tuple[ColumnElement[Any], ...]:
    """Return the order of events: whose people are in the house, before who is yet to come."""
    is_open = (Event.doors_at <= at) & (Event.ends_at >= at)
    people = case((is_open, 0), (Event.doors_at <= at, 1), else_=2)
    return people, Event.doors_at.desc(), Event.id.desc()


def _on(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return Event.doors_at <= at + BEFORE_DOORS, Event.ends_at >= at - AFTER_END


def list_all_on(session: Session, *, at: datetime) -> list[EventFacts]:
    """Return the events of every organisation that are on at ``at``, for jobs."""
    return [event_of(row) for row in session.execute(_all_events().where(*_on(at)))]


def list_all_over(session: Session, *, at: datetime, since: datetime) -> list[EventFacts]:
    """Return every organisation's events that ended from ``since`` on and are not on at ``at``.

    For jobs.
    """
    rows = session.execute(
        _all_events().where(Event.ends_at >= since, Event.ends_at < at - AFTER_END)
    )
    return [event_of(row) for row in rows]


def get_event(session: Session, *, organisation_id: UUID, event_id: UUID) -> EventFacts:
    """Return an event; raises EventNotFound."""
    row = session.execute(events_of(organisation_id).where(Event.id == event_id)).first()
    if row is None:
        raise EventNotFound
    return event_of(row)


def recall_event(session: Session, *, organisation_id: UUID, event_id: UUID) -> EventFacts:
    """Return an event as it was at most five seconds ago; raises EventNotFound.

    For the hot paths, which ask for the same few events thousands of times.
    """
    key, instant = (organisation_id, event_id), monotonic()
    known = _recalled.get(key)
    if known is None or instant - known[0] > REMEMBERED_SECONDS:
        event = get_event(session, organisation_id=organisation_id, event_id=event_id)
        if len(_recalled) >= MOST_REMEMBERED:
            _recalled.clear()
        known = _recalled[key] = (instant, event)
    return known[1]


def forget_events() -> None:
    """Read every event anew the next time."""
    _recalled.clear()


def list_events(
    session: Session,
    *,
    organisation_id: UUID,
    matching: EventFilter = EventFilter(),
    limit: int = 500,
) -> list[EventFacts]:
    """Return at most ``limit`` events by start."""
    query = events_of(organisation_id).order_by(Event.starts_at, Event.id).limit(limit)
    if matching.since is not None:
        query = query.where(Event.starts_at >= matching.since)
    if matching.until is not None:
        query = query.where(Event.starts_at <= matching.until)
    if matching.season_id is not None:
        query = query.where(Event.season_id == matching.season_id)
    if matching.after is not None:
        query = query.where(tuple_(Event.starts_at, Event.id) > tuple_(*matching.after))
    return [event_of(row) for row in session.execute(query)]


_SEASON = tuple(Season.__table__.c[name] for name in SeasonFacts.__dataclass_fields__)


def get_season(session: Session, *, organisation_id: UUID, season_id: UUID) -> SeasonFacts:
    """Return a season; raises SeasonNotFound."""
    row = session.execute(
        select(*_SEASON).where(Season.organisation_id == organisation_id, Season.id == season_id)
    ).first()
    if row is None:
        raise SeasonNotFound
    return SeasonFacts(**row._mapping)


def find_current_season(
    session: Session, *, organisation_id: UUID, now: datetime
) -> SeasonFacts | None:
    """Return the season that began last at the first venue, or None while none has begun."""
    begun = list_begun_seasons(session, organisation_id=organisation_id, now=now, limit=1)
    return begun[0] if begun else None


def list_begun_seasons(
    session: Session, *, organisation_id: UUID, now: datetime, limit: int = 500
) -> list[SeasonFacts]:
    """Return at most ``limit`` seasons that have begun at the first venue, the newest first."""
    today = find_today(session, organisation_id=organisation_id, now=now)
    rows = session.execute(
        select(*_SEASON)
        .where(Season.organisation_id == organisation_id, Season.starts_on <= today)
        .order_by(Season.starts_on.desc())
        .limit(limit)
    )
    return [SeasonFacts(**row._mapping) for row in rows]


def list_seasons(
    session: Session, *, organisation_id: UUID, after: UUID | None = None, limit: int = 500
) -> list[SeasonFacts]:
    """Return at most ``limit`` seasons, the newest first; those older than the season ``after``."""
    query = select(*_SEASON).where(Season.organisation_id == organisation_id)
    if after is not None:
        newer = select(Season.starts_on).where(
            Season.organisation_id == organisation_id, Season.id == after
        )
        query = query.where(Season.starts_on < newer.scalar_subquery())
    rows = session.execute(query.order_by(Season.starts_on.desc()).limit(limit))
    return [SeasonFacts(**row._mapping) for row in rows]


def list_event_ids(session: Session, *, organisation_id: UUID, season_id: UUID) -> Sequence[UUID]:
    """Return the ids of the events of a season."""
    return session.scalars(
        select(Event.id).where(
            Event.organisation_id == organisation_id, Event.season_id == season_id
        )
    ).all()
