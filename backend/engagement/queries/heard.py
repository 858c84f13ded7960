"""Reads of what fans asked for most, what was done about it, and whether that works for them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, tuple_
from sqlalchemy.orm import Session

from backend.engagement.models import HeardAnswer, HeardEntry, HeardVersion, Request
from backend.engagement.problems import HeardEntryNotFound, WhyNotFound
from backend.engagement.rules import Category, CommentState, Status
from backend.engagement.rules.heard import MOST_SHOWN_ENTRIES, Works
from backend.foundation.backlogs import Backlog, measure


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryFacts:
    """An entry in its latest words, and how many say that it works."""

    id: UUID
    venue_id: UUID
    version: int
    category: Category | None
    asked: str
    done: str
    created_at: datetime
    changed_at: datetime
    withdrawn: bool
    yes: int
    not_yet: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WhyFacts:
    """Why something does not work yet for a fan, for whoever moderates."""

    id: UUID
    entry_id: UUID
    why: str
    state: CommentState
    answered_at: datetime


def list_entries(
    session: Session,
    *,
    organisation_id: UUID,
    venue_id: UUID | None = None,
    before: UUID | None = None,
    limit: int,
) -> list[EntryFacts]:
    """Return entries, the newest first; those made before the entry ``before``."""
    query = _entries(organisation_id).order_by(HeardEntry.id.desc()).limit(limit)
    if venue_id is not None:
        query = query.where(HeardEntry.venue_id == venue_id)
    if before is not None:
        query = query.where(HeardEntry.id < before)
    return _facts(session, organisation_id, query)


def list_shown(session: Session, *, organisation_id: UUID, venue_id: UUID) -> list[EntryFacts]:
    """Return what is told to the fans of a venue, the newest first, 50 at most."""
    query = _entries(organisation_id).where(
        HeardEntry.venue_id == venue_id, HeardEntry.withdrawn_at.is_(None)
    )
    newest = query.order_by(HeardEntry.id.desc()).limit(MOST_SHOWN_ENTRIES)
    return _facts(session, organisation_id, newest)


def list_entries_by_id(
    session: Session, *, organisation_id: UUID, entry_ids: Collection[UUID]
) -> dict[UUID, EntryFacts]:
    """Return the entries with these ids, withdrawn ones too, by id."""
    query = _entries(organisation_id).where(HeardEntry.id.in_(entry_ids))
    return {entry.id: entry for entry in _facts(session, organisation_id, query)}


def get_entry(session: Session, *, organisation_id: UUID, entry_id: UUID) -> EntryFacts:
    """Return an entry; raises HeardEntryNotFound."""
    found = _facts(
        session, organisation_id, _entries(organisation_id).where(HeardEntry.id == entry_id)
    )
    if not found:
        raise HeardEntryNotFound
    return found[0]


def lock_entry(session: Session, *, organisation_id: UUID, entry_id: UUID) -> HeardEntry:
    """Return an entry's row, locked; raises HeardEntryNotFound."""
    row = session.get(
        HeardEntry, (organisation_id, entry_id), populate_existing=True, with_for_update=True
    )
    if row is None:
        raise HeardEntryNotFound
    return row


def find_answer(
    session: Session, *, organisation_id: UUID, entry_id: UUID, device_hash: bytes
) -> HeardAnswer | None:
    """Return what a device has answered about an entry, or None."""
    return session.scalar(
        select(HeardAnswer)
        .where(
            HeardAnswer.organisation_id == organisation_id,
            HeardAnswer.entry_id == entry_id,
            HeardAnswer.device_hash == device_hash,
        )
        .execution_options(populate_existing=True)
    )


