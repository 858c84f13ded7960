"""Greetings: what they earn, what counts, and what a phone may send twice."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Greeting, Tally
from backend.engagement.problems import IdAlreadyUsed, ZoneElsewhere
from backend.engagement.rules import Moment
from backend.engagement.services import greetings
from backend.engagement.services.actions import Result, moment_of
from backend.engagement.services.greetings import NewGreeting
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.foundation.problems import Problem
from backend.identity.rules import PayBasis
from backend.rewards.models import RuleVersion
from backend.rewards.queries import get_points
from backend.venues.models import Venue, Zone
from backend.venues.problems import ZoneNotFound
from backend.venues.rules import ZoneKind
from tests.factories import NOW, RULES, Arena, make_arena, make_employee, make_shift
from tests.rewards.books import check_books


@pytest.fixture
def usher(session: Session, arena: Arena) -> Actor:
    """Return an hourly employee on a shift at the gate."""
    actor = make_employee(session, arena)
    make_shift(session, arena, actor)
    return actor


def said(
    *, at: datetime = NOW, sent_at: datetime = NOW, now: datetime = NOW, **more: Any
) -> NewGreeting:
    """Return a greeting as a phone says it."""
    moment = moment_of(at, sent_at=sent_at, now=now)
    values: dict[str, Any] = {"id": uuid4(), "moment": moment, "phone_at": at}
    return NewGreeting(**(values | more))


def spaced(number: int, *, seconds: int = 10) -> list[NewGreeting]:
    """Return a queue of greetings, ``seconds`` apart, the last one now."""
    return [said(at=NOW - timedelta(seconds=seconds * place)) for place in reversed(range(number))]


def record(session: Session, actor: Actor, queue: Sequence[NewGreeting]) -> list[Any]:
    """Record a queue; return bodies, or problems."""
    results = greetings.record(session, actor=actor, greetings=queue, now=NOW)
    return [result.body if isinstance(result, Result) else result for result in results]


def outcomes(bodies: Sequence[dict[str, Any]]) -> list[str]:
    """Return what became of greetings."""
    return [body["outcome"] for body in bodies]


def tally_of(session: Session, arena: Arena, actor: Actor) -> Tally | None:
    """Return somebody's evening."""
    session.expire_all()
    return session.get(Tally, (arena.organisation_id, arena.event_id, actor.employee_id))


def pending(session: Session, actor: Actor) -> int:
    """Return somebody's pending points."""
    who = {"organisation_id": actor.organisation_id, "employee_id": actor.employee_id}
    return get_points(session, **who).pending


def test_a_greeting_is_paid_counted_and_placed_at_the_post(
    session: Session, arena: Arena, usher: Actor
) -> None:
    greeting = said(party_size=4)
    (body,) = record(session, usher, [greeting])
    assert body == {
        "id": str(greeting.id),
        "outcome": "paid",
        "points": 1,
        "counted": True,
        "greeted_at": "2026-11-21T19:30:00Z",
        "event_id": str(arena.event_id),
        "zone_id": str(arena.gate_id),
        "request": None,
    }
    tally = tally_of(session, arena, usher)
    assert tally is not None
    assert (tally.greetings, tally.fans_greeted, tally.paid_greetings) == (1, 4, 1)
    assert tally.last_greeted_at == NOW
    assert pending(session, usher) == 1
    check_books(session, arena.organisation_id)


def test_five_thousand_taps_earn_the_cap_and_count_once_per_spacing(
    session: Session, arena: Arena, usher: Actor
) -> None:
    since = NOW - timedelta(minutes=100)
    taps = [said(at=since + timedelta(seconds=second)) for second in range(5_000)]
    bodies = [
        body
        for place in range(0, 5_000, 500)
        for body in record(session, usher, taps[place : place + 500])
    ]
    tally = tally_of(session, arena, usher)
    assert tally is not None
    assert outcomes(bodies).count("paid") == 40 == tally.paid_greetings == pending(session, usher)
    assert outcomes(bodies).count("capped") == 460
    assert outcomes(bodies).count("too_soon") == 4_500
    assert tally.greetings == tally.fans_greeted == 500
    check_books(session, arena.organisation_id)


def test_single_greetings_are_judged_as_a_queue_is(session: Session, arena: Arena) -> None:
    queue = spaced(60, seconds=7)
    alone, at_once = make_employee(session, arena), make_employee(session, arena)
    for actor in (alone, at_once):
        make_shift(session, arena, actor)
    one_by_one = [record(session, alone, [said(at=one.phone_at or NOW)])[0] for one in queue]
    together = record(session, at_once, queue)
    assert outcomes(one_by_one) == outcomes(together)


@pytest.mark.parametrize(
    ("at", "sent_at", "outcome"),
    [
        pytest.param(NOW - timedelta(hours=1), NOW, "paid", id="an hour in the queue"),
        pytest.param(NOW + timedelta(days=900), NOW + timedelta(days=900), "paid", id="fast clock"),
        pytest.param(NOW - timedelta(days=900), NOW - timedelta(days=900), "paid", id="slow clock"),
        pytest.param(NOW + timedelta(minutes=1), NOW, "unverified", id="the phone's own future"),
        pytest.param(NOW - timedelta(hours=5), NOW, "unverified", id="before the shift"),
        pytest.param(NOW - timedelta(hours=73), NOW, "rejected", id="older than 72 hours"),
    ],
)
def test_the_server_judges_the_phones_clock(
    session: Session, arena: Arena, usher: Actor, at: datetime, sent_at: datetime, outcome: str
) -> None:
    greeting = said(at=at, sent_at=sent_at)
    (body,) = record(session, usher, [greeting])
    assert body["outcome"] == outcome
    assert body["counted"] == (outcome == "paid")
    assert pending(session, usher) == (1 if outcome == "paid" else 0)
    kept = session.get_one(Greeting, (arena.organisation_id, greeting.id))
    assert kept.outcome == outcome
    tally = tally_of(session, arena, usher)
    assert (tally.greetings if tally else 0) == (1 if outcome == "paid" else 0)


