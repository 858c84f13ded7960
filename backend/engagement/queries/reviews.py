"""Held ratings: those that wait for a person, and what became of the others."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, select, tuple_
from sqlalchemy.orm import Session

from backend.engagement.models import (
    InvitationShare,
    Rating,
    RatingAnswer,
    RatingDecision,
    RatingHold,
    RatingQuestion,
)
from backend.engagement.problems import ReviewNotFound
from backend.engagement.rules import RatingState, Reason, ReviewDecision
from backend.foundation.backlogs import Backlog, measure
from backend.foundation.db import written_out
from backend.integrity.rules.suspicions import Suspicion

_HELD = written_out(RatingState.HELD)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewFilter:
    """Which held ratings: those that wait, or those decided; of one event or employee, or of all.

    ``not_about`` are accounts whose ratings are left out: nobody reads who suspects them.
    """

    waiting: bool = True
    event_id: UUID | None = None
    employee_id: UUID | None = None
    not_about: Collection[UUID] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReviewFacts:
    """A rating that was held, why, and what was decided; its ``version`` is its last answer's."""

    rating_id: UUID
    event_id: UUID
    employee_id: UUID
    request_id: UUID | None
    stars: int
    reason: Reason | None
    comment: str | None
    rated_at: datetime
    version: int
    suspicions: tuple[Suspicion, ...]
    decision: ReviewDecision | None
    decided_by: UUID | None
    decided_at: datetime | None
    decided_because: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AskedFacts:
    """What somebody wanted to know before a held rating is decided on."""

    rating_id: UUID
    asked_by: UUID
    question: str
    asked_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingGlance:
    """A rating beside another: whom it is about, what it says, and whether it counts."""

    rating_id: UUID
    event_id: UUID
    employee_id: UUID
    stars: int
    rated_at: datetime
    state: RatingState


