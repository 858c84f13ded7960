"""What fans asked for themselves, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Ask, Invitation, Rating, Request, RequestStep
from backend.engagement.rules import Status, Step

_UNFINISHED = (Status.OPEN, Status.ACCEPTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Followed:
    """A fan's ask, the request that it is about now, and that one's last step.

    ``rated`` is None while there is no invitation.
    """

    ask: Ask
    request: Request
    step: Step
    detail: dict[str, Any]
    since: datetime
    rated: bool | None
    rateable_until: datetime | None


def find_followed(session: Session, *, token_hash: bytes) -> Followed | None:
    """Return what is followed by the token with ``token_hash``, in whichever organisation."""
    row = session.execute(
        select(
            Ask,
            Request,
            RequestStep.step,
            RequestStep.detail,
            RequestStep.recorded_at,
            Invitation.expires_at,
            Rating.id,
        )
        .join(
            Request,
            (Request.organisation_id == Ask.organisation_id) & (Request.id == Ask.request_id),
        )
        .join(
            RequestStep,
            (RequestStep.organisation_id == Request.organisation_id)
            & (RequestStep.request_id == Request.id)
            & (RequestStep.number == Request.steps),
        )
        .outerjoin(
            Invitation,
            (Invitation.organisation_id == Request.organisation_id)
            & (Invitation.request_id == Request.id),
        )
        .outerjoin(
            Rating,
            (Rating.organisation_id == Invitation.organisation_id) & (Rating.id == Invitation.id),
        )
        .where(Ask.token_hash == token_hash)
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        return None
    ask, request, step, detail, since, until, rating_id = row
    return Followed(
        ask=ask,
        request=request,
        step=step,
        detail=detail,
        since=since,
        rated=None if until is None else rating_id is not None,
        rateable_until=until,
    )


def find_ask(session: Session, *, organisation_id: UUID, ask_id: UUID) -> Ask | None:
    """Return the ask with this id, or None."""
    return session.scalar(
        select(Ask).where(Ask.organisation_id == organisation_id, Ask.id == ask_id)
    )


def find_ask_of(session: Session, *, organisation_id: UUID, request_id: UUID) -> Ask | None:
    """Return the ask that is about this request now, or None."""
    return session.scalar(
        select(Ask)
        .where(Ask.organisation_id == organisation_id, Ask.request_id == request_id)
        .execution_options(populate_existing=True)
    )


def count_solved(session: Session, *, row: Request, since: datetime) -> int:
    """Return how many other asks of its zone the owner of ``row`` has resolved ``since`` then."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Request)
            .where(
                Request.organisation_id == row.organisation_id,
                Request.owner_id == row.owner_id,
                Request.status == Status.RESOLVED,
                Request.zone_id == row.zone_id,
                Request.opened_by.is_(None),
                Request.closed_at > since,
                Request.id != row.id,
            )
        )
        or 0
    )


def count_waiting(session: Session, *, ask: Ask) -> int:
    """Return how many asks of the place of ``ask`` somebody is still to see to."""
    return (
        session.scalar(
            select(func.count())
            .select_from(Ask)
            .join(
                Request,
                (Request.organisation_id == Ask.organisation_id) & (Request.id == Ask.request_id),
            )
            .where(
                Ask.organisation_id == ask.organisation_id,
                Ask.event_id == ask.event_id,
                Ask.zone_id == ask.zone_id,
                Ask.post_id.is_not_distinct_from(ask.post_id),
                Request.status.in_(_UNFINISHED),
            )
        )
        or 0
    )
