"""What was seen of requests that fans asked for, and what fans say about suggested scores."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, case, cast, func, select
from sqlalchemy.orm import Session

from backend.integrity.models import RequestSignal, ScoreSuggestion
from backend.integrity.rules.suspicions import Suspicion

# What a request itself can be suspected of; its rating is held for it.
OF_REQUESTS = (Suspicion.ASKED_BY_STAFF, Suspicion.ASKED_AND_SOLVED, Suspicion.NOT_BELIEVED)
_SUSPICION = RequestSignal.suspicion


@dataclass(frozen=True, kw_only=True, slots=True)
class Suggested:
    """Of the fans who were asked about an employee, how many answered and how many said yes."""

    answered: int
    suggested: int


def seen_with(organisation_id: Any, request_id: Any) -> Any:
    """Return the column from which `suspicions_of` reads, for a query with the ids as columns.

    It is part of the one look that a rating has at its code: a bit for each of `OF_REQUESTS`,
    since a column for each would be a look more.
    """
    bit = case({one: 2**place for place, one in enumerate(OF_REQUESTS)}, value=_SUSPICION, else_=0)
    return (
        select(cast(func.coalesce(func.sum(bit), 0), Integer))
        .where(
            RequestSignal.organisation_id == organisation_id,
            RequestSignal.request_id == request_id,
        )
        .correlate_except(RequestSignal)
        .scalar_subquery()
    )


def suspicions_of(seen: int) -> tuple[Suspicion, ...]:
    """Return what the column of `seen_with` says."""
    return tuple(one for place, one in enumerate(OF_REQUESTS) if seen & 2**place)


def count_suggested(
    session: Session, *, organisation_id: UUID, employee_ids: Collection[UUID]
) -> Mapping[UUID, Suggested]:
    """Return by employee what fans say who were asked, for as long as signals are kept."""
    rows = session.execute(
        select(
            ScoreSuggestion.employee_id,
            func.count(),
            func.sum(cast(ScoreSuggestion.suggested, Integer)),
        )
        .where(
            ScoreSuggestion.organisation_id == organisation_id,
            ScoreSuggestion.employee_id.in_(employee_ids),
        )
        .group_by(ScoreSuggestion.employee_id)
    )
    return {who: Suggested(answered=asked, suggested=int(yes)) for who, asked, yes in rows}


def list_suggested(
    session: Session,
    *,
    organisation_id: UUID,
    employee_ids: Collection[UUID],
    rating_ids: Collection[UUID],
) -> Mapping[UUID, bool]:
    """Return by rating of these employees what its fan says, where it was asked and answered."""
    rows = session.execute(
        select(ScoreSuggestion.rating_id, ScoreSuggestion.suggested).where(
            ScoreSuggestion.organisation_id == organisation_id,
            ScoreSuggestion.employee_id.in_(employee_ids),
            ScoreSuggestion.rating_id.in_(rating_ids),
        )
    )
    return dict(rows.all())
