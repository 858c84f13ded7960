"""Which ratings HR took back: those one of whose answers had earned what was taken back."""

from uuid import UUID

from sqlalchemy import Select, select

from backend.engagement.models import RatingAnswer
from backend.rewards.queries import select_taken_back
from backend.rewards.rules import SourceKind


def select_ratings_taken_back(organisation_id: UUID) -> Select[UUID]:
    """Return the query of the ids of the ratings that HR took back before boards were frozen."""
    answers = select_taken_back(SourceKind.RATING, organisation_id=organisation_id)
    return select(RatingAnswer.rating_id).where(
        RatingAnswer.organisation_id == organisation_id, RatingAnswer.id.in_(answers)
    )
