"""What may be given, and how much by whom: both kept by HR, every change audited."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.engagement.models import GestureCap, GestureKind
from backend.engagement.problems import GestureCapsRefused
from backend.engagement.queries import gestures as queries
from backend.engagement.queries.gestures import CapFacts, KindFacts
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id


def create(session: Session, *, actor: Actor, given: dict[str, Any], now: datetime) -> KindFacts:
    """Make a kind of gesture with the columns in ``given``."""
    row = GestureKind(
        organisation_id=actor.organisation_id, id=new_id(), active=True, created_at=now, **given
    )
    session.add(row)
    session.flush()
    _record(session, actor, row, act="gesture_kind.created", now=now)
    return queries.kind_of(row)


def change(
    session: Session, *, actor: Actor, kind_id: UUID, to: dict[str, Any], now: datetime
) -> KindFacts:
    """Change the columns in ``to``; what was given keeps its name and price.

    Raises GestureKindNotFound.
    """
    row = queries.lock_kind(session, organisation_id=actor.organisation_id, kind_id=kind_id)
    for name, value in to.items():
        setattr(row, name, value)
    session.flush()
    _record(session, actor, row, act="gesture_kind.changed", now=now)
    return queries.kind_of(row)


def put_caps(
    session: Session, *, actor: Actor, caps: Sequence[CapFacts], now: datetime
) -> list[CapFacts]:
    """Let ``caps`` be what each role may give at one event; a role without one gives nothing.

    What was given before stays given. Raises GestureCapsRefused.
    """
    owner = actor.organisation_id
    if len({(cap.role, cap.currency) for cap in caps}) < len(caps):
        raise GestureCapsRefused(errors={"json": {"items": [GestureCapsRefused.title()]}})
    before = queries.lock_caps(session, organisation_id=owner)
    session.execute(delete(GestureCap).where(GestureCap.organisation_id == owner))
    session.add_all(GestureCap(organisation_id=owner, **asdict(cap)) for cap in caps if cap.cents)
    session.flush()
    after = queries.list_caps(session, organisation_id=owner)
    audit.record(
        session,
        actor=actor,
        act="gesture_caps.set",
        subject_id=None,
        now=now,
        detail={"before": _shown(before), "after": _shown(after)},
    )
    return after


def _shown(caps: Sequence[CapFacts]) -> dict[str, int]:
    return {f"{cap.role} {cap.currency}": cap.cents for cap in caps}


def _record(session: Session, actor: Actor, row: GestureKind, *, act: str, now: datetime) -> None:
    shown = ("name", "category", "cents", "currency", "active")
    detail = {name: getattr(row, name) for name in shown}
    audit.record(session, actor=actor, act=act, subject_id=row.id, now=now, detail=detail)
