"""The relay: at least once, in order for each recipient, and nobody told who has left."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.rules import Moment
from backend.engagement.services import requests
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.rules import PayBasis
from backend.identity.services import sessions
from backend.notify.messages import MessageKind, MessageState
from backend.notify.models import OutboxMessage, PushTarget
from backend.notify.problems import MessageNotDead
from backend.notify.push import Answer, Note, Said
from backend.notify.relay import ListResting, relay_some
from backend.notify.services import deliveries, messages
from backend.notify.services.deliveries import LEASE
from backend.venues.queries import list_resting
from tests import factories
from tests.engagement.stories import Evening, accepted, committed_evening
from tests.http import headers_for

KIND = MessageKind.REQUEST_HANDED_OVER
ENDLESSLY = timedelta(days=3_000)


@dataclass
class Phones:
    """A push service of ours: what it was handed, and what it says to each target."""

    notes: list[Note] = field(default_factory=list)
    says: dict[str, Said] = field(default_factory=dict)

    def push(self, notes: Sequence[Note], *, now: datetime) -> list[Said]:
        self.notes += notes
        return [self.says.get(note.target, Said(answer=Answer.TAKEN)) for note in notes]

    def told(self, target: str) -> list[UUID]:
        return [note.message_id for note in self.notes if note.target == target]


@pytest.fixture
def evening(app: Flask) -> Evening:
    """Return an evening that is on, with nothing left in the outbox by others."""
    evening = committed_evening(app, now=clock.now())
    with app.app_context():
        while relay_some(None, resting=nobody, now=clock.now() + ENDLESSLY):
            pass
    return evening


@pytest.fixture
def now(evening: Evening) -> datetime:
    return clock.now()


def reach(app: Flask, who: Actor, target: str) -> dict[str, str]:
    """Sign ``who`` in on a phone that can be pushed to; return the headers of its calls."""
    headers = headers_for(app, who)
    body = {"kind": "fid", "value": target}
    answer = app.test_client().put("/v1/me/push-target", json=body, headers=headers)
    assert answer.status_code == 204
    return headers


def send(app: Flask, who: Actor, *, now: datetime, times: int = 1) -> list[UUID]:
    """Tell ``who`` about something, several times; return the ids of the messages."""
    with app.app_context(), transaction() as session:
        for _ in range(times):
            messages.send(
                session,
                organisation_id=who.organisation_id,
                recipients=[who.employee_id, who.employee_id],
                kind=KIND,
                subject_id=new_id(),
                now=now,
            )
    return [row.id for row in rows_of(app, who)][-times:]


def rows_of(app: Flask, who: Actor) -> Sequence[OutboxMessage]:
    with app.app_context(), reading() as session:
        rows = session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.recipient_id == who.employee_id)
            .order_by(OutboxMessage.id)
        ).all()
        session.expunge_all()
        return rows


def nobody(*_: object, **__: object) -> set[tuple[UUID, UUID]]:
    """Return who is not to be disturbed: here the clock runs far beyond everybody's shift."""
    return set()


def relay(
    app: Flask, phones: Phones | None, *, now: datetime, resting: ListResting = nobody
) -> None:
    with app.app_context():
        while relay_some(phones, resting=resting, now=now):
            pass


def states(app: Flask, who: Actor) -> list[MessageState]:
    return [row.state for row in rows_of(app, who)]


def test_what_is_undone_is_not_told(app: Flask, evening: Evening, now: datetime) -> None:
    def hand_over(session: Session) -> UUID:
        request = accepted(session, evening.alex, moment=Moment.present(now))
        requests.hand_over(
            session,
            actor=evening.alex,
            request_id=request.id,
            employee_id=evening.blair.employee_id,
            keep_percent=0,
            moment=Moment.present(now),
        )
        return request.id

    with app.app_context(), transaction() as session:
        with session.begin_nested() as savepoint:
            hand_over(session)
            savepoint.rollback()
        request_id = hand_over(session)
    [row] = rows_of(app, evening.blair)
    assert (row.kind, row.subject_id, row.state) == (KIND, request_id, MessageState.WAITING)


def test_messages_reach_every_phone_of_their_recipient_in_order(
    app: Flask, evening: Evening, now: datetime
) -> None:
    reach(app, evening.alex, "one")
    reach(app, evening.alex, "two")
    sent = send(app, evening.alex, now=now, times=5)
    phones = Phones()
    relay(app, phones, now=now)
    assert phones.told("one") == phones.told("two") == sent
    assert set(states(app, evening.alex)) == {MessageState.PUSHED}
    relay(app, phones, now=now + timedelta(hours=1))
    assert len(phones.notes) == 10


