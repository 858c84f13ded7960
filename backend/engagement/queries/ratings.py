"""Invitations by their code, and the few statements that one rating costs.

Ratings are a hot path that the bench names, so that what one writes goes to the driver prepared.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ClauseElement,
    Integer,
    String,
    bindparam,
    case,
    cast,
    exists,
    literal,
    select,
)
from sqlalchemy import insert as plain_insert
from sqlalchemy import update as plain_update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import (
    Invitation,
    InvitationShare,
    Rating,
    RatingAnswer,
    Request,
    RequestStep,
    Tally,
)
from backend.engagement.rules import Step, is_five, is_good
from backend.foundation.prepared import Prepared


@dataclass(frozen=True, kw_only=True, slots=True)
class Bound:
    """What a code is bound to, for ever, and whether it can still be used."""

    organisation_id: UUID
    id: UUID
    request_id: UUID
    employee_id: UUID
    event_id: UUID
    expired: bool
    used: bool
    shares: Mapping[UUID, int]


def _flag(condition: Any) -> Any:
    return cast(case((condition, 1), else_=0), Integer)


# One row per credit share. Ids as text and conditions as numbers are the same on both drivers.
_BY_CODE = Prepared(
    select(
        cast(Invitation.organisation_id, String),
        cast(Invitation.id, String),
        cast(Invitation.request_id, String),
        cast(Invitation.employee_id, String),
        cast(Invitation.event_id, String),
        _flag(Invitation.expires_at <= bindparam("now")),
        _flag(Rating.id.is_not(None)),
        cast(InvitationShare.employee_id, String),
        InvitationShare.percent,
    )
    .join(
        InvitationShare,
        (InvitationShare.organisation_id == Invitation.organisation_id)
        & (InvitationShare.invitation_id == Invitation.id),
    )
    .join(
        Rating,
        (Rating.organisation_id == Invitation.organisation_id)
        & (Rating.invitation_id == Invitation.id),
        isouter=True,
    )
    .where(Invitation.code_hash == bindparam("code_hash"))
)


def find_bound(session: Session, *, code_hash: bytes, now: datetime) -> Bound | None:
    """Return what the code with ``code_hash`` is bound to, in whichever organisation, or None.

    The code itself is the proof: fans have no session that would name an organisation.
    """
    rows = _BY_CODE.run(session, code_hash=code_hash, now=now).fetchall()
    if not rows:
        return None
    *ids, expired, used, _, _ = rows[0]
    organisation_id, invitation_id, request_id, employee_id, event_id = map(UUID, ids)
    return Bound(
        organisation_id=organisation_id,
        id=invitation_id,
        request_id=request_id,
        employee_id=employee_id,
        event_id=event_id,
        expired=bool(expired),
        used=bool(used),
        shares={UUID(who): percent for *_, who, percent in rows},
    )


def _parameters(*columns: Any) -> dict[str, Any]:
    return {column.key: bindparam(column.key, type_=column.type) for column in columns}


_RATING = Prepared(
    insert(Rating).values(_parameters(*Rating.__table__.columns)).on_conflict_do_nothing()
)
# Taken from the rating, so that it writes nothing when another answer was first.
_ANSWER_COLUMNS = ("organisation_id", "id", "rating_id", "number", "stars", "reason", "comment")
_ANSWER = Prepared(
    plain_insert(RatingAnswer).from_select(
        [*_ANSWER_COLUMNS, "answered_at"],
        select(
            Rating.organisation_id,
            bindparam("answer_id", type_=RatingAnswer.id.type),
            Rating.id,
            Rating.answers,
            Rating.stars,
            Rating.reason,
            Rating.comment,
            bindparam("now", type_=RatingAnswer.answered_at.type),
        ).where(
            Rating.organisation_id == bindparam("organisation_id"), Rating.id == bindparam("id")
        ),
    )
)
_its_request = (
    Request.organisation_id == bindparam("organisation_id"),
    Request.id == bindparam("request_id"),
)
_COUNT_STEP = Prepared(plain_update(Request).where(*_its_request).values(steps=Request.steps + 1))
_WRITE_STEP = Prepared(
    plain_insert(RequestStep).from_select(
        ["organisation_id", "request_id", "number", "step", "detail", "at", "recorded_at"],
        select(
            Request.organisation_id,
            Request.id,
            Request.steps,
            bindparam("step", type_=RequestStep.step.type),
            bindparam("detail", type_=RequestStep.detail.type),
            bindparam("now", type_=RequestStep.at.type),
            bindparam("now", type_=RequestStep.at.type),
        ).where(*_its_request),
    )
)


def _tally(*, paid: int) -> ClauseElement:
    """Return the statement that counts one rating, if it was kept; a paid one only below the cap.

    All are sent before the first is answered: an answer that lost the race must count nothing.
    """
    statement = (
        plain_update(Tally)
        .where(
            Tally.organisation_id == bindparam("organisation_id"),
            Tally.event_id == bindparam("event_id"),
            Tally.employee_id == bindparam("employee_id"),
            exists().where(
                Rating.organisation_id == bindparam("organisation_id"),
                Rating.id == bindparam("rating_id"),
            ),
        )
        .values(
            ratings=Tally.ratings + 1,
            five_star=Tally.five_star + bindparam("fives", type_=Integer()),
            good=Tally.good + bindparam("goods", type_=Integer()),
            paid_ratings=Tally.paid_ratings + literal(paid),
        )
    )
    return statement.where(Tally.paid_ratings < bindparam("cap")) if paid else statement


_COUNT_PAID, _COUNT_UNPAID = Prepared(_tally(paid=1)), Prepared(_tally(paid=0))


def add_rating(session: Session, row: Mapping[str, Any]) -> Any:
    """Keep a rating unless its invitation has one; the cursor's rowcount tells, once sent."""
    return _RATING.run(session, **row)


def add_answer(
    session: Session, *, organisation_id: UUID, rating_id: UUID, answer_id: UUID, now: datetime
) -> None:
    """Keep the answer that a rating holds now in its history."""
    _ANSWER.run(
        session, organisation_id=organisation_id, id=rating_id, answer_id=answer_id, now=now
    )


def add_step(session: Session, *, bound: Bound, step: Step, number: int, now: datetime) -> None:
    """Write into the request's history that the fan gave answer ``number``, not what it was."""
    key = {"organisation_id": bound.organisation_id, "request_id": bound.request_id}
    _COUNT_STEP.run(session, **key)
    _WRITE_STEP.run(session, **key, step=step, detail={"answer": number}, now=now)


def count_paid(session: Session, *, bound: Bound, rating_id: UUID, stars: int, cap: int) -> Any:
    """Count a rating that pays; the cursor's rowcount is 0 where ``cap`` are paid already."""
    return _COUNT_PAID.run(session, **_counts(bound, rating_id, stars), cap=cap)


def count_unpaid(session: Session, *, bound: Bound, rating_id: UUID, stars: int) -> None:
    """Count a rating that does not pay."""
    _COUNT_UNPAID.run(session, **_counts(bound, rating_id, stars))


def _counts(bound: Bound, rating_id: UUID, stars: int) -> dict[str, Any]:
    return {
        "organisation_id": bound.organisation_id,
        "event_id": bound.event_id,
        "employee_id": bound.employee_id,
        "rating_id": rating_id,
        "fives": int(is_five(stars)),
        "goods": int(is_good(stars)),
    }
