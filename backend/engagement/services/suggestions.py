"""Did anybody suggest a score? One fan of ten is asked, after they have rated, and may say so.

What they say is a signal for whoever decides on held ratings. It holds no rating, changes none,
and moves no point.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import (
    CorrectionClosed,
)
from backend.engagement.queries.ratings import Bound
from backend.engagement.rules import CORRECTION_WINDOW
from backend.engagement.services.answers import find_bound, get_bound, proven, rating_of
from backend.engagement.services.invitations import normalised
from backend.integrity.queries import signals as queries
from backend.integrity.queries.sightings import Seen
from backend.integrity.rules.suggestions import is_asked
from backend.integrity.services import signals
from backend.integrity.services.signals import Said

ITSELF = "This fan said that somebody had suggested a score."
OTHERS = "Of {answered} fans of this employee who were asked lately, {suggested} said so."


@dataclass(frozen=True, slots=True)
class Question:
    """That a fan is asked, and whether somebody suggested a score, as they ``said`` last."""

    said: bool | None


def find_question(
    session: Session, *, code: str, code_key: bytes, now: datetime
) -> Question | None:
    """Return what the fan with ``code`` is asked, None where they are not; cards are nobody's."""
    bound = find_bound(session, normalised(code), now)
    if bound is None or bound.employee_id is None or not _is_asked(bound, code_key):
        return None
    said = queries.list_suggested(
        session,
        organisation_id=bound.organisation_id,
        employee_ids=[bound.employee_id],
        rating_ids=[bound.id],
    )
    return Question(said.get(bound.id))


def keep(
    session: Session,
    *,
    code: str,
    correction_token: str,
    suggested: bool,
    code_key: bytes,
    now: datetime,
) -> None:
    """Keep whether somebody suggested a score to whoever has rated, as they say it last.

    It can be said for as long as the rating can be corrected; who was not asked is not heard.
    Raises UnknownCode, NotYetRated, WrongCorrectionToken and CorrectionClosed.
    """
    bound = get_bound(session, code, now)
    rating = proven(session.scalar(rating_of(bound)), correction_token)
    if now > rating.rated_at + CORRECTION_WINDOW:
        raise CorrectionClosed
    if bound.employee_id is None or not _is_asked(bound, code_key):
        return
    signals.keep_suggestion(
        session,
        organisation_id=bound.organisation_id,
        said=Said(employee_id=bound.employee_id, rating_id=bound.id, suggested=suggested),
        now=now,
    )


def in_words(
    session: Session, *, organisation_id: UUID, reviewed: Sequence[Seen]
) -> Mapping[UUID, list[str]]:
    """Return by rating what is known of suggested scores: of it, and of others of its employee."""
    employees = {one.employee_id for one in reviewed}
    ratings = {one.rating_id for one in reviewed}
    itself = queries.list_suggested(
        session, organisation_id=organisation_id, employee_ids=employees, rating_ids=ratings
    )
    counts = queries.count_suggested(
        session, organisation_id=organisation_id, employee_ids=employees
    )
    words: dict[UUID, list[str]] = {}
    for one in reviewed:
        said = words[one.rating_id] = [ITSELF] if itself.get(one.rating_id) else []
        counted = counts.get(one.employee_id)
        if counted and counted.suggested:
            said.append(OTHERS.format(answered=counted.answered, suggested=counted.suggested))
    return words


def _is_asked(bound: Bound, code_key: bytes) -> bool:
    return bound.employee_id is not None and is_asked(bound.id, code_key=code_key)
