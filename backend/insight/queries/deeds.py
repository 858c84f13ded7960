"""What points were earned by, as HR looks into it: a request with its history, and its rating."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Invitation, Rating, RatingAnswer
from backend.engagement.rules import RatingState, Reason
from backend.insight.problems import NothingGiven
from backend.rewards.rules import Reversible
from backend.venues.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingSeen:
    """A rating as it stands; what the fan wrote is with the comments alone."""

    id: UUID
    employee_id: UUID | None
    stars: int
    reason: Reason | None
    state: RatingState
    answers: int
    rated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """What somebody did: a request, a rated card, or both of a request and its rating."""

    request_id: UUID | None
    rating: RatingSeen | None
    event: str | None


def get_deed(session: Session, *, organisation_id: UUID, kind: Reversible, source_id: UUID) -> Deed:
    """Return what a source of the ledger was, named as its entries name it.

    Raises NothingGiven for a rating that is not there; whether a request is, its reader finds out.
    """
    rating_id = None
    if kind is Reversible.RATING:
        rating_id = session.scalar(
            select(RatingAnswer.rating_id).where(
                RatingAnswer.organisation_id == organisation_id, RatingAnswer.id == source_id
            )
        )
        if rating_id is None:
            raise NothingGiven
        request_id = session.scalar(
            select(Invitation.request_id).where(
                Invitation.organisation_id == organisation_id, Invitation.id == rating_id
            )
        )
    else:
        request_id = source_id
        rating_id = session.scalar(
            select(Invitation.id).where(
                Invitation.organisation_id == organisation_id,
                Invitation.request_id == source_id,
            )
        )
    rating = session.get(Rating, (organisation_id, rating_id)) if rating_id else None
    return Deed(
        request_id=request_id,
        rating=_seen(rating) if rating else None,
        event=_event(session, organisation_id, rating.event_id) if rating else None,
    )


def _seen(row: Rating) -> RatingSeen:
    return RatingSeen(
        **{name: getattr(row, name) for name in RatingSeen.__dataclass_fields__},
    )


def _event(session: Session, organisation_id: UUID, event_id: UUID | None) -> str | None:
    return session.scalar(
        select(Event.name).where(Event.organisation_id == organisation_id, Event.id == event_id)
    )
