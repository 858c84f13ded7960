"""Reads of messages, and of the phones that they go to."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from backend.identity.queries import list_phones
from backend.notify.messages import MessageKind, MessageState, TargetKind
from backend.notify.models import OutboxMessage, PushDelivery, PushTarget

# Of one recipient.
MOST_PHONES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageFacts:
    """A message, and how its push is going."""

    id: UUID
    recipient_id: UUID
    kind: MessageKind
    subject_id: UUID
    at: datetime
    read_at: datetime | None
    state: MessageState
    due_at: datetime
    failures: int
    last_failure: str | None

    @property
    def read(self) -> bool:
        """Tell whether its recipient has seen it."""
        return self.read_at is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Phone:
    """A phone on which a recipient is signed in, and how a push service reaches it."""

    device_id: UUID
    kind: TargetKind
    value: str


_FACTS = tuple(OutboxMessage.__table__.c[name] for name in MessageFacts.__dataclass_fields__)


def list_messages(
    session: Session,
    *,
    organisation_id: UUID,
    recipient_id: UUID | None = None,
    state: MessageState | None = None,
    before: UUID | None = None,
    limit: int = 50,
) -> list[MessageFacts]:
    """Return at most ``limit`` messages with ids below ``before``, the newest first."""
    query = select(*_FACTS).where(OutboxMessage.organisation_id == organisation_id)
    if recipient_id is not None:
        query = query.where(OutboxMessage.recipient_id == recipient_id)
    if state is not None:
        query = query.where(OutboxMessage.state == state)
    if before is not None:
        query = query.where(OutboxMessage.id < before)
    rows = session.execute(query.order_by(OutboxMessage.id.desc()).limit(limit)).all()
    return [MessageFacts(**row._mapping) for row in rows]


def count_unread(session: Session, *, organisation_id: UUID, recipient_id: UUID) -> int:
    """Return how many messages an employee has not read."""
    return (
        session.scalar(
            select(func.count()).where(
                OutboxMessage.organisation_id == organisation_id,
                OutboxMessage.recipient_id == recipient_id,
                OutboxMessage.read_at.is_(None),
            )
        )
        or 0
    )


def select_due(*, now: datetime) -> Select[UUID, UUID]:
    """Return the query of the keys of messages that may be pushed now.

    Of one recipient the oldest that has reached no phone holds up what comes after it.
    """
    row, earlier = OutboxMessage, aliased(OutboxMessage)
    held_up = exists().where(
        earlier.organisation_id == row.organisation_id,
        earlier.recipient_id == row.recipient_id,
        earlier.id < row.id,
        earlier.state == MessageState.WAITING,
        ~earlier.reached,
    )
    return select(row.organisation_id, row.id).where(
        row.state == MessageState.WAITING,
        row.due_at <= now,
        row.leased_until.is_(None) | (row.leased_until <= now),
        ~held_up,
    )


def is_any_due(session: Session, *, now: datetime) -> bool:
    """Tell whether a message may be pushed now, without taking anybody's turn."""
    return session.execute(select_due(now=now).limit(1)).first() is not None


def list_phones_of(
    session: Session, *, messages: Collection[tuple[UUID, UUID, UUID]], now: datetime
) -> dict[UUID, list[Phone]]:
    """Return by message the phones that it is still to be pushed to, of each recipient's newest.

    ``messages`` are (organisation_id, id, recipient_id). Those on which the recipient is signed
    in now: whoever has signed out, or left, is not told on a phone that others hold.
    """
    recipients = {(owner, recipient) for owner, _, recipient in messages}
    signed_in = list_phones(session, employees=recipients, now=now)
    key = (PushTarget.organisation_id, PushTarget.employee_id)
    targets: dict[tuple[UUID, UUID], list[Phone]] = defaultdict(list)
    for row in session.scalars(
        select(PushTarget).where(tuple_(*key).in_(recipients)).order_by(PushTarget.put_at.desc())
    ):
        theirs = targets[row.organisation_id, row.employee_id]
        signed = (row.organisation_id, row.employee_id, row.device_id) in signed_in
        if signed and len(theirs) < MOST_PHONES:
            theirs.append(Phone(device_id=row.device_id, kind=row.kind, value=row.value))
    pushed = session.execute(
        select(PushDelivery.message_id, PushDelivery.device_id).where(
            tuple_(PushDelivery.organisation_id, PushDelivery.message_id).in_(
                [(owner, message_id) for owner, message_id, _ in messages]
            )
        )
    )
    done = {(message_id, device_id) for message_id, device_id in pushed}
    return {
        message_id: [
            phone
            for phone in targets[owner, recipient]
            if (message_id, phone.device_id) not in done
        ]
        for owner, message_id, recipient in messages
    }
