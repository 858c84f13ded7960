"""On which boards the points of an event stand, remembered for some seconds."""

import time
from uuid import UUID

from sqlalchemy.orm import Session

from backend.rewards.rules import boards_of
from backend.venues.queries import get_event

_REMEMBERED_SECONDS = 5.0
_MOST_REMEMBERED = 1_000

# Ratings of an evening come by the hundred for one event, whose day, season and venue hardly ever
# change once it has begun. By organisation and event: when it was read, and the boards.
_remembered: dict[tuple[UUID, UUID], tuple[float, tuple[str, ...]]] = {}


def list_boards(session: Session, *, organisation_id: UUID, event_id: UUID) -> tuple[str, ...]:
    """Return the boards of an event; raises EventNotFound."""
    key = (organisation_id, event_id)
    read_at, boards = _remembered.get(key, (0.0, ()))
    if not boards or time.monotonic() - read_at > _REMEMBERED_SECONDS:
        event = get_event(session, organisation_id=organisation_id, event_id=event_id)
        boards = boards_of(
            event_id=event.id,
            season_id=event.season_id,
            venue_id=event.venue_id,
            held_on=event.held_on,
        )
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = (time.monotonic(), boards)
    return boards
