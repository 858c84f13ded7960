"""The counts of a season's events, and where it took place, as they go into its snapshot."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Tally
from backend.venues.models import Event

_EVENT = ("id", "code", "venue_id", "held_on", "attendance")
_COUNTERS = tuple(
    column.key
    for column in Tally.__table__.columns
    if not column.primary_key and column.key != "last_greeted_at"
)


def list_evenings(
    session: Session, *, organisation_id: UUID, season_id: UUID
) -> list[dict[str, Any]]:
    """Return the events of a season in order of day, each with everything that was counted."""
    counts = [func.coalesce(func.sum(Tally.__table__.c[name]), 0).label(name) for name in _COUNTERS]
    columns = [getattr(Event, name) for name in _EVENT]
    rows = session.execute(
        select(*columns, *counts)
        .outerjoin(
            Tally,
            (Tally.organisation_id == Event.organisation_id) & (Tally.event_id == Event.id),
        )
        .where(Event.organisation_id == organisation_id, Event.season_id == season_id)
        .group_by(Event.organisation_id, *columns)
        .order_by(Event.held_on, Event.id)
    )
    return [
        {**row._mapping, **{name: int(row._mapping[name]) for name in _COUNTERS}} for row in rows
    ]


def list_venue_ids(session: Session, *, organisation_id: UUID, season_id: UUID) -> Sequence[UUID]:
    """Return the venues at which events of a season took place."""
    return session.scalars(
        select(Event.venue_id)
        .where(Event.organisation_id == organisation_id, Event.season_id == season_id)
        .distinct()
    ).all()
