"""What may be asked about who did what."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from backend.foundation.audit import AuditRow


@dataclass(frozen=True, kw_only=True)
class WantedActs:
    """Which acts are looked for; None does not restrict. ``since`` is included, ``until`` not."""

    act: str | None = None
    actor_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_acts(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: WantedActs,
    before: UUID | None,
    limit: int,
) -> list[AuditRow]:
    """Return at most ``limit`` acts, the newest first, those older than the act ``before``."""
    acts = (
        select(AuditRow)
        .where(AuditRow.organisation_id == organisation_id)
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
        .limit(limit)
    )
    if wanted.act:
        acts = acts.where(AuditRow.act == wanted.act)
    if wanted.actor_id:
        acts = acts.where(AuditRow.actor_id == wanted.actor_id)
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
    return list(session.scalars(acts))
