"""First answers: a POST that is sent again under its key gets the answer of the first time."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, delete, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.foundation.actor import Actor
from backend.foundation.db import Base
from backend.foundation.problems import Conflict, Invalid

LONGEST_KEY = 255
KEPT_FOR = timedelta(days=7)


class IdempotencyKeyReused(Invalid):
    """This Idempotency-Key was used with another body."""


class StillRunning(Conflict):
    """The first request with this Idempotency-Key is still running."""


class FirstAnswer(Base):
    """What was answered under one key of one employee."""

    __tablename__ = "first_answers"

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(LONGEST_KEY), primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary(32))
    status: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    answered_at: Mapped[datetime]

    __table_args__ = (Index(None, "answered_at"),)


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One request under one key; ``fingerprint`` is the SHA-256 of its method, path and body."""

    actor: Actor
    key: str
    fingerprint: bytes

    @classmethod
    def of(cls, actor: Actor, key: str, *, method: str, path: str, body: bytes) -> "Attempt":
        """Make the attempt of a request; raises Invalid when the key is too long."""
        if not 0 < len(key) <= LONGEST_KEY or not key.isprintable():
            message = f"Must be 1 to {LONGEST_KEY} printable characters."
            raise Invalid(errors={"headers": {"Idempotency-Key": [message]}})
        digest = hashlib.sha256(f"{method} {path}\n".encode() + body).digest()
        return cls(actor=actor, key=key, fingerprint=digest)


def find_first_answer(
    session: Session, attempt: Attempt, *, waits: bool = False
) -> FirstAnswer | None:
    """Return what was answered before under this key, or None.

    Raises StillRunning when another transaction holds the key, unless it ``waits`` for that;
    IdempotencyKeyReused when the key was used for something else.
    """
    if session.connection().dialect.name == "postgresql":
        name = f"{attempt.actor.organisation_id}{attempt.actor.employee_id}{attempt.key}"
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        if waits:
            session.execute(select(func.pg_advisory_xact_lock(number)))
        elif not session.scalar(select(func.pg_try_advisory_xact_lock(number))):
            raise StillRunning(retry_after=1)
    answer = session.get(
        FirstAnswer, (attempt.actor.organisation_id, attempt.actor.employee_id, attempt.key)
    )
    if answer and answer.fingerprint != attempt.fingerprint:
        raise IdempotencyKeyReused
    return answer


def remember(
    session: Session, attempt: Attempt, *, status: int, media_type: str, body: str, now: datetime
) -> None:
    """Keep the answer in the transaction that produced it."""
    session.add(
        FirstAnswer(
            organisation_id=attempt.actor.organisation_id,
            employee_id=attempt.actor.employee_id,
            key=attempt.key,
            fingerprint=attempt.fingerprint,
            status=status,
            media_type=media_type,
            body=body,
            answered_at=now,
        )
    )


def forget_old(session: Session, *, now: datetime) -> None:
    """Drop answers older than a week."""
    session.execute(delete(FirstAnswer).where(FirstAnswer.answered_at < now - KEPT_FOR))
