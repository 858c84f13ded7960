"""Why the rating of a request is to wait for a person, as was seen before anybody rated.

Nothing is refused: who asked is helped, and whoever has rated is thanked.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from backend.engagement.models import Request
from backend.engagement.queries.asks import count_solved
from backend.integrity.rules import Verdict
from backend.integrity.rules.suspicions import SOLVED_WITHIN, Suspicion, solved_at_once
from backend.integrity.services import signals


def suspect(session: Session, row: Request, why: Suspicion | None, *, now: datetime) -> None:
    """Keep ``why`` the rating of ``row`` is to wait, if there is a reason."""
    if why is not None:
        signals.note(
            session,
            organisation_id=row.organisation_id,
            request_id=row.id,
            suspicion=why,
            now=now,
        )


def judge_solved(session: Session, row: Request, *, now: datetime) -> None:
    """Keep that a request is resolved sooner than people can, or is not believed, if so it is.

    The former for what was asked for from a code. What is not believed pays nothing by itself,
    and its rating may not either.
    """
    if row.verdict is not Verdict.VERIFIED:
        suspect(session, row, Suspicion.NOT_BELIEVED, now=now)
    if row.opened_by is not None or row.closed_at is None or row.resolve_seconds is None:
        return
    before = count_solved(session, row=row, since=row.closed_at - SOLVED_WITHIN)
    if solved_at_once(seconds=row.resolve_seconds, before=before):
        suspect(session, row, Suspicion.ASKED_AND_SOLVED, now=row.closed_at)
