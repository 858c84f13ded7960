"""The salt of a day: made once for all processes, remembered, and deleted when the day is over."""

import secrets
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from backend.foundation.db import reading, transaction
from backend.foundation.memory import Memory
from backend.integrity.models import SignalSalt
from backend.integrity.rules.suspicions import SALT_BYTES, salt_day

_known: Memory[date, bytes] = Memory(size=1)


def recall(*, now: datetime) -> bytes:
    """Return the salt of the day of ``now``; not to be called within a transaction."""
    day = salt_day(now)
    salt = _known.find(day) or _find(day) or _make(day)
    _known.keep(day, salt)
    return salt


def forget_old(session: Session, *, now: datetime) -> None:
    """Delete the salts of days that are over: what they hashed cannot be told any more."""
    session.execute(delete(SignalSalt).where(SignalSalt.day < salt_day(now)))


def _find(day: date) -> bytes | None:
    with reading() as session:
        kept = session.scalar(select(SignalSalt.salt).where(SignalSalt.day == day))
    return None if kept is None else bytes(kept)


def _make(day: date) -> bytes:
    row = {"day": day, "salt": secrets.token_bytes(SALT_BYTES)}
    with transaction() as session:
        # PostgreSQL's upsert, which SQLite's dialect writes in the same words.
        made = postgresql.insert(SignalSalt).values(row).on_conflict_do_nothing()
        session.execute(made)
        # Whoever was first has made it.
        kept = session.scalars(select(SignalSalt.salt).where(SignalSalt.day == day)).one()
    return bytes(kept)
