"""How a season stands: open, or how far its closing is and what it waits for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.queries.seasons import Waiting, count_waiting
from backend.venues.queries import SeasonFacts, get_season
from backend.venues.queries.closings import (
    ReopeningFacts,
    SnapshotFacts,
    find_reopening,
    list_snapshots,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A season, what it waits for, its snapshots (the newest first), and who asks to reopen it."""

    season: SeasonFacts
    waiting: Waiting
    snapshots: Sequence[SnapshotFacts]
    reopening: ReopeningFacts | None


def read(session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime) -> Standing:
    """Return how a season stands at ``now``; raises SeasonNotFound."""
    whose = {"organisation_id": organisation_id, "season_id": season_id}
    return Standing(
        season=get_season(session, **whose),
        waiting=count_waiting(
            session, organisation_id=organisation_id, season_id=season_id, now=now
        ),
        snapshots=list_snapshots(session, **whose),
        reopening=find_reopening(
            session, organisation_id=organisation_id, season_id=season_id, now=now
        ),
    )
