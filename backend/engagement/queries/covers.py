"""Posts that were left, and who stands in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from backend.engagement.models import PostCover
from backend.engagement.problems import CoverNotFound
from backend.engagement.rules import CoverState
from backend.venues.queries import PostFacts, ZoneFacts, get_post


@dataclass(frozen=True, kw_only=True, slots=True)
class CoverView:
    """A post that was left, and how it is covered."""

    organisation_id: UUID
    id: UUID
    event_id: UUID
    request_id: UUID
    left_by: UUID
    left_at: datetime
    asked_id: UUID | None
    asked_at: datetime | None
    escalated_at: datetime | None
    covered_by: UUID | None
    covered_at: datetime | None
    ended_at: datetime | None
    post: PostFacts

    @property
    def zone(self) -> ZoneFacts:
        """Return the zone of the post."""
        return self.post.zone

    @property
    def state(self) -> CoverState:
        """Return whether somebody is wanted still."""
        if self.ended_at is not None:
            return CoverState.OVER
        return CoverState.COVERED if self.covered_by else CoverState.WANTED


_OWN_FIELDS = tuple(name for name in CoverView.__dataclass_fields__ if name != "post")


def view_of(session: Session, row: PostCover) -> CoverView:
    """Return ``row`` as it leaves the domain."""
    post = get_post(session, organisation_id=row.organisation_id, post_id=row.post_id)
    return CoverView(**{name: getattr(row, name) for name in _OWN_FIELDS}, post=post)


def get_cover(session: Session, *, organisation_id: UUID, cover_id: UUID) -> CoverView:
    """Return a cover as it is stored now; raises CoverNotFound."""
    row = session.get(PostCover, (organisation_id, cover_id), populate_existing=True)
    if row is None:
        raise CoverNotFound
    return view_of(session, row)


def find_covering(session: Session, *, organisation_id: UUID, employee_id: UUID) -> UUID | None:
    """Return the id of the cover in which an employee stands in now, or None."""
    return session.scalar(
        select(PostCover.id).where(
            PostCover.organisation_id == organisation_id,
            PostCover.covered_by == employee_id,
            PostCover.ended_at.is_(None),
        )
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Covering:
    """That somebody stands in at a post now."""

    organisation_id: UUID
    id: UUID
    event_id: UUID
    covered_by: UUID


def list_covering(session: Session) -> list[Covering]:
    """Return everybody who stands in now, in every organisation."""
    rows = session.execute(
        select(*(getattr(PostCover, name) for name in Covering.__dataclass_fields__)).where(
            PostCover.ended_at.is_(None), PostCover.covered_by.is_not(None)
        )
    )
    return [Covering(**row._mapping) for row in rows]


def lock_covering(session: Session, one: Covering) -> PostCover | None:
    """Lock a cover if it stands as it did and is in nobody else's hands, or return None."""
    return session.scalar(
        select(PostCover)
        .where(
            PostCover.organisation_id == one.organisation_id,
            PostCover.id == one.id,
            PostCover.ended_at.is_(None),
            PostCover.covered_by == one.covered_by,
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def list_open_of(session: Session, *, organisation_id: UUID, employee_id: UUID) -> list[CoverView]:
    """Return the open covers that an employee left, stands in, or is asked for; oldest first."""
    asked = (PostCover.asked_id == employee_id) & PostCover.covered_by.is_(None)
    rows = session.scalars(
        select(PostCover)
        .where(
            PostCover.organisation_id == organisation_id,
            PostCover.ended_at.is_(None),
            or_(PostCover.left_by == employee_id, PostCover.covered_by == employee_id, asked),
        )
        .order_by(PostCover.left_at, PostCover.id)
    )
    return [view_of(session, row) for row in rows]


def lock_uncovered(session: Session, *, organisation_id: UUID, post_id: UUID) -> PostCover | None:
    """Lock the cover of a post that has waited longest for somebody, or return None."""
    return session.scalar(
        select(PostCover)
        .where(
            PostCover.organisation_id == organisation_id,
            PostCover.post_id == post_id,
            PostCover.ended_at.is_(None),
            PostCover.covered_by.is_(None),
        )
        .order_by(PostCover.left_at, PostCover.id)
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def list_unanswered(session: Session, *, asked_before: datetime) -> Sequence[tuple[UUID, UUID]]:
    """Return the (organisation_id, id) of covers that nobody came for since they were asked.

    Those for which nobody could be asked, too. Of every organisation, the oldest first.
    """
    rows = session.execute(
        select(PostCover.organisation_id, PostCover.id)
        .where(*_unanswered(asked_before))
        .order_by(PostCover.left_at)
    )
    return [(organisation_id, cover_id) for organisation_id, cover_id in rows]


def lock_unanswered(
    session: Session, *, organisation_id: UUID, cover_id: UUID, asked_before: datetime
) -> PostCover | None:
    """Lock a cover if it is still unanswered and in nobody else's hands, or return None."""
    return session.scalar(
        select(PostCover)
        .where(
            PostCover.organisation_id == organisation_id,
            PostCover.id == cover_id,
            *_unanswered(asked_before),
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _unanswered(asked_before: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        PostCover.ended_at.is_(None),
        PostCover.covered_by.is_(None),
        PostCover.escalated_at.is_(None),
        or_(PostCover.asked_at.is_(None), PostCover.asked_at <= asked_before),
    )
