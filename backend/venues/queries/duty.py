"""Reads of shifts: who is on duty where, and who works at an event."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, or_, select, tuple_
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.prepared import ONE_ROW, Prepared
from backend.identity.queries import list_hourly
from backend.venues.models import Event, Post, Season, Shift, Venue
from backend.venues.queries.events import (
    AFTER_END,
    BEFORE_DOORS,
    EVENT_COLUMNS,
    EventFacts,
    event_of,
    events_of,
    its_season,
    its_venue,
    list_events_on,
    recall_event,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ShiftFacts:
    """An employee at a post during an event."""

    id: UUID
    event_id: UUID
    employee_id: UUID
    post_id: UUID
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """Where somebody is on duty; salaried staff without a shift have an event and no post."""

    event: EventFacts
    shift_id: UUID | None = None
    post_id: UUID | None = None
    zone_id: UUID | None = None


NO_TIME = timedelta()
# The shift that covers the instant ``at``, for statements that ask more about the same person.
SHIFT_ON = (
    select(Shift.event_id, Shift.id, Shift.post_id, Post.zone_id)
    .select_from(Shift)
    .join(Post, (Post.organisation_id == Shift.organisation_id) & (Post.id == Shift.post_id))
    .where(
        Shift.organisation_id == bindparam("organisation_id"),
        Shift.employee_id == bindparam("employee_id"),
        Shift.starts_at <= bindparam("at"),
        Shift.ends_at >= bindparam("at"),
    )
    # The order of an index: nothing is sorted.
    .order_by(Shift.starts_at.desc())
    .limit(ONE_ROW)
)
# Everybody on shift at an event at the instant ``at``, for statements that ask more about them.
ON_SHIFT = (
    select(Shift.employee_id, Shift.post_id, Post.zone_id)
    .select_from(Shift)
    .join(Post, (Post.organisation_id == Shift.organisation_id) & (Post.id == Shift.post_id))
    .where(
        Shift.organisation_id == bindparam("organisation_id"),
        Shift.event_id == bindparam("event_id"),
        Shift.starts_at <= bindparam("at"),
        Shift.ends_at >= bindparam("at"),
    )
)
# A zone has two neighbours at most; where it has fewer, its own stands in for them.
NEAR_ZONES = ("zone_0", "zone_1", "zone_2")
# Those of them whose posts are in one of three zones. They are few, and found first, whatever is
# asked about them then: PostgreSQL would mix the two as badly as its statistics are old.
_near = (
    ON_SHIFT.where(or_(*(Post.zone_id == bindparam(name) for name in NEAR_ZONES)))
    .cte("near")
    .prefix_with("MATERIALIZED")
)
ON_SHIFT_NEAR = select(_near.c.employee_id, _near.c.post_id, _near.c.zone_id)
# Every accepted request asks this, so it is one statement on the driver's cursor.
_FIND = Prepared(SHIFT_ON)


def find_duty(
    session: Session, *, actor: Actor, at: datetime, venue_id: UUID | None = None
) -> Duty | None:
    """Return where ``actor`` is on duty at the instant ``at``, or None.

    That is the shift that covers ``at``, both ends included; of several the one that started
    last. Salaried staff without a shift are on duty at the event that is on, without a post; of
    several at the one at ``venue_id``, where they say they are, else as `find_event_on` says.
    """
    row = _find_shift(session, actor, at)
    if row is not None:
        return duty_of(session, actor=actor, row=row)
    return _find_on(session, actor, at, venue_id) if actor.salaried else None


def find_present_event(
    session: Session, *, actor: Actor, at: datetime, venue_id: UUID | None = None
) -> EventFacts | None:
    """Return the event at which ``actor`` is on duty, else one that is on.

    ``venue_id`` is as in `find_duty`.
    """
    duty = find_duty(session, actor=actor, at=at, venue_id=venue_id)
    present = duty or _find_on(session, actor, at, venue_id)
    return present.event if present else None


def list_elsewhere(session: Session, *, actor: Actor, duty: Duty, at: datetime) -> list[EventFacts]:
    """Return the events at other venues at which ``actor`` may as well be, rather than on ``duty``.

    None for whoever is on shift.
    """
    if duty.shift_id:
        return []
    on = list_events_on(session, organisation_id=actor.organisation_id, at=at)
    return [event for event in on if event.venue_id != duty.event.venue_id]


def _find_on(session: Session, actor: Actor, at: datetime, venue_id: UUID | None) -> Duty | None:
    on = list_events_on(session, organisation_id=actor.organisation_id, at=at)
    return _there([Duty(event=event) for event in on], venue_id)


def _there(duties: Sequence[Duty], venue_id: UUID | None) -> Duty | None:
    """Return the first of ``duties`` that is a shift or at the venue, else the first."""

    def elsewhere(duty: Duty) -> bool:
        return duty.shift_id is None and duty.event.venue_id != venue_id

    return min(duties, key=elsewhere, default=None)


def is_on_duty_at(session: Session, *, actor: Actor, event_id: UUID, at: datetime) -> bool:
    """Tell whether ``actor`` is on duty at an event at the instant ``at``.

    Salaried staff without a shift are at every event that is on.
    """
    row = _find_shift(session, actor, at)
    if row is not None:
        return bool(row[0] == event_id)
    event = recall_event(session, organisation_id=actor.organisation_id, event_id=event_id)
    return actor.salaried and event.is_on(at)


def _find_shift(session: Session, actor: Actor, at: datetime) -> tuple[UUID, ...] | None:
    return _FIND.first(
        session, organisation_id=actor.organisation_id, employee_id=actor.employee_id, at=at
    )


def list_on_shift(
    session: Session, *, organisation_id: UUID, event_id: UUID, at: datetime
) -> set[UUID]:
    """Return the ids of everybody whose shift at an event covers the instant ``at``."""
    rows = session.execute(
        ON_SHIFT, {"organisation_id": organisation_id, "event_id": event_id, "at": at}
    )
    return {employee_id for employee_id, _, _ in rows}


def list_resting(
    session: Session, *, employees: Collection[tuple[UUID, UUID]], at: datetime
) -> set[tuple[UUID, UUID]]:
    """Return those of ``employees`` who are paid by the hour and not on shift at ``at``.

    Both are (organisation_id, employee_id) pairs.
    """
    hourly = list_hourly(session, employees=employees)
    on_shift = session.execute(
        select(Shift.organisation_id, Shift.employee_id).where(
            tuple_(Shift.organisation_id, Shift.employee_id).in_(hourly),
            Shift.starts_at <= at,
            Shift.ends_at >= at,
        )
    )
    return hourly - {(owner, employee_id) for owner, employee_id in on_shift}


def list_there(
    session: Session, *, placed: Collection[tuple[UUID, UUID, UUID]], at: datetime
) -> set[tuple[UUID, UUID, UUID]]:
    """Return those of ``placed`` who may be at their event at ``at``: on shift there, or salaried.

    Each is an (organisation_id, event_id, employee_id).
    """
    on_shift = session.execute(
        select(Shift.organisation_id, Shift.event_id, Shift.employee_id).where(
            tuple_(Shift.organisation_id, Shift.event_id, Shift.employee_id).in_(placed),
            Shift.starts_at <= at,
            Shift.ends_at >= at,
        )
    )
    hourly = list_hourly(session, employees={(owner, who) for owner, _, who in placed})
    salaried = {one for one in placed if (one[0], one[2]) not in hourly}
    return salaried | {(owner, event_id, who) for owner, event_id, who in on_shift}


def duty_of(session: Session, *, actor: Actor, row: Sequence[UUID]) -> Duty:
    """Return the duty in a ``row`` of SHIFT_ON."""
    event_id, shift_id, post_id, zone_id = row
    event = recall_event(session, organisation_id=actor.organisation_id, event_id=event_id)
    return Duty(event=event, shift_id=shift_id, post_id=post_id, zone_id=zone_id)


def list_duties(
    session: Session, *, actor: Actor, sightings: Sequence[tuple[datetime, UUID | None]]
) -> list[Duty | None]:
    """Return where ``actor`` is on duty at each of ``sightings``, as `find_duty` does.

    Each is an instant and the venue where they were, if that is known. A phone's queue holds
    hundreds of them, so this takes two statements for any number.
    """
    if not sightings:
        return []
    instants = [at for at, _ in sightings]
    since, until = min(instants), max(instants)
    windows = _shift_windows(session, actor, since, until)
    if actor.salaried:
        windows += _event_windows(session, actor.organisation_id, since, until)
    return [
        _there([duty for start, end, duty in windows if start <= at <= end], venue_id)
        for at, venue_id in sightings
    ]


def _shift_windows(
    session: Session, actor: Actor, since: datetime, until: datetime
) -> list[tuple[datetime, datetime, Duty]]:
    rows = session.execute(
        select(
            Shift.starts_at, Shift.ends_at, Shift.id, Shift.post_id, Post.zone_id, *EVENT_COLUMNS
        )
        .select_from(Shift)
        .join(Post, (Post.organisation_id == Shift.organisation_id) & (Post.id == Shift.post_id))
        .join(
            Event, (Event.organisation_id == Shift.organisation_id) & (Event.id == Shift.event_id)
        )
        .join(Venue, its_venue())
        .join(Season, its_season())
        .where(
            Shift.organisation_id == actor.organisation_id,
            Shift.employee_id == actor.employee_id,
            Shift.starts_at <= until,
            Shift.ends_at >= since,
        )
        .order_by(Shift.starts_at.desc(), Shift.id.desc())
    )
    return [
        (start, end, Duty(event=event_of(event), shift_id=shift, post_id=post, zone_id=zone))
        for start, end, shift, post, zone, *event in rows
    ]


def _event_windows(
    session: Session, organisation_id: UUID, since: datetime, until: datetime
) -> list[tuple[datetime, datetime, Duty]]:
    rows = session.execute(
        events_of(organisation_id)
        .where(Event.doors_at <= until + BEFORE_DOORS, Event.ends_at >= since - AFTER_END)
        .order_by(Event.doors_at.desc(), Event.id.desc())
    )
    events = [event_of(row) for row in rows]
    # In the order of `find_event_on`.
    margins = ((NO_TIME, NO_TIME), (NO_TIME, AFTER_END), (BEFORE_DOORS, NO_TIME))
    return [
        (event.doors_at - before, event.ends_at + after, Duty(event=event))
        for before, after in margins
        for event in events
    ]


def list_shifts(
    session: Session,
    *,
    organisation_id: UUID,
    event_id: UUID,
    after: tuple[datetime, UUID] | None = None,
    limit: int | None = 500,
) -> list[ShiftFacts]:
    """Return at most ``limit`` shifts of an event by start, without one all of them.

    ``after`` is the (starts_at, id) of the row before the first one wanted.
    """
    names = ("id", "event_id", "employee_id", "post_id", "starts_at", "ends_at")
    query = (
        select(*(getattr(Shift, name) for name in names))
        .where(Shift.organisation_id == organisation_id, Shift.event_id == event_id)
        .order_by(Shift.starts_at, Shift.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Shift.starts_at, Shift.id) > tuple_(*after))
    return [ShiftFacts(**row._mapping) for row in session.execute(query)]
