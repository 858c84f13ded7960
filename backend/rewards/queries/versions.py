"""Reads of the rules; what was read is remembered for seconds."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.rewards.models import RuleVersion
from backend.rewards.problems import NoRulesYet
from backend.rewards.rules import Rules, parse

_REMEMBERED_SECONDS = 5.0
_MOST_REMEMBERED = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionFacts:
    """One published version; ``current`` when it is in effect now."""

    id: UUID
    number: int
    effective_from: datetime
    published_at: datetime
    published_by: UUID | None
    current: bool
    document: dict[str, Any]
    most_points_per_shift: int


# Versions never change, and a new one takes effect a minute after it was published, so what was
# read seconds ago is right. By organisation: when it was read, and the versions, latest first.
_remembered: dict[UUID, tuple[float, list[tuple[datetime, Rules]]]] = {}


def get_rules(session: Session, *, organisation_id: UUID, at: datetime) -> Rules:
    """Return the rules in effect at the instant ``at``; raises NoRulesYet.

    Those are of the version that took effect last, whatever its number.
    """
    read_at, versions = _remembered.get(organisation_id, (0.0, []))
    if not versions or time.monotonic() - read_at > _REMEMBERED_SECONDS:
        versions = _read(session, organisation_id)
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[organisation_id] = (time.monotonic(), versions)
    for effective_from, rules in versions:
        if effective_from <= at:
            return rules
    raise NoRulesYet


def _read(session: Session, organisation_id: UUID) -> list[tuple[datetime, Rules]]:
    rows = list_rule_versions(session, organisation_id=organisation_id)
    return [
        (row.effective_from, parse(row.document, version_id=row.id, number=row.number))
        for row in sorted(rows, key=lambda row: row.effective_from, reverse=True)
    ]


def forget_rules(*, organisation_id: UUID) -> None:
    """Read this organisation's rules anew the next time."""
    _remembered.pop(organisation_id, None)


def list_rule_versions(
    session: Session,
    *,
    organisation_id: UUID,
    below: int | None = None,
    limit: int | None = None,
) -> Sequence[RuleVersion]:
    """Return at most ``limit`` versions with numbers under ``below``, the newest first."""
    query = select(RuleVersion).where(RuleVersion.organisation_id == organisation_id)
    if below is not None:
        query = query.where(RuleVersion.number < below)
    return session.scalars(query.order_by(RuleVersion.number.desc()).limit(limit)).all()


def find_current_number(session: Session, *, organisation_id: UUID, at: datetime) -> int | None:
    """Return the number of the version in effect at ``at``, or None."""
    return session.scalar(
        select(RuleVersion.number)
        .where(RuleVersion.organisation_id == organisation_id, RuleVersion.effective_from <= at)
        .order_by(RuleVersion.effective_from.desc())
        .limit(1)
    )


def version_facts(version: RuleVersion, *, current_number: int | None) -> VersionFacts:
    """Return what is told of ``version``, with the most that it can pay."""
    rules = parse(version.document, version_id=version.id, number=version.number)
    return VersionFacts(
        id=version.id,
        number=version.number,
        effective_from=version.effective_from,
        published_at=version.published_at,
        published_by=version.published_by,
        current=version.number == current_number,
        document=version.document,
        most_points_per_shift=rules.most_points_per_shift,
    )
