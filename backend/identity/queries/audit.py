"""What may be asked about who did what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from backend.foundation.audit import AuditRow, AuditSeal


@dataclass(frozen=True, kw_only=True)
class WantedActs:
    """Which acts are looked for; None does not restrict. ``since`` is included, ``until`` not.

    ``subject_kind`` is what an act begins with: that of ``employee.hired`` is ``employee``.
    """

    act: str | None = None
    actor_id: UUID | None = None
    subject_id: UUID | None = None
    subject_kind: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """Something that somebody did; ``seal`` is the number of its seal, None while it waits."""

    id: UUID
    actor_id: UUID | None
    act: str
    subject_id: UUID | None
    detail: dict[str, Any]
    at: datetime
    seal: int | None


_SEALED = and_(
    AuditSeal.organisation_id == AuditRow.organisation_id, AuditSeal.row_id == AuditRow.id
)


def list_acts(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: WantedActs,
    before: UUID | None,
    limit: int,
) -> list[Act]:
    """Return at most ``limit`` acts, the newest first, those older than the act ``before``."""
    acts = (
        select(AuditRow, AuditSeal.number)
        .outerjoin(AuditSeal, _SEALED)
        .where(AuditRow.organisation_id == organisation_id)
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
        .limit(limit)
    )
    if wanted.act:
        acts = acts.where(AuditRow.act == wanted.act)
    if wanted.actor_id:
        acts = acts.where(AuditRow.actor_id == wanted.actor_id)
    if wanted.subject_id:
        acts = acts.where(AuditRow.subject_id == wanted.subject_id)
    if wanted.subject_kind:
        acts = acts.where(AuditRow.act.startswith(f"{wanted.subject_kind}.", autoescape=True))
    if wanted.since:
        acts = acts.where(AuditRow.at >= wanted.since)
    if wanted.until:
        acts = acts.where(AuditRow.at < wanted.until)
    if before:
        last = session.get(AuditRow, (organisation_id, before))
        if last is None:
            return []
        earlier = and_(AuditRow.at == last.at, AuditRow.id < last.id)
        acts = acts.where(or_(AuditRow.at < last.at, earlier))
    return [_act(row, seal) for row, seal in session.execute(acts)]


def _act(row: AuditRow, seal: int | None) -> Act:
    return Act(
        id=row.id,
        actor_id=row.actor_id,
        act=row.act,
        subject_id=row.subject_id,
        detail=row.detail,
        at=row.at,
        seal=seal,
    )