def test_hourly_staff_off_shift_are_unverified_and_salaried_staff_are_paid(
    session: Session, arena: Arena
) -> None:
    hourly = make_employee(session, arena)
    salaried = make_employee(session, arena, pay_basis=PayBasis.SALARIED)
    assert outcomes(record(session, hourly, [said(zone_id=arena.gate_id)])) == ["unverified"]
    (body,) = record(session, salaried, [said()])
    assert (body["outcome"], body["zone_id"]) == ("paid", None)
    queue = [said(), said(at=NOW - timedelta(hours=20))]
    assert outcomes(record(session, salaried, queue)) == ["too_soon", "unverified"]


def test_a_rule_without_points_counts_and_pays_nothing(session: Session, arena: Arena) -> None:
    unpaid = RULES | {"greeting": {"points": 0, "cap_per_shift": 40, "spacing_seconds": 10}}
    session.add(
        RuleVersion(
            organisation_id=arena.organisation_id,
            id=new_id(),
            number=2,
            effective_from=NOW - timedelta(days=1),
            document=unpaid,
            published_at=NOW,
            published_by=None,
        )
    )
    session.flush()
    usher = make_employee(session, arena)
    make_shift(session, arena, usher)
    assert outcomes(record(session, usher, [said()])) == ["unpaid"]
    tally = tally_of(session, arena, usher)
    assert tally is not None
    assert (tally.greetings, tally.paid_greetings) == (1, 0)


def test_a_queue_that_arrives_late_counts_between_what_counted_already(
    session: Session, arena: Arena, usher: Actor
) -> None:
    assert outcomes(record(session, usher, [said()])) == ["paid"]
    minutes_ago = [said(at=NOW - timedelta(minutes=minutes)) for minutes in (1, 3, 2)]
    near = [said(at=NOW - timedelta(seconds=seconds)) for seconds in (9, 51, 69)]
    assert outcomes(record(session, usher, minutes_ago)) == ["paid"] * 3
    assert outcomes(record(session, usher, near)) == ["too_soon"] * 3
    tally = tally_of(session, arena, usher)
    assert tally is not None
    assert tally.last_greeted_at == NOW


def test_the_zone_must_be_there_and_of_the_events_venue(
    session: Session, arena: Arena, usher: Actor
) -> None:
    owned = {"organisation_id": arena.organisation_id}
    other = Venue(**owned, id=new_id(), code="B", name="B", time_zone="UTC", capacity=1)
    session.add(other)
    session.flush()
    lot = Zone(**owned, id=new_id(), venue_id=other.id, code="P", name="P", kind=ZoneKind.PARKING)
    session.add(lot)
    session.flush()
    foreign = make_arena(session).gate_id
    queue = [said(zone_id=lot.id), said(zone_id=foreign), said(zone_id=arena.section_id)]
    elsewhere, unknown, fine = record(session, usher, queue)
    assert isinstance(elsewhere, ZoneElsewhere)
    assert isinstance(unknown, ZoneNotFound)
    assert fine["zone_id"] == str(arena.section_id)
    kept = session.scalars(select(Greeting.id).filter_by(employee_id=usher.employee_id)).all()
    assert kept == [queue[2].id]
    with pytest.raises(ZoneNotFound):
        greetings.greet(session, actor=usher, greeting=queue[1], now=NOW)


def test_a_greeting_sent_again_gets_its_first_result_and_nothing_more(
    session: Session, arena: Arena, usher: Actor
) -> None:
    greeting = said()
    first = greetings.greet(session, actor=usher, greeting=greeting, now=NOW)
    later = NOW + timedelta(minutes=5)
    without_time = NewGreeting(id=greeting.id, moment=Moment.present(later))
    for again in (greeting, without_time):
        result = greetings.greet(session, actor=usher, greeting=again, now=later)
        assert (first.status, result.status) == (201, 200)
        assert result.body == first.body
    assert pending(session, usher) == 1


def test_an_id_is_taken_for_one_greeting_of_one_employee(
    session: Session, arena: Arena, usher: Actor
) -> None:
    greeting = said()
    record(session, usher, [greeting])
    colleague = make_employee(session, arena)
    make_shift(session, arena, colleague)
    for actor, other in (
        (usher, said(id=greeting.id, party_size=2)),
        (usher, said(id=greeting.id, zone_id=arena.gate_id)),
        (usher, said(id=greeting.id, at=NOW - timedelta(minutes=1))),
        (colleague, greeting),
    ):
        with pytest.raises(IdAlreadyUsed):
            greetings.greet(session, actor=actor, greeting=other, now=NOW)
    assert pending(session, usher) == 1
    assert pending(session, colleague) == 0


def test_an_id_that_comes_twice_in_a_queue_is_one_greeting(
    session: Session, arena: Arena, usher: Actor
) -> None:
    same: UUID = uuid4()
    one, other = said(id=same), said(id=same, party_size=3)
    results = greetings.record(session, actor=usher, greetings=[one, one, other], now=NOW)
    assert isinstance(results[0], Result)
    assert isinstance(results[1], Result)
    assert results[1].body == results[0].body
    assert isinstance(results[2], Problem)
    again = greetings.record(session, actor=usher, greetings=[other, one], now=NOW)
    assert isinstance(again[0], IdAlreadyUsed)
    assert isinstance(again[1], Result)
    assert pending(session, usher) == 1