def test_without_a_phone_or_a_pusher_messages_stay_in_the_inbox(
    app: Flask, evening: Evening, now: datetime
) -> None:
    send(app, evening.alex, now=now)
    relay(app, Phones(), now=now)
    reach(app, evening.blair, "blair-1")
    send(app, evening.blair, now=now)
    relay(app, None, now=now)
    assert states(app, evening.alex) == states(app, evening.blair) == [MessageState.INBOX_ONLY]


def test_a_failure_is_tried_again_later_and_holds_back_what_comes_after(
    app: Flask, evening: Evening, now: datetime
) -> None:
    for who, target in ((evening.alex, "alex-1"), (evening.blair, "blair-1")):
        reach(app, who, target)
    mine, other = send(app, evening.alex, now=now, times=2), send(app, evening.blair, now=now)
    phones = Phones(says={"alex-1": Said(answer=Answer.LATER, reason="UnavailableError: x")})
    relay(app, phones, now=now)
    assert phones.told("alex-1") == mine[:1]
    assert phones.told("blair-1") == other
    assert rows_of(app, evening.alex)[0].last_failure == "UnavailableError: x"
    relay(app, phones, now=now + timedelta(seconds=1))
    assert phones.told("alex-1") == mine[:1]
    phones.says.clear()
    relay(app, phones, now=now + timedelta(seconds=2))
    assert phones.told("alex-1") == [mine[0], *mine]
    assert set(states(app, evening.alex)) == {MessageState.PUSHED}


def test_what_one_phone_has_taken_is_tried_on_the_other_and_holds_up_nothing(
    app: Flask, evening: Evening, now: datetime
) -> None:
    for target in ("well", "down"):
        reach(app, evening.alex, target)
    first, second = send(app, evening.alex, now=now, times=2)
    phones = Phones(says={"down": Said(answer=Answer.LATER, reason="down")})
    relay(app, phones, now=now)
    assert phones.told("well") == phones.told("down") == [first, second]
    relay(app, phones, now=now + timedelta(seconds=2))
    assert phones.told("well") == [first, second]
    assert phones.told("down") == [first, second] * 2
    assert set(states(app, evening.alex)) == {MessageState.WAITING}
    relay(app, phones, now=now + timedelta(hours=1))
    # Their recipient was told: nothing here is for HR to look into.
    assert set(states(app, evening.alex)) == {MessageState.PUSHED}


def test_the_service_is_left_alone_for_as_long_as_it_asks(
    app: Flask, evening: Evening, now: datetime
) -> None:
    reach(app, evening.alex, "busy")
    send(app, evening.alex, now=now)
    asked = Said(answer=Answer.LATER, reason="busy", wait=timedelta(seconds=90))
    phones = Phones(says={"busy": asked})
    relay(app, phones, now=now)
    relay(app, phones, now=now + timedelta(seconds=89))
    assert len(phones.notes) == 1
    relay(app, phones, now=now + timedelta(seconds=90))
    assert len(phones.notes) == 2


def test_what_is_not_pushed_in_time_is_dead_in_sight_and_can_be_sent_again(
    app: Flask, evening: Evening, now: datetime
) -> None:
    reach(app, evening.alex, "down")
    [sent] = send(app, evening.alex, now=now)
    phones = Phones(says={"down": Said(answer=Answer.LATER, reason="down")})
    at = now
    while states(app, evening.alex) == [MessageState.WAITING]:
        relay(app, phones, now=at)
        at += timedelta(minutes=1)
    assert states(app, evening.alex) == [MessageState.DEAD]
    assert now + timedelta(minutes=20) < at < now + timedelta(minutes=40)
    phones.says.clear()
    supervisor = evening.supervisor
    with app.app_context(), transaction() as session:
        messages.send_again(session, actor=supervisor, message_id=sent, now=at)
        with pytest.raises(MessageNotDead):
            messages.send_again(session, actor=supervisor, message_id=sent, now=at)
    relay(app, phones, now=at)
    assert states(app, evening.alex) == [MessageState.PUSHED]


def test_who_is_paid_by_the_hour_is_not_disturbed_outside_of_their_shift(
    app: Flask, evening: Evening, now: datetime
) -> None:
    with app.app_context(), transaction() as session:
        director = factories.make_employee(session, evening.arena, pay_basis=PayBasis.SALARIED)
    on_shift, off_shift = evening.alex, evening.supervisor
    for who, target in ((on_shift, "on"), (off_shift, "off"), (director, "salaried")):
        reach(app, who, target)
        send(app, who, now=now)
    phones = Phones()
    relay(app, phones, now=now, resting=list_resting)
    assert {note.target for note in phones.notes} == {"on", "salaried"}
    # It waits where they look when they work again.
    assert states(app, off_shift) == [MessageState.INBOX_ONLY]


