"""Keeping what was seen of a fan's request, and what a fan says about a suggested score."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.integrity.models import RequestSignal, ScoreSuggestion
from backend.integrity.rules.suspicions import Suspicion


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What a fan says who was asked about a rating of an employee."""

    employee_id: UUID
    rating_id: UUID
    suggested: bool


def note(
    session: Session,
    *,
    organisation_id: UUID,
    request_id: UUID,
    suspicion: Suspicion,
    now: datetime,
) -> None:
    """Keep why the rating of a request is to wait for a person; the same again changes nothing."""
    row = {
        "organisation_id": organisation_id,
        "request_id": request_id,
        "suspicion": suspicion,
        "seen_at": now,
    }
    session.execute(insert(RequestSignal).values(row).on_conflict_do_nothing())


def keep_suggestion(session: Session, *, organisation_id: UUID, said: Said, now: datetime) -> None:
    """Keep whether somebody suggested a score, as the fan says it last."""
    key = {
        "organisation_id": organisation_id,
        "employee_id": said.employee_id,
        "rating_id": said.rating_id,
    }
    answer = {"suggested": said.suggested, "said_at": now}
    session.execute(
        insert(ScoreSuggestion)
        .values(key | answer)
        .on_conflict_do_update(index_elements=list(key), set_=answer)
    )
