"""For how long each organisation keeps what fans wrote, and what was seen of their phones."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.db import take_turn
from backend.integrity.models import Retention
from backend.integrity.rules.retentions import Periods


def get_periods(session: Session, *, organisation_id: UUID) -> Periods:
    """Return the periods of an organisation, the usual ones where it has set none."""
    row = session.get(Retention, organisation_id)
    return _periods(row) if row else Periods()


def lock_periods(session: Session, *, organisation_id: UUID) -> Periods:
    """Return the periods of an organisation in hand; nothing of them may have been read before."""
    take_turn(session, organisation_id, "retention")
    return get_periods(session, organisation_id=organisation_id)


def list_periods(session: Session) -> Mapping[UUID, Periods]:
    """Return the periods of every organisation that has set its own."""
    return {row.organisation_id: _periods(row) for row in session.scalars(select(Retention))}


def _periods(row: Retention) -> Periods:
    return Periods(word_days=row.word_days, signal_days=row.signal_days)
