"""Whatever pieces of a queue are sent, how often and in which order: the books end the same."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from backend.engagement.models import Tally
from backend.engagement.rules import ActionKind, Answer, Category
from backend.engagement.services import sync
from backend.engagement.services.sync import Coding, Queued
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.rewards.models import Balance
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift
from tests.rewards.books import check_books

GREETINGS = 8
CODING = Coding(key=b"k" * 32, hours=72)


def a_queue() -> list[Queued]:
    """Return greetings a minute apart; every third fan needs something, left for others."""
    queue = []
    for number in range(GREETINGS):
        body: dict[str, Any] = {"party_size": 1 + number, "answer": Answer.NOTHING}
        if number % 3 == 0:
            wish = {"id": new_id(), "category": Category.OTHER, "take": False}
            body = {"party_size": 1, "answer": Answer.HELP, "request": wish}
        at = NOW - timedelta(minutes=GREETINGS - number)
        queue.append(Queued(id=new_id(), kind=ActionKind.GREET, at=at, body=body))
    return queue


def play(session: Session, actor: Actor, queue: list[Queued], place: int) -> dict[UUID, Any]:
    """Send a piece of a queue, a while later each time."""
    wait = timedelta(seconds=place)
    results = sync.play(
        session,
        actor=actor,
        queue=queue,
        sent_at=NOW + wait,
        coding=CODING,
        now=NOW + wait,
    )
    return {
        one.id: (result.status < 400, result.body)
        for one, result in zip(queue, results, strict=True)
    }


def books(session: Session, arena: Arena, actor: Actor) -> tuple[Any, ...]:
    """Return an employee's evening and points."""
    session.expire_all()
    tally = session.get_one(Tally, (arena.organisation_id, arena.event_id, actor.employee_id))
    check_books(session, arena.organisation_id)
    balance = session.get_one(Balance, (arena.organisation_id, actor.employee_id))
    return (
        tally.greetings,
        tally.fans_greeted,
        tally.paid_greetings,
        tally.last_greeted_at,
        balance.pending,
    )


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pieces=st.lists(
        st.lists(st.integers(0, GREETINGS - 1), min_size=1, max_size=2 * GREETINGS), max_size=4
    ),
    last=st.permutations(range(GREETINGS)),
)
def test_any_mixture_of_a_queue_leads_to_the_same_books(
    app: Flask, pieces: list[list[int]], last: list[int]
) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        straight, mixed = make_employee(session, arena), make_employee(session, arena)
        for actor in (straight, mixed):
            make_shift(session, arena, actor)
        play(session, straight, a_queue(), 0)
        queue = a_queue()
        seen: dict[UUID, Any] = {}
        for place, piece in enumerate([*pieces, list(last), list(range(GREETINGS))]):
            came = play(session, mixed, [queue[number] for number in piece], place)
            for action_id, result in came.items():
                assert seen.setdefault(action_id, result) == result
        assert all(fine for fine, _ in seen.values())
        assert books(session, arena, mixed) == books(session, arena, straight)
