"""Feedback to employees, shielded so that no fan can be told from the evening's others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.queries.feedback import (
    Feedback,
    Readable,
    list_feedback,
    list_rated_events,
)
from backend.engagement.rules import CORRECTION_WINDOW, released
from backend.foundation.actor import Actor
from backend.venues.queries import get_event, list_events_on


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFeedback:
    """What fans said about somebody at one event, as far as it is released."""

    event_id: UUID
    event_name: str
    held_on: date
    ratings: tuple[Feedback, ...]


def list_own_events(
    session: Session, *, actor: Actor, before: UUID | None, limit: int, now: datetime
) -> Sequence[UUID]:
    """Return the events of which `list_own` tells something, those made last first.

    Any other, and be it only counted, would tell that a rating came.
    """
    on = list_events_on(session, organisation_id=actor.organisation_id, at=now)
    readable = Readable(
        until=now - CORRECTION_WINDOW, on=[event.id for event in on if event.ends_at >= now]
    )
    return list_rated_events(session, actor=actor, readable=readable, before=before, limit=limit)


def list_own(
    session: Session, *, actor: Actor, event_ids: Sequence[UUID], now: datetime
) -> list[EventFeedback]:
    """Return what fans said about ``actor`` at ``event_ids``, best first, not as it came.

    Released in batches of five, or all once the event is over, and only what cannot be corrected
    any more: each change would give away who made it.
    """
    owner = actor.organisation_id
    given = list_feedback(
        session,
        organisation_id=owner,
        employee_id=actor.employee_id,
        event_ids=event_ids,
        until=now - CORRECTION_WINDOW,
    )
    feedback = []
    for event_id in event_ids:
        event = get_event(session, organisation_id=owner, event_id=event_id)
        count = released(len(given[event_id]), ended=event.ends_at < now)
        ratings = sorted(
            given[event_id][:count],
            key=lambda one: (-one.stars, one.comment or "", one.reason or ""),
        )
        feedback.append(
            EventFeedback(
                event_id=event.id,
                event_name=event.name,
                held_on=event.held_on,
                ratings=tuple(ratings),
            )
        )
    return [one for one in feedback if one.ratings]
