"""How a season that is being closed gets there: what is open ends, then its snapshot is kept.

Any number of workers may be at it: each part is a transaction of its own, does what is left to do,
and passes over what another has in hand. Cut off anywhere, the next pass goes on from there.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy.orm import Session

from backend.engagement.services import closings as engagement
from backend.foundation.db import reading, transaction
from backend.foundation.logs import log_fault
from backend.foundation.one_by_one import alone
from backend.insight.queries import seasons
from backend.insight.services import snapshots
from backend.venues.queries.closings import Closing, list_closing, lock_closing
from backend.venues.services import closings

# Some milliseconds of SQLite's one writer.
CHUNK = 100
Part = Callable[..., int]


def close_seasons(*, now: datetime, chunk: int = CHUNK) -> int:
    """Bring every season that is being closed as far as it can come; return how many were closed.

    Points are confirmed, and boards brought up, by the jobs that always do so. One season that
    fails is named in the log and left for the next pass; it stops no other organisation's.
    """
    with reading() as session:
        due = list_closing(session, now=now)
    closed = 0
    for season in due:
        try:
            closed += _bring_on(season, now, chunk)
        except Exception as error:  # noqa: BLE001 - the others must not wait for this one
            log_fault("job failed", error, job="close_seasons", subject_id=season.id)
    return closed


def _bring_on(season: Closing, now: datetime, chunk: int) -> bool:
    for part in (engagement.end_requests, engagement.lapse_invitations, engagement.lapse_held):
        _exhaust(part, season, now, chunk)
    if now < season.freezes_at:
        return False
    with transaction() as session:
        return finish(session, season, now=now)


def _exhaust(part: Part, season: Closing, now: datetime, chunk: int) -> None:
    whose = {"organisation_id": season.organisation_id, "season_id": season.id}
    run = partial(part, **whose, now=now, limit=chunk)
    while True:
        if alone(run) < chunk:
            return


def finish(session: Session, season: Closing, *, now: datetime) -> bool:
    """Keep the snapshot of a season that is settled, and tell whether it was."""
    whose = {"organisation_id": season.organisation_id, "season_id": season.id}
    if lock_closing(session, **whose) is None:
        return False
    if not seasons.is_settled(session, **whose, now=now):
        return False
    closings.finish(session, **whose, document=snapshots.make(session, **whose), now=now)
    return True