def list_whys(
    session: Session,
    *,
    organisation_id: UUID,
    state: CommentState,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[WhyFacts]:
    """Return whys in ``state``, the oldest first, those after the (answered_at, id) ``after``."""
    query = (
        select(HeardAnswer)
        .where(
            HeardAnswer.organisation_id == organisation_id,
            HeardAnswer.why_state == state,
            HeardAnswer.why.is_not(None),
        )
        .order_by(HeardAnswer.answered_at, HeardAnswer.id)
        .limit(limit)
    )
    if after is not None:
        later = tuple_(HeardAnswer.answered_at, HeardAnswer.id) > tuple_(*after)
        query = query.where(later)
    return [why_of(row) for row in session.scalars(query)]


def measure_undecided(session: Session, *, organisation_id: UUID) -> Backlog:
    """Return the backlog of whys that nobody has decided on."""
    return measure(
        session,
        HeardAnswer.organisation_id == organisation_id,
        HeardAnswer.why_state == CommentState.WAITING,
        since=HeardAnswer.answered_at,
    )


def list_shown_whys(
    session: Session, *, organisation_id: UUID, entry_ids: Collection[UUID]
) -> dict[UUID, list[str]]:
    """Return the whys of entries that a moderator has shown, the newest first."""
    rows = session.execute(
        select(HeardAnswer.entry_id, HeardAnswer.why)
        .where(
            HeardAnswer.organisation_id == organisation_id,
            HeardAnswer.entry_id.in_(entry_ids),
            HeardAnswer.why_state == CommentState.SHOWN,
        )
        .order_by(HeardAnswer.answered_at.desc(), HeardAnswer.id)
    )
    found: dict[UUID, list[str]] = {entry_id: [] for entry_id in entry_ids}
    for entry_id, why in rows:
        found[entry_id].append(why or "")
    return found


def lock_why(session: Session, *, organisation_id: UUID, answer_id: UUID) -> HeardAnswer:
    """Return an answer that has words, locked; raises WhyNotFound."""
    key = (organisation_id, answer_id)
    row = session.get(HeardAnswer, key, populate_existing=True, with_for_update=True)
    if row is None or row.why is None:
        raise WhyNotFound
    return row


def why_of(row: HeardAnswer) -> WhyFacts:
    """Return the words of an answer that has some."""
    return WhyFacts(
        id=row.id,
        entry_id=row.entry_id,
        why=row.why or "",
        state=row.why_state,
        answered_at=row.answered_at,
    )


def count_wishes(
    session: Session, *, organisation_id: UUID, season_id: UUID, zone_ids: Sequence[UUID]
) -> dict[Category, int]:
    """Return how often what was asked for in a season in some zones, the most first.

    What was opened anew is the same wish, and what came too late is none.
    """
    count = func.count().label("count_of")
    rows = session.execute(
        select(Request.category, count)
        .where(
            Request.organisation_id == organisation_id,
            Request.season_id == season_id,
            Request.zone_id.in_(zone_ids),
            Request.reopens_id.is_(None),
            Request.status != Status.SEASON_CLOSED,
        )
        .group_by(Request.category)
        .order_by(count.desc(), Request.category)
    )
    return {row.category: row.count_of for row in rows}


def _entries(organisation_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(HeardEntry, HeardVersion)
        .join(
            HeardVersion,
            (HeardVersion.organisation_id == HeardEntry.organisation_id)
            & (HeardVersion.entry_id == HeardEntry.id)
            & (HeardVersion.number == HeardEntry.version),
        )
        .where(HeardEntry.organisation_id == organisation_id)
        .execution_options(populate_existing=True)
    )


def _facts(
    session: Session, organisation_id: UUID, query: Select[*tuple[Any, ...]]
) -> list[EntryFacts]:
    rows = session.execute(query).all()
    counts = _counts(session, organisation_id, [entry.id for entry, _ in rows])
    return [
        EntryFacts(
            id=entry.id,
            venue_id=entry.venue_id,
            version=entry.version,
            category=words.category,
            asked=words.asked,
            done=words.done,
            created_at=entry.created_at,
            changed_at=words.written_at,
            withdrawn=entry.withdrawn_at is not None,
            yes=counts.get(entry.id, (0, 0))[0],
            not_yet=counts.get(entry.id, (0, 0))[1],
        )
        for entry, words in rows
    ]


def _counts(
    session: Session, organisation_id: UUID, entry_ids: Collection[UUID]
) -> dict[UUID, tuple[int, int]]:
    yes = func.sum(case((HeardAnswer.works == Works.YES, 1), else_=0))
    rows = session.execute(
        select(HeardAnswer.entry_id, yes, func.count())
        .where(HeardAnswer.organisation_id == organisation_id, HeardAnswer.entry_id.in_(entry_ids))
        .group_by(HeardAnswer.entry_id)
    )
    return {entry_id: (int(good), int(every) - int(good)) for entry_id, good, every in rows}
