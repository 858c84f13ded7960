"""One employee's evenings, greeted from many phones at once: ids, spacing, caps and books hold."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Greeting, Tally
from backend.engagement.rules import COUNTING
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.insight import verify
from backend.rewards.services import standings
from backend.venues.models import Event, Shift
from tests.engagement.test_races import at_once
from tests.factories import RULES, Arena, make_arena, make_employee, make_shift
from tests.http import headers_for

CAP, SPACING = 7, timedelta(seconds=60)
HOUR = timedelta(hours=1)


def work_twice(session: Session, arena: Arena, actor: Actor, now: datetime) -> tuple[UUID, UUID]:
    """Put ``actor`` on a shift for the last half hour, and for one before it at another event."""
    owned = {"organisation_id": arena.organisation_id}
    shift_id = make_shift(session, arena, actor)
    session.get_one(Shift, (arena.organisation_id, shift_id)).starts_at = now - HOUR / 2
    first = session.get_one(Event, (arena.organisation_id, arena.event_id))
    hours = {"starts_at": now - 2 * HOUR, "ends_at": now - HOUR / 2 - SPACING}
    place = {"venue_id": first.venue_id, "season_id": first.season_id, "held_on": first.held_on}
    doors = now - 3 * HOUR
    second = Event(**owned, id=new_id(), code="2", name="Matinee", doors_at=doors, **place, **hours)
    session.add(second)
    session.flush()
    who = {"employee_id": actor.employee_id, "post_id": arena.gate_post_id}
    session.add(Shift(**owned, id=new_id(), event_id=second.id, **who, **hours))
    return arena.event_id, second.id


@dataclass(frozen=True, kw_only=True)
class Phone:
    """One of the phones that say the same greetings, at the same instant."""

    app: Flask
    headers: dict[str, str]
    now: datetime

    def call(self, method: str, path: str, body: dict[str, Any]) -> Any:
        said = body | {"sent_at": self.now.isoformat()}
        answer = self.app.test_client().open(
            f"/v1{path}", method=method, json=said, headers=self.headers
        )
        assert answer.status_code in {200, 201}, answer.get_data(as_text=True)
        return answer

    def single(self, greeting_id: UUID, at: datetime) -> Callable[[], list[Any]]:
        def put() -> list[Any]:
            answer = self.call("PUT", f"/greetings/{greeting_id}", {"at": at.isoformat()})
            return [(str(greeting_id), answer.status_code, answer.json["outcome"])]

        return put

    def queue(self, said: Sequence[tuple[UUID, datetime]]) -> Callable[[], list[Any]]:
        queue = [{"kind": "greet", "id": str(one), "at": at.isoformat()} for one, at in said]

        def post() -> list[Any]:
            results = self.call("POST", "/sync", {"actions": queue}).json["results"]
            return [(one["id"], one["status"], one["result"]["outcome"]) for one in results]

        return post


@pytest.mark.parametrize("apart", [30, 55, 61])
def test_queues_and_single_greetings_of_the_same_ids_at_once(app: Flask, apart: int) -> None:
    now = clock.now()
    greeting = {"points": 2, "cap_per_shift": CAP, "spacing_seconds": SPACING.seconds}
    with app.app_context(), transaction() as session:
        arena = make_arena(session, now=now, rules=RULES | {"greeting": greeting})
        actor = make_employee(session, arena)
        events = work_twice(session, arena, actor, now)
    phone = Phone(app=app, headers=headers_for(app, actor), now=now)
    said = [(uuid4(), now - timedelta(seconds=apart * place)) for place in range(80)]
    acts = [phone.single(*one) for one in said[::9]]
    acts += [phone.queue(said[start::4]) for start in range(4)] + [phone.queue(said)]
    came = [result for results in at_once(acts) for result in results]
    # Whoever said it first created it, all were told the same.
    assert Counter(status for _, status, _ in came)[201] == len(said)
    assert len({(one, outcome) for one, _, outcome in came}) == len(said)
    with app.app_context():
        standings.catch_up()
        with reading() as session:
            for event_id in events:
                hold_one_evening(session, arena, event_id)
            assert not list(verify.verify(session, organisation_id=arena.organisation_id))


def hold_one_evening(session: Session, arena: Arena, event_id: UUID) -> None:
    """Assert that what counts is spaced, and that just the first seven of it were paid."""
    of_event = {"organisation_id": arena.organisation_id, "event_id": event_id}
    rows = session.scalars(select(Greeting).filter_by(**of_event)).all()
    counted = sorted(row.greeted_at for row in rows if row.outcome in COUNTING)
    assert counted
    assert all(later - earlier >= SPACING for earlier, later in pairwise(counted))
    tally = session.scalars(select(Tally).filter_by(**of_event)).one()
    assert tally.greetings == len(counted)
    assert tally.paid_greetings == min(CAP, len(counted)) == sum(row.points for row in rows) / 2
