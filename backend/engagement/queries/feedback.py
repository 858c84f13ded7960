"""Ratings and comments as people read them: an employee their own, a moderator every comment."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, tuple_
from sqlalchemy.orm import Session

from backend.engagement.models import Rating, RatingDecision
from backend.engagement.problems import CommentNotFound
from backend.engagement.queries.reviews import is_about
from backend.engagement.rules import BATCH, CORRECTION_WINDOW, CommentState, RatingState, Reason
from backend.foundation.actor import Actor
from backend.foundation.backlogs import Backlog, measure


@dataclass(frozen=True, kw_only=True, slots=True)
class CommentView:
    """A fan's comment and what it came with, for whoever moderates.

    It is about nobody where it came with a card that nobody was bound to.
    """

    rating_id: UUID
    event_id: UUID | None
    employee_id: UUID | None
    stars: int
    reason: Reason | None
    comment: str
    state: CommentState
    rated_at: datetime


def comment_of(row: Rating) -> CommentView:
    """Return the comment of a rating that has one."""
    return CommentView(
        rating_id=row.id,
        event_id=row.event_id,
        employee_id=row.employee_id,
        stars=row.stars,
        reason=row.reason,
        comment=row.comment or "",
        state=row.comment_state,
        rated_at=row.rated_at,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedComments:
    """Which comments: in ``state``, given ``until`` then.

    Those about an account of ``not_about`` are left out: nobody judges what is said of them.
    """

    state: CommentState
    until: datetime
    not_about: Collection[UUID]


def list_comments(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: WantedComments,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[CommentView]:
    """Return comments, the oldest first.

    ``after`` is the (rated_at, rating id) of the row before the first one wanted.
    """
    query = (
        select(Rating)
        .where(
            Rating.organisation_id == organisation_id,
            *_wanted(wanted),
        )
        .order_by(Rating.rated_at, Rating.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Rating.rated_at, Rating.id) > tuple_(*after))
    return [comment_of(row) for row in session.scalars(query)]


def measure_comments(session: Session, *, organisation_id: UUID, wanted: WantedComments) -> Backlog:
    """Return the backlog of comments."""
    return measure(
        session,
        Rating.organisation_id == organisation_id,
        *_wanted(wanted),
        since=Rating.rated_at,
    )


def _wanted(wanted: WantedComments) -> tuple[ColumnElement[bool], ...]:
    return (
        Rating.comment_state == wanted.state,
        Rating.comment.is_not(None),
        Rating.rated_at <= wanted.until,
        ~is_about(wanted.not_about),
    )


def lock_commented(session: Session, *, organisation_id: UUID, rating_id: UUID) -> Rating:
    """Return a rating that has a comment, locked; raises CommentNotFound."""
    key = (organisation_id, rating_id)
    row = session.get(Rating, key, populate_existing=True, with_for_update=True)
    if row is None or row.comment is None:
        raise CommentNotFound
    return row


@dataclass(frozen=True, kw_only=True, slots=True)
class Readable:
    """Which ratings somebody may read: those given ``until`` then, and of ``on`` in batches."""

    until: datetime
    on: Collection[UUID]


def list_rated_events(
    session: Session,
    *,
    actor: Actor,
    readable: Readable,
    before: UUID | None,
    limit: int,
) -> Sequence[UUID]:
    """Return the events of which ``actor`` may read ratings of their own, those made last first."""
    query = (
        select(Rating.event_id)
        .where(
            Rating.organisation_id == actor.organisation_id,
            Rating.employee_id == actor.employee_id,
            Rating.state == RatingState.ACCEPTED,
            Rating.rated_at <= readable.until,
        )
        .group_by(Rating.event_id)
        .having(or_(func.count() >= BATCH, Rating.event_id.not_in(readable.on)))
        .order_by(Rating.event_id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Rating.event_id < before)
    return [cast(UUID, event_id) for event_id in session.scalars(query)]


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """One rating as its employee may read it: nothing that tells when, or by whom."""

    stars: int
    reason: Reason | None
    comment: str | None


def list_feedback(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    event_ids: Sequence[UUID],
    until: datetime,
) -> dict[UUID, list[Feedback]]:
    """Return accepted ratings given ``until`` then by event, in the order of becoming readable.

    That is when nothing could correct it any more, or when it was decided on: one that came in
    among those before would be told by what it changes.

    A comment is there only once it was shown by a moderator.
    """
    decided = (RatingDecision.organisation_id == Rating.organisation_id) & (
        RatingDecision.rating_id == Rating.id
    )
    rows = session.execute(
        select(Rating, RatingDecision.decided_at)
        .outerjoin(RatingDecision, decided)
        .where(
            Rating.organisation_id == organisation_id,
            Rating.employee_id == employee_id,
            Rating.event_id.in_(event_ids),
            Rating.state == RatingState.ACCEPTED,
            Rating.rated_at <= until,
        )
    )
    given = [(rating, decided_at) for rating, decided_at in rows]
    found: dict[UUID, list[Feedback]] = {event_id: [] for event_id in event_ids}
    for row, _ in sorted(given, key=_readable_at):
        shown = row.comment_state is CommentState.SHOWN
        found[cast(UUID, row.event_id)].append(
            Feedback(stars=row.stars, reason=row.reason, comment=row.comment if shown else None)
        )
    return found


def _readable_at(given: tuple[Rating, datetime | None]) -> tuple[datetime, UUID]:
    rating, decided_at = given
    return decided_at or rating.rated_at + CORRECTION_WINDOW, rating.id
