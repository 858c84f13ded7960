"""Seeing a phone that rates, and forgetting it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.integrity.models import RequestSignal, ScoreSuggestion, SightingRow
from backend.integrity.queries.retentions import list_periods
from backend.integrity.rules.retentions import MOST_SIGNAL_DAYS, Periods
from backend.integrity.rules.suspicions import Sighting, Suspicion, hashed
from backend.integrity.services import salts

_SEEN = (
    (SightingRow, SightingRow.seen_at),
    (RequestSignal, RequestSignal.seen_at),
    (ScoreSuggestion, ScoreSuggestion.said_at),
)


def see(*, browser: str, device: Sequence[str], staff: Suspicion | None, now: datetime) -> Sighting:
    """Return what is kept of a phone: by what its browser is known, and by what it looks like.

    Nothing else of it is. Not to be called within a transaction.
    """
    salt = salts.recall(now=now)
    return Sighting(
        browser=hashed(salt, "browser", (browser,)),
        device=hashed(salt, "device", device),
        staff=staff,
    )


def forget_old(session: Session, *, now: datetime) -> None:
    """Delete what was seen too long ago, and the salts of days that are over.

    Too long is what the organisation has set; nobody keeps anything for longer than the usual.
    """
    usual = Periods(signal_days=MOST_SIGNAL_DAYS)
    own = {
        organisation_id: periods
        for organisation_id, periods in list_periods(session).items()
        if periods.signal_days < usual.signal_days
    }
    for table, at in _SEEN:
        session.execute(delete(table).where(at < usual.signals_since(now)))
        for organisation_id, periods in own.items():
            theirs = table.organisation_id == organisation_id
            session.execute(delete(table).where(theirs, at < periods.signals_since(now)))
    salts.forget_old(session, now=now)
