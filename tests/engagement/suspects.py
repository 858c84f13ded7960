"""Answers that are not believed by themselves, and who decides on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Rating, RatingHold
from backend.engagement.rules import RatingState, ReviewDecision
from backend.engagement.services import ratings, reviews
from backend.engagement.services.ratings import GivenAnswer, Received
from backend.engagement.services.reviews import Judgement, Review
from backend.foundation.actor import Actor
from backend.integrity.rules.suspicions import Sighting, Suspicion
from tests.engagement.stories import Evening, resolved
from tests.factories import NOW

RATED = NOW + timedelta(minutes=1)
DECIDED = RATED + timedelta(minutes=11)


def phone(number: int = 0, *, browser: int | None = None, staff: bool = False) -> Sighting:
    """Return what is seen of phone ``number``: known by its browser, and by how it looks."""
    known = number if browser is None else browser
    return Sighting(
        browser=known.to_bytes(16),
        device=number.to_bytes(16),
        staff=Suspicion.STAFF_DEVICE if staff else None,
    )


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A code that was used, and what was answered to it."""

    code: str
    received: Received

    @property
    def id(self) -> UUID:
        return self.received.rating_id


def rate(
    session: Session,
    who: Actor,
    *,
    seen: Sighting | None,
    stars: int = 5,
    now: datetime = RATED,
) -> Answered:
    """Let ``who`` resolve a request, and a fan rate it with the phone that is ``seen``."""
    code = resolved(session, who).code
    received = ratings.receive(
        session, code=code, given=GivenAnswer(stars=stars), sighting=seen, now=now
    )
    return Answered(code=code, received=received)


def held(session: Session, who: Actor, *, stars: int = 5) -> Answered:
    """Let a request of ``who`` be rated on a phone of staff."""
    return rate(session, who, stars=stars, seen=phone(staff=True))


def state_of(session: Session, evening: Evening, rating_id: UUID) -> RatingState:
    """Return how a rating stands in the database."""
    return session.scalars(
        select(Rating.state).where(
            Rating.organisation_id == evening.organisation_id, Rating.id == rating_id
        )
    ).one()


def suspicions_of(session: Session, evening: Evening, rating_id: UUID) -> str:
    """Return why a rating was held; nothing where it was not."""
    found = session.scalar(
        select(RatingHold.suspicions).where(
            RatingHold.organisation_id == evening.organisation_id,
            RatingHold.rating_id == rating_id,
        )
    )
    return found or ""


def decide(
    session: Session,
    who: Actor,
    rating_id: UUID,
    decision: ReviewDecision = ReviewDecision.ACCEPTED,
    *,
    version: int = 1,
    now: datetime = DECIDED,
) -> Review:
    """Let ``who`` decide on a held rating."""
    judgement = Judgement(decision=decision, reason="I have asked.", seen_version=version)
    return reviews.decide(session, actor=who, rating_id=rating_id, judgement=judgement, now=now)
