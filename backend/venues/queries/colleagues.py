"""Reads of who is on duty beside somebody, the nearest first."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from backend.venues.models import Post, Shift, Zone
from backend.venues.queries.places import PostFacts, ZoneFacts


@dataclass(frozen=True, kw_only=True, slots=True)
class OnDuty:
    """Somebody at a post; ``far`` is 0 in the zone of who looks, else 1."""

    employee_id: UUID
    post: PostFacts
    far: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Beside:
    """Where somebody looks for colleagues: who, at which event, when, from which zone if any."""

    organisation_id: UUID
    employee_id: UUID
    event_id: UUID
    zone_id: UUID | None
    at: datetime


def list_colleagues(
    session: Session, *, beside: Beside, after: tuple[int, str, UUID] | None, limit: int
) -> list[OnDuty]:
    """Return at most ``limit`` others on duty, those in the own zone first, then by post.

    Whoever has two shifts at once is where the one takes them that started last. ``after`` is the
    (far, code of the post, employee) of the row before the first one wanted.
    """
    far = case((Zone.id == beside.zone_id, 0), else_=1)
    query = (
        select(
            Shift.employee_id,
            far.label("far"),
            *(Post.id, Post.code, Post.name),
            *(Zone.id, Zone.venue_id, Zone.code, Zone.name, Zone.kind),
        )
        .join(Post, and_(Post.organisation_id == Shift.organisation_id, Post.id == Shift.post_id))
        .join(Zone, and_(Zone.organisation_id == Post.organisation_id, Zone.id == Post.zone_id))
        .where(
            Shift.organisation_id == beside.organisation_id,
            Shift.event_id == beside.event_id,
            Shift.employee_id != beside.employee_id,
            Shift.starts_at <= beside.at,
            Shift.ends_at >= beside.at,
            ~_elsewhere(beside.at),
        )
        .order_by(far, Post.code, Shift.employee_id)
        .limit(limit)
    )
    if after is not None:
        its_far, code, employee_id = after
        later = tuple_(Post.code, Shift.employee_id) > tuple_(code, employee_id)
        query = query.where(or_(far > its_far, and_(far == its_far, later)))
    return [
        OnDuty(
            employee_id=row[0],
            far=row[1],
            post=PostFacts(
                id=row[2],
                code=row[3],
                name=row[4],
                zone=ZoneFacts(id=row[5], venue_id=row[6], code=row[7], name=row[8], kind=row[9]),
            ),
        )
        for row in session.execute(query)
    ]


def _elsewhere(at: datetime) -> ColumnElement[bool]:
    """Tell whether a later shift has called somebody away."""
    later = aliased(Shift)
    return (
        select(later.id)
        .where(
            later.organisation_id == Shift.organisation_id,
            later.employee_id == Shift.employee_id,
            tuple_(later.starts_at, later.id) > tuple_(Shift.starts_at, Shift.id),
            later.starts_at <= at,
            later.ends_at >= at,
        )
        .exists()
    )
