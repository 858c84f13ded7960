"""Reads of the events that HR looks through: to come, over, without attendance."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import Session

from backend.foundation.backlogs import Backlog
from backend.venues.models import Event, Season, Shift
from backend.venues.queries.events import EventFacts, event_of, events_of, its_season
from backend.venues.rules import EventList, SeasonStatus


def list_calendar(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: EventList,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[EventFacts]:
    """Return at most ``limit`` events of a list: those to come by start, others the newest first.

    ``after`` is the (starts_at, id) of the row before the first one wanted.
    """
    query = events_of(organisation_id).where(*_conditions(wanted, now)).limit(limit)
    place = tuple_(Event.starts_at, Event.id)
    if wanted is EventList.COMING:
        query = query.order_by(Event.starts_at, Event.id)
        behind = place > tuple_(*after) if after else None
    else:
        query = query.order_by(Event.starts_at.desc(), Event.id.desc())
        behind = place < tuple_(*after) if after else None
    if behind is not None:
        query = query.where(behind)
    return [event_of(row) for row in session.execute(query)]


def measure_uncounted(session: Session, *, organisation_id: UUID, now: datetime) -> Backlog:
    """Return how many events at which people worked wait for their attendance, and since when."""
    number, oldest = session.execute(
        select(func.count(), func.min(Event.ends_at))
        .join(Season, its_season())
        .where(Event.organisation_id == organisation_id, *_conditions(EventList.UNCOUNTED, now))
    ).one()
    return Backlog(number=number, since=oldest)


def _conditions(wanted: EventList, now: datetime) -> tuple[ColumnElement[bool], ...]:
    if wanted is EventList.COMING:
        return (Event.ends_at >= now,)
    if wanted is EventList.OVER:
        return (Event.ends_at < now,)
    worked = select(Shift.id).where(
        Shift.organisation_id == Event.organisation_id, Shift.event_id == Event.id
    )
    # Events of a season that is closed stay as they are.
    return (
        worked.exists(),
        Event.ends_at < now,
        Event.attendance.is_(None),
        Season.status == SeasonStatus.OPEN,
    )


def count_shifts(
    session: Session, *, organisation_id: UUID, event_ids: list[UUID]
) -> dict[UUID, int]:
    """Return how many shifts each of the events has; none is left out."""
    counted = session.execute(
        select(Shift.event_id, func.count())
        .where(Shift.organisation_id == organisation_id, Shift.event_id.in_(event_ids))
        .group_by(Shift.event_id)
    )
    return dict.fromkeys(event_ids, 0) | dict(counted.all())
