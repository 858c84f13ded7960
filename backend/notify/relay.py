"""The relay: takes messages from the outbox to phones, any number of relays at once.

It sends outside any transaction: a slow push service holds up nobody but itself.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import logs
from backend.foundation.db import reading, transaction
from backend.notify import queries
from backend.notify.push import Answer, Note, Pusher, Said
from backend.notify.queries import Phone
from backend.notify.services import deliveries
from backend.notify.services.deliveries import BATCH, Leased, Result


class ListResting(Protocol):
    """Whatever knows who is off duty, and so is not to be disturbed."""

    def __call__(
        self, session: Session, *, employees: Collection[tuple[UUID, UUID]], at: datetime
    ) -> set[tuple[UUID, UUID]]:
        """Return those of ``employees``, (organisation_id, id) pairs, who rest at ``at``."""


_TOO_LATE = Result(failure="not pushed in time", hopeless=True)


def relay_some(pusher: Pusher | None, *, resting: ListResting, now: datetime) -> bool:
    """Push at most 25 messages that are due; tell whether there may be more at once.

    Without a ``pusher`` they stay in the inbox, and so does what is for those ``resting`` now.
    """
    with reading() as session:
        if not queries.is_any_due(session, now=now):
            return False
    with transaction() as session:
        leased = deliveries.lease(session, now=now)
    if not leased:
        return False
    results = {one: Result() for one in leased}
    if pusher:
        awake = _leave_alone(leased, resting, now)
        results |= _push(pusher, awake, now)
    with transaction() as session:
        deliveries.record(session, results=results, now=now)
    return True


def _leave_alone(leased: Sequence[Leased], resting: ListResting, now: datetime) -> list[Leased]:
    """Return what is for people who may be disturbed."""
    with reading() as session:
        recipients = {(one.organisation_id, one.recipient_id) for one in leased}
        alone = resting(session, employees=recipients, at=now)
    return [one for one in leased if (one.organisation_id, one.recipient_id) not in alone]


def _push(pusher: Pusher, leased: Sequence[Leased], now: datetime) -> dict[Leased, Result]:
    timely = [one for one in leased if one.push_until > now]
    with reading() as session:
        phones = queries.list_phones_of(
            session,
            messages=[(one.organisation_id, one.id, one.recipient_id) for one in timely],
            now=now,
        )
    addressed = [(one, phone) for one in timely for phone in phones[one.id]]
    said: dict[UUID, list[tuple[Phone, Said]]] = defaultdict(list)
    # At most three phones each: all parts end within the lease.
    for start in range(0, len(addressed), BATCH):
        part = addressed[start : start + BATCH]
        answers = pusher.push([_note(one, phone, now) for one, phone in part], now=now)
        for (one, phone), answer in zip(part, answers, strict=True):
            said[one.id].append((phone, answer))
    return {one: _result(said[one.id]) if one in timely else _TOO_LATE for one in leased}


def _note(message: Leased, phone: Phone, now: datetime) -> Note:
    return Note(
        message_id=message.id,
        kind=message.kind,
        subject_id=message.subject_id,
        push_for=message.push_until - now,
        target_kind=phone.kind,
        target=phone.value,
    )


def _result(said: Sequence[tuple[Phone, Said]]) -> Result:
    by_answer: dict[Answer, list[tuple[Phone, Said]]] = defaultdict(list)
    for phone, one in said:
        by_answer[one.answer].append((phone, one))
    later, refused = by_answer[Answer.LATER], by_answer[Answer.REFUSED]
    for _, one in [*later, *refused]:
        # Only the first word of the reason, the name of the error: the rest may name a phone.
        logs.log.warning("push failed", fault=one.reason.partition(":")[0])
    return Result(
        delivered=[phone.device_id for phone, _ in by_answer[Answer.TAKEN]],
        gone=[phone for phone, _ in by_answer[Answer.TARGET_GONE]],
        failure=next((one.reason for _, one in [*later, *refused]), None),
        wait=max((one.wait for _, one in later if one.wait), default=None),
        hopeless=bool(refused) and not later,
    )
