"""Reads for closing seasons and reopening them: what is due, what was kept, who asked."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.foundation.canon import written
from backend.venues.models import Event, Season, SeasonReopening, SeasonSnapshot, Venue
from backend.venues.problems import SeasonNotFound, SnapshotNotFound
from backend.venues.rules import ReopeningStatus, SeasonStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class Closing:
    """A season that is being closed."""

    organisation_id: UUID
    id: UUID
    closes_at: datetime
    freezes_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotFacts:
    """What a season came to when it was closed, by its hash; the document is read by itself."""

    number: int
    made_at: datetime
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ReopeningFacts:
    """Somebody's wish to reopen a season."""

    id: UUID
    season_id: UUID
    status: ReopeningStatus
    reason: str
    asked_by: UUID
    asked_at: datetime
    expires_at: datetime
    approved_by: UUID | None
    approved_at: datetime | None


def lock_season(session: Session, *, organisation_id: UUID, season_id: UUID) -> Season:
    """Return the row of a season, locked to the end; raises SeasonNotFound."""
    row = session.scalar(
        select(Season)
        .where(Season.organisation_id == organisation_id, Season.id == season_id)
        # Who only refers to it need not wait.
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise SeasonNotFound
    return row


def lock_closed(session: Session, *, organisation_id: UUID) -> set[UUID]:
    """Return the seasons that are not open; to the end of the transaction none is closed anew."""
    seasons = session.execute(
        select(Season.id, Season.status)
        .where(Season.organisation_id == organisation_id)
        .order_by(Season.id)
        .with_for_update(read=True)
    )
    return {row.id for row in seasons if row.status is not SeasonStatus.OPEN}


def list_time_zones(session: Session, *, organisation_id: UUID) -> Sequence[str]:
    """Return the IANA names of the time zones in which an organisation has venues."""
    return session.scalars(
        select(Venue.time_zone).where(Venue.organisation_id == organisation_id).distinct()
    ).all()


def find_last_end(session: Session, *, organisation_id: UUID, season_id: UUID) -> datetime | None:
    """Return when the last event of a season ends, or None without events."""
    return session.scalar(
        select(func.max(Event.ends_at)).where(
            Event.organisation_id == organisation_id, Event.season_id == season_id
        )
    )


def list_closing(session: Session, *, now: datetime) -> list[Closing]:
    """Return the seasons, of every organisation, that are being closed at ``now``."""
    names = tuple(Closing.__dataclass_fields__)
    rows = session.execute(
        select(*(getattr(Season, name) for name in names))
        .where(Season.status == SeasonStatus.CLOSING, Season.closes_at <= now)
        .order_by(Season.closes_at, Season.id)
    )
    return [Closing(**row._mapping) for row in rows]


def lock_closing(session: Session, *, organisation_id: UUID, season_id: UUID) -> Season | None:
    """Return a season that is being closed, locked with all its events, or None.

    None as well where somebody still writes what belongs to one of its events: whoever refers to
    an event holds it until the commit. It never waits, so that it cannot wait in a circle.
    """
    of_season = (Event.organisation_id == organisation_id, Event.season_id == season_id)
    held = session.scalars(select(Event.id).where(*of_season).with_for_update(skip_locked=True))
    locked = len(held.all())
    row = session.scalar(
        select(Season)
        .where(Season.organisation_id == organisation_id, Season.id == season_id)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    events = session.scalar(select(func.count()).select_from(Event).where(*of_season))
    if row is None or row.status is not SeasonStatus.CLOSING or locked != events:
        return None
    return row


def hash_of(document: Mapping[str, Any]) -> bytes:
    """Return the SHA-256 of the one form in which a snapshot is hashed and given out."""
    return hashlib.sha256(written(document)).digest()


def list_snapshots(
    session: Session, *, organisation_id: UUID, season_id: UUID
) -> list[SnapshotFacts]:
    """Return the snapshots of a season, the newest first."""
    rows = session.execute(
        select(SeasonSnapshot.number, SeasonSnapshot.made_at, SeasonSnapshot.sha256)
        .where(
            SeasonSnapshot.organisation_id == organisation_id,
            SeasonSnapshot.season_id == season_id,
        )
        .order_by(SeasonSnapshot.number.desc())
    )
    return [
        SnapshotFacts(number=number, made_at=made_at, sha256=bytes(sha256).hex())
        for number, made_at, sha256 in rows
    ]


def get_document(
    session: Session, *, organisation_id: UUID, season_id: UUID, number: int
) -> dict[str, Any]:
    """Return the document of a snapshot; raises SnapshotNotFound."""
    there = list_snapshots(session, organisation_id=organisation_id, season_id=season_id)
    # Any number can be asked for, also one that no column could hold.
    if number not in {one.number for one in there}:
        raise SnapshotNotFound
    document: dict[str, Any] = session.execute(
        select(SeasonSnapshot.document).where(
            SeasonSnapshot.organisation_id == organisation_id,
            SeasonSnapshot.season_id == season_id,
            SeasonSnapshot.number == number,
        )
    ).scalar_one()
    return document


def find_reopening(
    session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime
) -> ReopeningFacts | None:
    """Return the wish to reopen a season that waits for a second person at ``now``, or None."""
    row = session.scalar(
        select(SeasonReopening).where(
            SeasonReopening.organisation_id == organisation_id,
            SeasonReopening.season_id == season_id,
            SeasonReopening.status == ReopeningStatus.ASKED,
            SeasonReopening.expires_at > now,
        )
    )
    return reopening_facts(row) if row else None


def reopening_facts(row: SeasonReopening) -> ReopeningFacts:
    """Return what is told of a wish to reopen a season."""
    return ReopeningFacts(
        **{name: getattr(row, name) for name in ReopeningFacts.__dataclass_fields__}
    )
