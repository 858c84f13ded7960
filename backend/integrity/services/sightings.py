"""Seeing a phone that rates, and forgetting it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.integrity.models import SightingRow
from backend.integrity.rules.suspicions import KEPT, Sighting, Suspicion, hashed
from backend.integrity.services import salts


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
    """Delete what was seen too long ago, and the salts of days that are over."""
    session.execute(delete(SightingRow).where(SightingRow.seen_at < now - KEPT))
    salts.forget_old(session, now=now)
