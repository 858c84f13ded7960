"""Closing a season: with a notice, once it is over; its snapshot is kept when all is settled."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.venues import queries
from backend.venues.models import Season, SeasonSnapshot
from backend.venues.problems import SeasonClosed, SeasonNotFound, SeasonNotOver
from backend.venues.queries import SeasonFacts, closings
from backend.venues.rules import CLOSING_NOTICE, SETTLING, SeasonStatus, is_over


def close(
    session: Session, *, actor: Actor, season_id: UUID, reason: str | None, now: datetime
) -> SeasonFacts:
    """Close a season, in effect a minute from now: servers remember events for seconds.

    Everything of it that is begun later is kept and does not count. Raises SeasonNotFound,
    SeasonClosed, and SeasonNotOver until its last day is over at every venue and its events ended.
    """
    owner = actor.organisation_id
    row = closings.lock_season(session, organisation_id=owner, season_id=season_id)
    if row.status is not SeasonStatus.OPEN:
        raise SeasonClosed
    _must_be_over(session, row, now)
    row.status = SeasonStatus.CLOSING
    row.closes_at = now + CLOSING_NOTICE
    row.freezes_at = row.closes_at + SETTLING
    session.flush()
    detail = {"name": row.name, "closes_at": row.closes_at.isoformat(), "reason": reason}
    audit.record(
        session, actor=actor, act="season.closing", subject_id=season_id, now=now, detail=detail
    )
    return queries.get_season(session, organisation_id=owner, season_id=season_id)


def _must_be_over(session: Session, row: Season, now: datetime) -> None:
    owner = row.organisation_id
    zones = closings.list_time_zones(session, organisation_id=owner) or ["UTC"]
    if not is_over(row.ends_on, time_zones=zones, now=now):
        raise SeasonNotOver(f"Its last day is {row.ends_on}.")
    last = closings.find_last_end(session, organisation_id=owner, season_id=row.id)
    if last is not None and last > now:
        raise SeasonNotOver(f"Its last event ends at {last.isoformat()}.")


def finish(
    session: Session,
    *,
    organisation_id: UUID,
    season_id: UUID,
    document: Mapping[str, Any],
    now: datetime,
) -> None:
    """Keep ``document`` as what a season that is being closed came to; then it is closed.

    ``closings.lock_closing`` must have found it in this transaction.
    """
    whose = {"organisation_id": organisation_id, "season_id": season_id}
    row = session.get_one(Season, (organisation_id, season_id))
    number = 1 + len(closings.list_snapshots(session, **whose))
    sha256 = closings.hash_of(document)
    session.add(
        SeasonSnapshot(**whose, number=number, document=document, sha256=sha256, made_at=now)
    )
    row.status = SeasonStatus.CLOSED
    session.flush()
    audit.record_job(
        session,
        organisation_id=organisation_id,
        act="season.closed",
        subject_id=season_id,
        now=now,
        detail={"name": row.name, "number": number, "sha256": sha256.hex()},
    )


def must_be_open(session: Session, *, organisation_id: UUID, season_id: UUID) -> None:
    """Raise SeasonClosed unless a season is open, and keep it so to the end of the transaction.

    Raises SeasonNotFound.
    """
    status = session.scalar(
        select(Season.status)
        .where(Season.organisation_id == organisation_id, Season.id == season_id)
        .with_for_update(read=True)
    )
    if status is None:
        raise SeasonNotFound
    if status is not SeasonStatus.OPEN:
        raise SeasonClosed