def list_reviews(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: ReviewFilter,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[ReviewFacts]:
    """Return at most ``limit`` held ratings as they came.

    ``after`` is the (rated_at, rating id) of the row before the first one wanted.
    """
    conditions: list[ColumnElement[bool]] = [
        Rating.state == _HELD if wanted.waiting else Rating.state != _HELD
    ]
    if wanted.event_id is not None:
        conditions.append(Rating.event_id == wanted.event_id)
    if wanted.employee_id is not None:
        conditions.append(Rating.employee_id == wanted.employee_id)
    if wanted.not_about:
        conditions.append(~is_about(wanted.not_about))
    if after is not None:
        conditions.append(tuple_(Rating.rated_at, Rating.id) > tuple_(*after))
    query = _reviews(organisation_id).where(*conditions)
    rows = session.execute(query.order_by(Rating.rated_at, Rating.id).limit(limit))
    return [_facts(*row) for row in rows]


def get_review(session: Session, *, organisation_id: UUID, rating_id: UUID) -> ReviewFacts:
    """Return a rating that was held; raises ReviewNotFound."""
    row = session.execute(_reviews(organisation_id).where(Rating.id == rating_id)).one_or_none()
    if row is None:
        raise ReviewNotFound
    return _facts(*row)


def lock_held(session: Session, *, organisation_id: UUID, rating_id: UUID) -> Rating:
    """Return a rating that was held, locked; raises ReviewNotFound."""
    held = exists().where(
        RatingHold.organisation_id == Rating.organisation_id, RatingHold.rating_id == Rating.id
    )
    row = session.scalar(
        select(Rating)
        .where(Rating.organisation_id == organisation_id, Rating.id == rating_id, held)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise ReviewNotFound
    return row


def lock_some_held(
    session: Session, *, organisation_id: UUID, event_ids: Collection[UUID], limit: int
) -> list[Rating]:
    """Return at most ``limit`` ratings of these events that wait and nobody else has in hand."""
    query = (
        select(Rating)
        .where(
            Rating.organisation_id == organisation_id,
            Rating.state == _HELD,
            Rating.event_id.in_(event_ids),
        )
        .order_by(Rating.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return list(session.scalars(query))


def get_shares(session: Session, *, organisation_id: UUID, rating_id: UUID) -> Mapping[UUID, int]:
    """Return the credit shares that a rating is bound to."""
    rows = session.execute(
        select(InvitationShare.employee_id, InvitationShare.percent).where(
            InvitationShare.organisation_id == organisation_id,
            InvitationShare.invitation_id == rating_id,
        )
    )
    return dict(rows.all())


def get_answer_id(session: Session, *, rating: Rating) -> UUID:
    """Return the id of the answer that stands: it is what earns points."""
    return session.scalars(
        select(RatingAnswer.id).where(
            RatingAnswer.organisation_id == rating.organisation_id,
            RatingAnswer.rating_id == rating.id,
            RatingAnswer.number == rating.answers,
        )
    ).one()


def list_questions(
    session: Session, *, organisation_id: UUID, rating_ids: Collection[UUID]
) -> list[AskedFacts]:
    """Return what was asked about these ratings, the oldest first."""
    columns = (
        RatingQuestion.rating_id,
        RatingQuestion.asked_by,
        RatingQuestion.question,
        RatingQuestion.asked_at,
    )
    rows = session.execute(
        select(*columns)
        .where(
            RatingQuestion.organisation_id == organisation_id,
            RatingQuestion.rating_id.in_(rating_ids),
        )
        .order_by(RatingQuestion.asked_at, RatingQuestion.id)
    )
    return [AskedFacts(**row._mapping) for row in rows]


def measure_waiting(
    session: Session, *, organisation_id: UUID, not_about: Collection[UUID]
) -> Backlog:
    """Return the backlog of held ratings that are not about these accounts."""
    return measure(
        session,
        Rating.organisation_id == organisation_id,
        Rating.state == _HELD,
        ~is_about(not_about),
        since=Rating.rated_at,
    )


def list_glances(
    session: Session,
    *,
    organisation_id: UUID,
    rating_ids: Collection[UUID],
    not_about: Collection[UUID],
) -> list[RatingGlance]:
    """Return these ratings as they came, but for those of the accounts ``not_about``."""
    columns = (
        Rating.id.label("rating_id"),
        Rating.event_id,
        Rating.employee_id,
        Rating.stars,
        Rating.rated_at,
        Rating.state,
    )
    rows = session.execute(
        select(*columns)
        .where(
            Rating.organisation_id == organisation_id,
            Rating.id.in_(rating_ids),
            ~is_about(not_about),
        )
        .order_by(Rating.rated_at, Rating.id)
    )
    return [RatingGlance(**row._mapping) for row in rows]


def is_about(accounts: Collection[UUID]) -> ColumnElement[bool]:
    """Return the condition of a rating that one of ``accounts`` has a share in."""
    return exists().where(
        InvitationShare.organisation_id == Rating.organisation_id,
        InvitationShare.invitation_id == Rating.id,
        InvitationShare.employee_id.in_(accounts),
    )


def _reviews(organisation_id: UUID) -> Select[Rating, RatingHold, RatingDecision]:
    return (
        select(Rating, RatingHold, RatingDecision)
        .join(
            RatingHold,
            (RatingHold.organisation_id == Rating.organisation_id)
            & (RatingHold.rating_id == Rating.id),
        )
        .outerjoin(
            RatingDecision,
            (RatingDecision.organisation_id == Rating.organisation_id)
            & (RatingDecision.rating_id == Rating.id),
        )
        .where(Rating.organisation_id == organisation_id)
    )


def _facts(row: Rating, hold: RatingHold, decided: RatingDecision | None) -> ReviewFacts:
    return ReviewFacts(
        rating_id=row.id,
        # Nothing is ever held for who is nobody's.
        event_id=cast(UUID, row.event_id),
        employee_id=cast(UUID, row.employee_id),
        request_id=row.request_id,
        stars=row.stars,
        reason=row.reason,
        comment=row.comment,
        rated_at=row.rated_at,
        version=row.answers,
        suspicions=tuple(Suspicion(word) for word in hold.suspicions.split(" ")),
        decision=decided.decision if decided else None,
        decided_by=decided.decided_by if decided else None,
        decided_at=decided.decided_at if decided else None,
        decided_because=decided.reason if decided else None,
    )
