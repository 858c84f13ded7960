"""Messages: written with what they tell about, read, sent again."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, written_out
from backend.foundation.inserts import PreparedInsert
from backend.notify.messages import KEPT, MessageKind, MessageState, pushed_for
from backend.notify.models import OutboxMessage, PushDelivery
from backend.notify.problems import MessageNotDead, MessageNotFound

_ADD = PreparedInsert(OutboxMessage)
# Of a row; the rest of it says how its push is going.
_NEW = {
    "read_at": None,
    "state": MessageState.WAITING,
    "reached": False,
    "failures": 0,
    "last_failure": None,
    "lease_id": None,
    "leased_until": None,
}


def send(
    session: Session,
    *,
    organisation_id: UUID,
    recipients: Iterable[UUID],
    kind: MessageKind,
    subject_id: UUID,
    now: datetime,
) -> None:
    """Tell every one of ``recipients``, once each, about what has the id ``subject_id``.

    It is told when the transaction is committed, and not otherwise.
    """
    _ADD.run(
        session,
        [
            {
                "organisation_id": organisation_id,
                "id": new_id(),
                "recipient_id": recipient_id,
                "kind": kind,
                "subject_id": subject_id,
                "at": now,
                "due_at": now,
                "push_until": now + pushed_for(kind),
                **_NEW,
            }
            for recipient_id in sorted(set(recipients))
        ],
    )


def read(session: Session, *, actor: Actor, up_to: UUID, now: datetime) -> None:
    """Mark what ``actor`` was sent as read, up to a message of theirs; raises MessageNotFound.

    Messages with later ids stay unread, whatever was on the screen. An id is made before the
    commit: what two transactions told at once may come in another order than that of its ids, and
    a message that came after the reader looked then counts as read, if its id is the older one.
    """
    mine = (
        OutboxMessage.organisation_id == actor.organisation_id,
        OutboxMessage.recipient_id == actor.employee_id,
    )
    if session.scalar(select(OutboxMessage.id).where(*mine, OutboxMessage.id == up_to)) is None:
        raise MessageNotFound
    session.execute(
        update(OutboxMessage)
        .where(*mine, OutboxMessage.id <= up_to, OutboxMessage.read_at.is_(None))
        .values(read_at=now)
    )


def send_again(session: Session, *, actor: Actor, message_id: UUID, now: datetime) -> None:
    """Try a message again that was given up; raises MessageNotFound, MessageNotDead."""
    key = (
        OutboxMessage.organisation_id == actor.organisation_id,
        OutboxMessage.id == message_id,
    )
    row = session.execute(
        select(OutboxMessage.kind, OutboxMessage.recipient_id).where(*key)
    ).first()
    if row is None:
        raise MessageNotFound
    revived = session.execute(
        update(OutboxMessage)
        .where(*key, OutboxMessage.state == MessageState.DEAD)
        .values(
            state=MessageState.WAITING,
            due_at=now,
            push_until=now + pushed_for(row.kind),
            failures=0,
            last_failure=None,
        )
        .returning(OutboxMessage.id)
    ).first()
    if revived is None:
        raise MessageNotDead
    audit.record(session, actor=actor, act="message.sent_again", subject_id=message_id, now=now)


def forget_old(session: Session, *, now: datetime, limit: int = 500) -> bool:
    """Delete at most ``limit`` messages that are older than a month; tell if there may be more."""
    old = session.execute(
        select(OutboxMessage.organisation_id, OutboxMessage.id)
        .where(
            OutboxMessage.at <= now - KEPT, OutboxMessage.state != written_out(MessageState.WAITING)
        )
        .order_by(OutboxMessage.at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    keys = [tuple(key) for key in old]
    for table, message_id in (
        (PushDelivery, PushDelivery.message_id),
        (OutboxMessage, OutboxMessage.id),
    ):
        session.execute(
            delete(table)
            .where(tuple_(table.organisation_id, message_id).in_(keys))
            .execution_options(synchronize_session=False)
        )
    return len(old) == limit
