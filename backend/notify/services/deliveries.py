"""Deliveries: messages taken in hand for a pass of the relay, and what became of them.

A lease is longer than a pass can take, and names the pass: whoever comes back after it has run
out changes nothing any more. What was in the hand of a relay that was killed is pushed again, so
a phone may be told twice; it knows a message by its id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.notify import queries
from backend.notify.messages import MessageKind, MessageState, wait_after
from backend.notify.models import OutboxMessage, PushDelivery, PushTarget
from backend.notify.queries import Phone

# As many are pushed at once, each within ten seconds.
BATCH = 25
LEASE = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leased:
    """A message in hand."""

    organisation_id: UUID
    id: UUID
    recipient_id: UUID
    kind: MessageKind
    subject_id: UUID
    push_until: datetime
    reached: bool
    failures: int
    lease_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What became of a message on all phones that it was to be pushed to.

    ``failure`` says why it is to be tried again, after ``wait`` at least, or why it is hopeless.
    """

    delivered: Sequence[UUID] = ()
    gone: Sequence[Phone] = ()
    failure: str | None = None
    wait: timedelta | None = None
    hopeless: bool = False


def lease(session: Session, *, now: datetime, limit: int = BATCH) -> list[Leased]:
    """Take at most ``limit`` messages in hand that are due, the longest waiting first.

    Of one recipient only the oldest that has reached no phone, so that theirs come in order.
    Several may do so at once.
    """
    row = OutboxMessage
    keys = session.execute(
        queries.select_due(now=now)
        .order_by(row.due_at, row.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not keys:
        return []
    lease_id = new_id()
    names = tuple(OutboxMessage.__table__.c[name] for name in Leased.__dataclass_fields__)
    taken = session.execute(
        update(row)
        .where(tuple_(row.organisation_id, row.id).in_([tuple(key) for key in keys]))
        .values(lease_id=lease_id, leased_until=now + LEASE)
        .returning(*names)
    ).all()
    return sorted((Leased(**one._mapping) for one in taken), key=lambda one: one.id)


def record(session: Session, *, results: Mapping[Leased, Result], now: datetime) -> int:
    """Write down what became of messages in hand; return how many were still in hand.

    What was not delivered everywhere waits, twice as long each time, until it is given up.
    """
    kept = 0
    for message, result in sorted(results.items(), key=lambda pair: pair[0].id):
        for target in result.gone:
            _forget(session, message, target)
        if result.delivered:
            _remember(session, message, result.delivered, now)
        kept += _let_go(session, message, _outcome(message, result, now))
    return kept


def _outcome(message: Leased, result: Result, now: datetime) -> dict[str, object]:
    reached = message.reached or bool(result.delivered)
    if result.failure is None:
        state = MessageState.PUSHED if reached else MessageState.INBOX_ONLY
        return {"state": state, "reached": reached}
    failures = message.failures + 1
    due_at = now + wait_after(failures, asked=result.wait)
    if result.hopeless or due_at > message.push_until:
        # Somebody who has it on one phone was told.
        state = MessageState.PUSHED if reached else MessageState.DEAD
    else:
        state = MessageState.WAITING
    return {
        "state": state,
        "reached": reached,
        "failures": failures,
        "last_failure": result.failure[:200],
        "due_at": due_at,
    }


def _let_go(session: Session, message: Leased, values: Mapping[str, object]) -> int:
    changed = session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.organisation_id == message.organisation_id,
            OutboxMessage.id == message.id,
            OutboxMessage.lease_id == message.lease_id,
        )
        .values(lease_id=None, leased_until=None, **values)
        .returning(OutboxMessage.id)
    )
    return len(changed.all())


def _remember(session: Session, message: Leased, devices: Sequence[UUID], now: datetime) -> None:
    session.execute(
        upsert(PushDelivery).on_conflict_do_nothing(),
        [
            {
                "organisation_id": message.organisation_id,
                "message_id": message.id,
                "device_id": device_id,
                "at": now,
            }
            for device_id in devices
        ],
    )


def _forget(session: Session, message: Leased, target: Phone) -> None:
    """Drop a target that is dead, unless the phone has put another one meanwhile."""
    session.execute(
        delete(PushTarget).where(
            PushTarget.organisation_id == message.organisation_id,
            PushTarget.employee_id == message.recipient_id,
            PushTarget.device_id == target.device_id,
            PushTarget.kind == target.kind,
            PushTarget.value == target.value,
        )
    )
