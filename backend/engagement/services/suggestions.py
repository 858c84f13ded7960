"""Did anybody suggest a score? One fan of ten is asked, after they have rated, and may say so.

What they say is a signal for whoever decides on held ratings. It holds no rating, changes none,
and moves no point.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import (
    CorrectionClosed,
    NotYetRated,
    UnknownCode,
    WrongCorrectionToken,
)
from backend.engagement.queries.ratings import Bound
from backend.engagement.rules import CORRECTION_WINDOW
from backend.engagement.services.answers import find_bound, hash_of_token, rating_of
from backend.engagement.services.invitations import normalised
from backend.integrity.queries import signals as queries
from backend.integrity.queries.sightings import Seen
from backend.integrity.rules.suggestions import is_asked
from backend.integrity.services import signals
from backend.integrity.services.signals import Said

ITSELF = "This fan said that somebody had suggested a score."
OTHERS = "Of {answered} fans of this employee who were asked lately, {suggested} said so."


def is_asked_with(session: Session, *, code: str, code_key: bytes, now: datetime) -> bool:
    """Tell whether the fan with ``code`` is asked; nobody is about who is nobody's."""
    bound = find_bound(session, normalised(code), now)
    return bound is not None and _is_asked(bound, code_key)


def find_said(session: Session, *, code: str, now: datetime) -> bool | None:
    """Return what the fan with ``code`` has said about a suggested score, None for nothing."""
    bound = find_bound(session, normalised(code), now)
    if bound is None or bound.employee_id is None:
        return None
    said = queries.list_suggested(
        session,
        organisation_id=bound.organisation_id,
        employee_ids=[bound.employee_id],
        rating_ids=[bound.id],
    )
    return said.get(bound.id)


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
    bound = find_bound(session, normalised(code), now)
    if bound is None:
        raise UnknownCode
    rating = session.scalar(rating_of(bound))
    if rating is None:
        raise NotYetRated
    if not hmac.compare_digest(rating.correction_hash, hash_of_token(correction_token)):
        raise WrongCorrectionToken
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
