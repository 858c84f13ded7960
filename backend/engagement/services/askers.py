"""Who asks may be no fan: what is seen of that is kept with the request, for its rating to wait.

Nothing is refused: who asked is helped, and whoever has rated is thanked.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from backend.engagement.models import Request
from backend.engagement.queries.asks import count_solved
from backend.integrity.rules.suspicions import SOLVED_WITHIN, Suspicion, solved_at_once
from backend.integrity.services import signals


def suspect(session: Session, row: Request, asker: Suspicion | None, *, now: datetime) -> None:
    """Keep that whoever has asked for ``row`` is suspected to be no fan, if they are."""
    if asker is not None:
        signals.note(
            session,
            organisation_id=row.organisation_id,
            request_id=row.id,
            suspicion=asker,
            now=now,
        )


def judge_solved(session: Session, row: Request) -> None:
    """Keep that what was asked for from a code is resolved sooner than people can, if it is."""
    if row.opened_by is not None or row.closed_at is None or row.resolve_seconds is None:
        return
    before = count_solved(session, row=row, since=row.closed_at - SOLVED_WITHIN)
    if solved_at_once(seconds=row.resolve_seconds, before=before):
        suspect(session, row, Suspicion.ASKED_AND_SOLVED, now=row.closed_at)
