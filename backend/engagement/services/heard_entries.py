"""What HR tells fans of what they asked for: every word of it a version, and audited."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.models import HeardEntry, HeardVersion
from backend.engagement.problems import HeardEntryChanged, HeardEntryWithdrawn
from backend.engagement.queries import heard as queries
from backend.engagement.queries.heard import EntryFacts, WhyFacts
from backend.engagement.rules import CommentState, Decision
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.venues.queries import get_venue

_WORDS = ("category", "asked", "done")
_STATES = {Decision.SHOW: CommentState.SHOWN, Decision.HIDE: CommentState.HIDDEN}


def write(session: Session, *, actor: Actor, given: dict[str, Any], now: datetime) -> EntryFacts:
    """Write an entry for the venue in ``given``, with its words; raises VenueNotFound."""
    owner = actor.organisation_id
    get_venue(session, organisation_id=owner, venue_id=given["venue_id"])
    row = HeardEntry(
        organisation_id=owner,
        id=new_id(),
        venue_id=given["venue_id"],
        version=1,
        created_at=now,
    )
    session.add(row)
    session.flush()
    words = {name: given.get(name) for name in _WORDS}
    return _keep(session, actor, row, words, act="heard_entry.written", now=now)


def change(
    session: Session, *, actor: Actor, entry_id: UUID, to: dict[str, Any], now: datetime
) -> EntryFacts:
    """Change the words in ``to`` of an entry that is still as ``to["seen_version"]`` says.

    Raises HeardEntryNotFound, HeardEntryChanged and HeardEntryWithdrawn.
    """
    row = queries.lock_entry(session, organisation_id=actor.organisation_id, entry_id=entry_id)
    if row.withdrawn_at is not None:
        raise HeardEntryWithdrawn
    if to["seen_version"] != row.version:
        raise HeardEntryChanged(version=row.version)
    said = {name: to[name] for name in _WORDS if name in to}
    return _add(session, actor, row, said, act="heard_entry.changed", now=now)


def withdraw(session: Session, *, actor: Actor, entry_id: UUID, now: datetime) -> EntryFacts:
    """Take an entry off the page; its versions and answers stay. The same again changes nothing.

    Raises HeardEntryNotFound.
    """
    owner = actor.organisation_id
    row = queries.lock_entry(session, organisation_id=owner, entry_id=entry_id)
    if row.withdrawn_at is not None:
        return queries.get_entry(session, organisation_id=owner, entry_id=entry_id)
    row.withdrawn_at = now
    return _add(session, actor, row, {}, act="heard_entry.withdrawn", now=now)


def decide_why(
    session: Session,
    *,
    actor: Actor,
    answer_id: UUID,
    decision: Decision,
    reason: str,
    now: datetime,
) -> WhyFacts:
    """Show to everybody why something does not work yet for a fan, or to nobody.

    It is written into the audit with its reason. Raises WhyNotFound.
    """
    row = queries.lock_why(session, organisation_id=actor.organisation_id, answer_id=answer_id)
    before, after = row.why_state, _STATES[decision]
    if before is not after:
        row.why_state = after
        session.flush()
        audit.record(
            session,
            actor=actor,
            act=f"heard_why.{after}",
            subject_id=answer_id,
            now=now,
            detail={"reason": reason, "before": before},
        )
    return queries.why_of(row)


def _add(
    session: Session,
    actor: Actor,
    row: HeardEntry,
    said: dict[str, Any],
    *,
    act: str,
    now: datetime,
) -> EntryFacts:
    latest = session.get_one(HeardVersion, (row.organisation_id, row.id, row.version))
    words = {name: getattr(latest, name) for name in _WORDS} | said
    row.version += 1
    return _keep(session, actor, row, words, act=act, now=now)


def _keep(
    session: Session,
    actor: Actor,
    row: HeardEntry,
    words: dict[str, Any],
    *,
    act: str,
    now: datetime,
) -> EntryFacts:
    session.add(
        HeardVersion(
            organisation_id=row.organisation_id,
            entry_id=row.id,
            number=row.version,
            withdrawn=row.withdrawn_at is not None,
            written_by=actor.employee_id,
            written_at=now,
            **words,
        )
    )
    session.flush()
    detail = {"version": row.version, **words}
    audit.record(session, actor=actor, act=act, subject_id=row.id, now=now, detail=detail)
    return queries.get_entry(session, organisation_id=row.organisation_id, entry_id=row.id)
