"""What gestures cost, by event and category."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Gesture
from backend.engagement.rules.gestures import GestureCategory, GestureState
from backend.insight.queries.periods import within
from backend.insight.rules import Period
from backend.venues.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class GestureCost:
    """What was given at one event in one category; ``allowed_cents`` of it beyond a cap."""

    event_id: UUID
    event_name: str
    held_on: date
    category: GestureCategory
    currency: str
    gestures: int
    cents: int
    allowed_cents: int
    claimed: int


def list_costs(session: Session, *, organisation_id: UUID, period: Period) -> list[GestureCost]:
    """Return the costs of a period's gestures, event by event in order of day."""
    beyond = case((Gesture.allowed_by.is_not(None), Gesture.cents), else_=0)
    keys = (Event.id, Event.name, Event.held_on, Gesture.category, Gesture.currency)
    statement = (
        select(
            *keys,
            func.count(),
            func.sum(Gesture.cents),
            func.sum(beyond),
            func.count(Gesture.claimed_at),
        )
        .join(
            Event,
            (Event.organisation_id == Gesture.organisation_id) & (Event.id == Gesture.event_id),
        )
        .where(
            Gesture.organisation_id == organisation_id,
            Gesture.state == GestureState.GIVEN,
            *within(period, organisation_id=organisation_id),
        )
        .group_by(*keys)
        .order_by(Event.held_on, Event.id, Gesture.category, Gesture.currency)
    )
    names = tuple(GestureCost.__dataclass_fields__)
    costs = []
    for row in session.execute(statement):
        *who, gestures, cents, allowed, claimed = row
        counts = (int(gestures), int(cents), int(allowed), int(claimed))
        costs.append(GestureCost(**dict(zip(names, (*who, *counts), strict=True))))
    return costs
