"""Versions of the rules: published with notice, never changed, never for the past."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.rewards import queries
from backend.rewards.models import RuleVersion
from backend.rewards.problems import RulesMomentTaken, RulesTooSoon
from backend.rewards.rules import DEFAULT_DOCUMENT, NOTICE, SINCE_EVER, parse

_PUBLISHED = "rules.published"


def publish(
    session: Session,
    *,
    actor: Actor,
    document: dict[str, Any],
    effective_from: datetime | None,
    now: datetime,
) -> RuleVersion:
    """Publish ``document`` as the next version, in effect from ``effective_from``.

    Without an instant it takes effect a minute from now, which is also the earliest: what was
    earned is never judged anew. Raises RulesOutOfBounds, RulesTooSoon, RulesMomentTaken.
    """
    starts = effective_from or now + NOTICE
    if starts < now + NOTICE:
        raise RulesTooSoon
    owner = actor.organisation_id
    versions = queries.list_rule_versions(session, organisation_id=owner)
    if any(version.effective_from == starts for version in versions):
        raise RulesMomentTaken
    version = RuleVersion(
        organisation_id=owner,
        id=new_id(),
        number=1 + max((version.number for version in versions), default=0),
        effective_from=starts,
        document=document,
        published_at=now,
        published_by=actor.employee_id,
    )
    parse(document, version_id=version.id, number=version.number)
    session.add(version)
    audit.record(session, actor=actor, act=_PUBLISHED, **_said(version))
    session.flush()
    queries.forget_rules(organisation_id=owner)
    return version


def ensure_default(session: Session, *, organisation_id: UUID, now: datetime) -> None:
    """Give an organisation that has no rules the default ones, in effect since ever."""
    if queries.list_rule_versions(session, organisation_id=organisation_id):
        return
    version = RuleVersion(
        organisation_id=organisation_id,
        id=new_id(),
        number=1,
        effective_from=SINCE_EVER,
        document=DEFAULT_DOCUMENT,
        published_at=now,
        published_by=None,
    )
    session.add(version)
    audit.record_job(session, organisation_id=organisation_id, act=_PUBLISHED, **_said(version))
    session.flush()


def _said(version: RuleVersion) -> dict[str, Any]:
    """Return what the audit has of a version: all by which it decides what work pays."""
    detail = {
        "number": version.number,
        "effective_from": version.effective_from.astimezone(UTC).isoformat(),
        "document": version.document,
    }
    return {"subject_id": version.id, "now": version.published_at, "detail": detail}
