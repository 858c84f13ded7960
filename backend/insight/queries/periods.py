"""Seasons, events, venues and departments that a board or a figure is asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from backend.identity.models import Department
from backend.insight.problems import DepartmentUnknown, NoSeasonYet
from backend.insight.rules import Period
from backend.venues import queries as venues
from backend.venues.models import Event, Season, Venue
from backend.venues.problems import EventNotFound, VenueNotFound
from backend.venues.queries import SeasonFacts


def get_season(
    session: Session, *, organisation_id: UUID, season_id: UUID | None, now: datetime
) -> SeasonFacts:
    """Return a season; the one that began last when none is named.

    Raises SeasonNotFound, NoSeasonYet.
    """
    if season_id:
        return venues.get_season(session, organisation_id=organisation_id, season_id=season_id)
    season = venues.find_current_season(session, organisation_id=organisation_id, now=now)
    if season is None:
        raise NoSeasonYet
    return season


def find_proven_season(session: Session, *, organisation_id: UUID, now: datetime) -> UUID | None:
    """Return the newest season of which an event has begun whose attendance is known."""
    statement = (
        select(Season.id)
        .join(
            Event,
            (Event.organisation_id == Season.organisation_id) & (Event.season_id == Season.id),
        )
        .where(
            Season.organisation_id == organisation_id, Event.attendance > 0, Event.doors_at <= now
        )
        .order_by(Season.starts_on.desc())
        .limit(1)
    )
    return session.scalar(statement)


def check_event(session: Session, *, organisation_id: UUID, event_id: UUID) -> None:
    """Raise EventNotFound unless the organisation has this event."""
    if session.get(Event, (organisation_id, event_id)) is None:
        raise EventNotFound


def check_venue(session: Session, *, organisation_id: UUID, venue_id: UUID) -> None:
    """Raise VenueNotFound unless the organisation has this venue."""
    if session.get(Venue, (organisation_id, venue_id)) is None:
        raise VenueNotFound


def check_department(session: Session, *, organisation_id: UUID, department_id: UUID) -> None:
    """Raise DepartmentUnknown unless the organisation has this department."""
    if session.get(Department, (organisation_id, department_id)) is None:
        raise DepartmentUnknown


def within(period: Period, *, organisation_id: UUID) -> list[ColumnElement[bool]]:
    """Return the conditions on events that make up ``period``."""
    conditions = [Event.organisation_id == organisation_id]
    if period.event_id is not None:
        conditions.append(Event.id == period.event_id)
    if period.first_day is not None and period.last_day is not None:
        conditions.append(Event.held_on.between(period.first_day, period.last_day))
    if period.season_id is not None:
        conditions.append(Event.season_id == period.season_id)
    if period.venue_id is not None:
        conditions.append(Event.venue_id == period.venue_id)
    return conditions
