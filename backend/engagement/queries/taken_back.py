"""What HR took back: the few deeds that tallies hold and the figures do not count."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Integer, Select, null, select, union_all
from sqlalchemy.orm import Session

from backend.engagement.models import Rating, RatingAnswer, Request
from backend.engagement.rules import RatingState, Status, is_five, is_good
from backend.rewards.queries import select_taken_back
from backend.rewards.rules import SourceKind


@dataclass(frozen=True, kw_only=True, slots=True)
class TakenBack:
    """A deed in somebody's tally that does not count: a rating, or a request without ``stars``."""

    event_id: UUID
    employee_id: UUID
    stars: int | None

    @property
    def resolved(self) -> bool:
        """Tell whether it is a request."""
        return self.stars is None

    @property
    def rated(self) -> bool:
        """Tell whether it is a rating."""
        return self.stars is not None

    @property
    def five_star(self) -> bool:
        """Tell whether it is a rating of five."""
        return self.stars is not None and is_five(self.stars)

    @property
    def good(self) -> bool:
        """Tell whether it is a good rating."""
        return self.stars is not None and is_good(self.stars)


def list_taken_back(
    session: Session, *, organisation_id: UUID, event_ids: Collection[UUID]
) -> list[TakenBack]:
    """Return what HR took back at these events before the boards of their season were frozen.

    All that the organisation has is read, and then those of the events kept: it is few.
    """
    requests = select_taken_back(SourceKind.REQUEST, organisation_id=organisation_id)
    statement: CompoundSelect[Any] = union_all(
        select(
            Request.event_id,
            Request.owner_id.label("employee_id"),
            null().cast(Integer).label("stars"),
        ).where(
            Request.organisation_id == organisation_id,
            Request.id.in_(requests),
            Request.status == Status.RESOLVED,
        ),
        select(Rating.event_id, Rating.employee_id, Rating.stars).where(
            Rating.organisation_id == organisation_id,
            Rating.id.in_(select_ratings_taken_back(organisation_id)),
            Rating.state == RatingState.ACCEPTED,
        ),
    )
    wanted = set(event_ids)
    rows = session.execute(statement)
    return [TakenBack(**row._mapping) for row in rows if row.event_id in wanted]


def select_ratings_taken_back(organisation_id: UUID) -> Select[UUID]:
    """Return the query of the ids of the ratings that HR took back before boards were frozen."""
    answers = select_taken_back(SourceKind.RATING, organisation_id=organisation_id)
    return select(RatingAnswer.rating_id).where(
        RatingAnswer.organisation_id == organisation_id, RatingAnswer.id.in_(answers)
    )
