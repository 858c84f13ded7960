"""Events by hand: make one, change one, say how many people came."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.venues.models import Event, Season, Venue
from backend.venues.problems import (
    EventBegun,
    EventCodeTaken,
    EventNotFound,
    EventRefused,
    SeasonNotFound,
    VenueNotFound,
)
from backend.venues.queries import EventFacts, get_event
from backend.venues.rules import (
    EventTimes,
    has_begun,
    held_on,
    wrong_with_attendance,
    wrong_with_day,
    wrong_with_roster,
    wrong_with_times,
)
from backend.venues.services import closings, rosters

INSTANTS = ("doors_at", "starts_at", "ends_at")


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEvent:
    """What is said of an event when it is made; without ``season_id`` its day tells the season."""

    code: str
    venue_id: UUID
    name: str
    doors_at: datetime
    starts_at: datetime
    ends_at: datetime
    season_id: UUID | None = None
    attendance: int | None = None


def create(session: Session, *, actor: Actor, new: NewEvent, now: datetime) -> EventFacts:
    """Make an event.

    Raises VenueNotFound, SeasonNotFound, SeasonClosed, EventCodeTaken, and EventRefused when its
    instants are out of order, no season covers its day, or more came than the venue can hold.
    """
    organisation_id = actor.organisation_id
    venue = _hold_venue(session, organisation_id, new.venue_id)
    taken = select(Event.id).where(Event.organisation_id == organisation_id, Event.code == new.code)
    if session.scalar(taken):
        raise EventCodeTaken
    day = held_on(new.starts_at, time_zone=venue.time_zone)
    event = Event(
        organisation_id=organisation_id,
        id=new_id(),
        code=new.code,
        venue_id=venue.id,
        season_id=new.season_id or _season_on(session, organisation_id, day).id,
        name=new.name,
        held_on=day,
        doors_at=new.doors_at,
        starts_at=new.starts_at,
        ends_at=new.ends_at,
        attendance=new.attendance,
    )
    _check(session, event, venue)
    _must_be_open(session, event)
    session.add(event)
    session.flush()
    audit.record(
        session,
        actor=actor,
        act="event.created",
        subject_id=event.id,
        now=now,
        detail={"code": new.code, "attendance": new.attendance},
    )
    return get_event(session, organisation_id=organisation_id, event_id=event.id)


def _hold_venue(session: Session, organisation_id: UUID, venue_id: UUID) -> Venue:
    """Return the venue of a new event; to the commit no file changes the clock that dates it.

    None does so later: an event keeps its venue, and a venue with events its time zone.
    """
    venue = session.scalar(
        select(Venue)
        .where(Venue.organisation_id == organisation_id, Venue.id == venue_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    if venue is None:
        raise VenueNotFound
    return venue


def change(
    session: Session, *, actor: Actor, event_id: UUID, to: Mapping[str, Any], now: datetime
) -> EventFacts:
    """Change the columns of an event that are in ``to``.

    They are name, season_id, doors_at, starts_at, ends_at and attendance; attendance may become
    None, not known. Its shifts move with it to another day. Raises EventNotFound, SeasonNotFound,
    EventRefused, also where a shift would be further from it than shifts may be, EventBegun when
    the day or season of an event would change after people began to work for it, or its doors so
    that it had not begun, and SeasonClosed.
    """
    event = session.scalar(
        select(Event)
        .where(Event.organisation_id == actor.organisation_id, Event.id == event_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if event is None:
        raise EventNotFound
    _must_be_open(session, event)
    before = {name: getattr(event, name) for name in (*to, "starts_at", "held_on", "season_id")}
    begun = has_begun(event.doors_at, now=now)
    venue = session.get_one(Venue, (actor.organisation_id, event.venue_id))
    for name, value in to.items():
        setattr(event, name, value)
    event.held_on = held_on(event.starts_at, time_zone=venue.time_zone)
    changed = {
        name: {"from": old, "to": getattr(event, name)}
        for name, old in before.items()
        if old != getattr(event, name)
    }
    kept = not changed.keys() & {"held_on", "season_id"} and has_begun(event.doors_at, now=now)
    if begun and not kept:
        raise EventBegun
    _check(session, event, venue)
    _must_be_open(session, event)
    if changed.keys() & set(INSTANTS):
        by = event.starts_at - before["starts_at"] if "held_on" in changed else timedelta()
        _take_shifts_along(session, event, by=by)
    session.flush()
    _put_on_record(session, actor=actor, event_id=event_id, changed=changed, now=now)
    return get_event(session, organisation_id=actor.organisation_id, event_id=event_id)


def _take_shifts_along(session: Session, event: Event, *, by: timedelta) -> None:
    """Move the shifts of an event ``by`` as much, if at all; none may be left far from it."""
    which = {"organisation_id": event.organisation_id, "event_id": event.id}
    for first, last in rosters.list_spans(session, **which).values():
        times = _times_of(event)
        _refuse(wrong_with_roster(starts_at=first + by, ends_at=last + by, event=times))
    if by:
        rosters.move(session, **which, by=by)


def _season_on(session: Session, organisation_id: UUID, day: date) -> Season:
    season = session.scalar(
        select(Season).where(
            Season.organisation_id == organisation_id,
            Season.starts_on <= day,
            Season.ends_on >= day,
        )
    )
    if season is None:
        raise EventRefused(errors={"json": {"starts_at": [f"No season covers {day}."]}})
    return season


def _check(session: Session, event: Event, venue: Venue) -> None:
    with session.no_autoflush:
        season = session.get(Season, (event.organisation_id, event.season_id))
    if season is None:
        raise SeasonNotFound
    wrong = wrong_with_times(_times_of(event))
    if reason := wrong_with_attendance(event.attendance, capacity=venue.capacity):
        wrong["attendance"] = reason
    if reason := wrong_with_day(event.held_on, starts_on=season.starts_on, ends_on=season.ends_on):
        wrong["season_id"] = reason
    _refuse(wrong)


def _times_of(event: Event) -> EventTimes:
    return EventTimes(doors_at=event.doors_at, starts_at=event.starts_at, ends_at=event.ends_at)


def _refuse(wrong: Mapping[str, str]) -> None:
    """Raise EventRefused with what is wrong, by field, if anything is."""
    if wrong:
        raise EventRefused(
            errors={"json": {name: [f"It {reason}."] for name, reason in wrong.items()}}
        )


def _must_be_open(session: Session, event: Event) -> None:
    """Raise SeasonClosed where the event's season is closed: figures are made of its events."""
    with session.no_autoflush:
        closings.must_be_open(
            session, organisation_id=event.organisation_id, season_id=event.season_id
        )


def _put_on_record(
    session: Session, *, actor: Actor, event_id: UUID, changed: Mapping[str, Any], now: datetime
) -> None:
    """Audit attendance by itself: it is the denominator of the greeted share."""
    written = {
        name: {side: _plain(value) for side, value in sides.items()}
        for name, sides in changed.items()
    }
    attendance = written.pop("attendance", None)
    for act, detail in (("event.attendance_set", attendance), ("event.changed", written)):
        if detail:
            audit.record(session, actor=actor, act=act, subject_id=event_id, now=now, detail=detail)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)