def test_an_old_call_is_not_pushed_after_a_night_without_a_relay(
    app: Flask, evening: Evening, now: datetime
) -> None:
    reach(app, evening.alex, "asleep")
    send(app, evening.alex, now=now)
    phones = Phones()
    relay(app, phones, now=now + timedelta(hours=9))
    assert (phones.notes, states(app, evening.alex)) == ([], [MessageState.DEAD])


def test_a_message_that_the_service_refuses_is_dead_and_holds_nobody_back(
    app: Flask, evening: Evening, now: datetime
) -> None:
    reach(app, evening.alex, "strict")
    send(app, evening.alex, now=now)
    phones = Phones(says={"strict": Said(answer=Answer.REFUSED, reason="InvalidArgument")})
    relay(app, phones, now=now)
    phones.says.clear()
    send(app, evening.alex, now=now)
    relay(app, phones, now=now)
    assert states(app, evening.alex) == [MessageState.DEAD, MessageState.PUSHED]


def test_a_dead_target_is_dropped_but_not_the_one_that_replaced_it(
    app: Flask, evening: Evening, now: datetime
) -> None:
    headers = reach(app, evening.alex, "revoked")
    gone = Said(answer=Answer.TARGET_GONE, reason="UnregisteredError")
    phones = Phones(says={"revoked": gone})
    send(app, evening.alex, now=now)
    relay(app, phones, now=now)
    with app.app_context(), reading() as session:
        assert (
            session.scalars(
                select(PushTarget).where(PushTarget.employee_id == evening.alex.employee_id)
            ).all()
            == []
        )
    assert states(app, evening.alex) == [MessageState.INBOX_ONLY]
    body = {"kind": "token", "value": "fresh"}
    app.test_client().put("/v1/me/push-target", json=body, headers=headers)
    send(app, evening.alex, now=now)
    relay(app, phones, now=now)
    assert len(phones.told("fresh")) == 1


def test_who_signed_out_is_not_told_on_a_phone_that_others_hold(
    app: Flask, evening: Evening, now: datetime
) -> None:
    headers = reach(app, evening.alex, "shared")
    assert app.test_client().delete("/v1/sessions/current", headers=headers).status_code == 204
    send(app, evening.alex, now=now)
    reach(app, evening.blair, "blair-1")
    with app.app_context(), transaction() as session:
        sessions.end_all_of_employee(
            session,
            organisation_id=evening.organisation_id,
            employee_id=evening.blair.employee_id,
            because="deactivated",
            now=now,
        )
    send(app, evening.blair, now=now)
    phones = Phones()
    relay(app, phones, now=now)
    assert phones.notes == []


def test_what_a_killed_relay_had_in_hand_is_pushed_by_another_and_recorded_once(
    app: Flask, evening: Evening, now: datetime
) -> None:
    reach(app, evening.alex, "phone")
    [sent] = send(app, evening.alex, now=now)
    with app.app_context(), transaction() as session:
        [mine] = deliveries.lease(session, now=now)
    phones = Phones()
    relay(app, phones, now=now + LEASE - timedelta(seconds=1))
    assert phones.notes == []
    relay(app, phones, now=now + LEASE)
    assert phones.told("phone") == [sent]
    # The first comes back to life, and may not undo what the second did.
    with app.app_context(), transaction() as session:
        failed = deliveries.Result(failure="too slow")
        assert deliveries.record(session, results={mine: failed}, now=now + LEASE) == 0
    assert states(app, evening.alex) == [MessageState.PUSHED]


def test_four_relays_at_once_lose_and_double_nothing(
    app: Flask, evening: Evening, now: datetime
) -> None:
    staff = (evening.alex, evening.blair, evening.casey, evening.supervisor)
    sent = {}
    for who in staff:
        reach(app, who, str(who.employee_id))
        sent[who] = send(app, who, now=now, times=20)
    phones = Phones()
    ready = threading.Barrier(4)

    def work() -> None:
        ready.wait()
        for _ in range(40):
            relay(app, phones, now=now)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for who in staff:
        assert phones.told(str(who.employee_id)) == sent[who]


def test_old_messages_are_forgotten_and_new_ones_kept(
    app: Flask, evening: Evening, now: datetime
) -> None:
    reach(app, evening.alex, "phone")
    send(app, evening.alex, now=now - timedelta(days=31))
    relay(app, Phones(), now=now - timedelta(days=31))
    kept = send(app, evening.alex, now=now)
    with app.app_context(), transaction() as session:
        messages.forget_old(session, now=now)
    assert [row.id for row in rows_of(app, evening.alex)] == kept
