"""Reopening a season: one person asks, another approves within fourteen days."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.services import persons
from backend.venues import queries
from backend.venues.models import Season, SeasonReopening
from backend.venues.problems import (
    OwnReopening,
    ReopeningAsked,
    ReopeningNotAsked,
    SeasonOpen,
)
from backend.venues.queries import SeasonFacts, closings
from backend.venues.queries.closings import ReopeningFacts
from backend.venues.rules import REOPENING_WITHIN, ReopeningStatus, SeasonStatus


def ask(
    session: Session, *, actor: Actor, season_id: UUID, reason: str, now: datetime
) -> ReopeningFacts:
    """Ask to reopen a season, which another person must approve within fourteen days.

    Raises SeasonNotFound, SeasonOpen, PersonUnknown, and ReopeningAsked while somebody's wish
    waits.
    """
    row = _lock_closed(session, actor, season_id)
    waiting = _find_asked(session, row)
    if waiting is not None:
        if waiting.expires_at > now:
            raise ReopeningAsked
        waiting.status = ReopeningStatus.EXPIRED
        session.flush()
    asker = persons.around(session, actor=actor, concerned=[])
    asked = SeasonReopening(
        organisation_id=actor.organisation_id,
        id=new_id(),
        season_id=season_id,
        status=ReopeningStatus.ASKED,
        reason=reason,
        asked_by=actor.employee_id,
        asked_by_person=asker.actor_person,
        asked_at=now,
        expires_at=now + REOPENING_WITHIN,
    )
    session.add(asked)
    session.flush()
    _record(session, actor, asked, act="season.reopening_asked", now=now)
    return closings.reopening_facts(asked)


def approve(session: Session, *, actor: Actor, season_id: UUID, now: datetime) -> SeasonFacts:
    """Reopen a season as somebody else has asked; it can then be closed again.

    What came too late stays so. Raises SeasonNotFound, SeasonOpen, ReopeningNotAsked, OwnReopening
    and PersonUnknown.
    """
    row = _lock_closed(session, actor, season_id)
    asked = _find_asked(session, row)
    if asked is None or asked.expires_at <= now:
        raise ReopeningNotAsked
    person = _another_person(session, asked, actor)
    asked.status = ReopeningStatus.APPROVED
    asked.approved_by, asked.approved_by_person = actor.employee_id, person
    asked.approved_at = now
    row.status, row.closes_at, row.freezes_at = SeasonStatus.OPEN, None, None
    session.flush()
    # Elsewhere it is remembered as closed for some seconds more: what comes then is late.
    queries.forget_events()
    _record(session, actor, asked, act="season.reopened", now=now)
    return queries.get_season(session, organisation_id=actor.organisation_id, season_id=season_id)


def _lock_closed(session: Session, actor: Actor, season_id: UUID) -> Season:
    """Lock a season that is closed, or being closed; one may think better of it, too."""
    owner = actor.organisation_id
    row = closings.lock_season(session, organisation_id=owner, season_id=season_id)
    if row.status is SeasonStatus.OPEN:
        raise SeasonOpen
    return row


def _find_asked(session: Session, row: Season) -> SeasonReopening | None:
    return session.scalar(
        select(SeasonReopening)
        .where(
            SeasonReopening.organisation_id == row.organisation_id,
            SeasonReopening.season_id == row.id,
            SeasonReopening.status == ReopeningStatus.ASKED,
        )
        .execution_options(populate_existing=True)
    )


def _another_person(session: Session, asked: SeasonReopening, actor: Actor) -> str:
    """Return which person ``actor`` is; raises OwnReopening for who asked, on any account."""
    circle = persons.around(
        session, actor=actor, concerned=[asked.asked_by], known=[asked.asked_by_person]
    )
    if circle.has_actor:
        raise OwnReopening
    return circle.actor_person


def _record(
    session: Session, actor: Actor, asked: SeasonReopening, *, act: str, now: datetime
) -> None:
    detail = {
        "reopening_id": str(asked.id),
        "asked_by": str(asked.asked_by),
        "reason": asked.reason,
    }
    audit.record(session, actor=actor, act=act, subject_id=asked.season_id, now=now, detail=detail)
