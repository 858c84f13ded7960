"""Greetings over HTTP, as a phone sends them."""

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backend.engagement.models import Tally
from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.rewards.models import Balance
from tests.factories import RULES, Arena, make_arena, make_employee, make_shift
from tests.http import headers_for
from tests.rewards.books import check_books

Put = Callable[..., TestResponse]


@pytest.fixture
def world(app: Flask) -> tuple[Arena, Put]:
    """Return an arena whose event is on, and what sends greetings of an usher there."""
    with app.app_context(), transaction() as session:
        arena = make_arena(session, now=clock.now())
        actor = make_employee(session, arena)
        make_shift(session, arena, actor)
    headers = headers_for(app, actor)

    def put(body: Any, greeting_id: object = None) -> TestResponse:
        path = f"/v1/greetings/{greeting_id or uuid4()}"
        sent = {"data": json.dumps(body), "content_type": "application/json"}
        return app.test_client().put(path, headers=headers, **sent)

    return arena, put


def test_one_tap_greets_and_a_second_time_changes_nothing(world: tuple[Arena, Put]) -> None:
    arena, put = world
    greeting_id = uuid4()
    first = put({}, greeting_id)
    assert first.status_code == 201, first.json
    assert first.json is not None
    assert first.json["outcome"] == "paid"
    assert first.json["zone_id"] == str(arena.gate_id)
    again = put({"party_size": 1, "answer": "nothing"}, greeting_id)
    assert (again.status_code, again.json) == (200, first.json)
    other = put({"party_size": 2}, greeting_id)
    assert other.status_code == 409
    assert other.json is not None
    assert other.json["type"] == "/problems/id-already-used"


@pytest.mark.parametrize(
    "body",
    [
        {"party_size": 0},
        {"party_size": -3},
        {"party_size": 51},
        {"party_size": 10**30},
        {"party_size": 1.0},
        {"party_size": True},
        {"answer": "perhaps"},
        {"answer": "nothing\x00"},
        {"zone_id": "gate"},
        {"zone_id": "\ud800"},
        {"at": "2026-02-30T10:00:00Z"},
        {"at": "9999-12-31T23:59:59Z"},
        {"at": "2026-11-21T10:00:00"},
        {"sent_at": None},
        {"points": 5},
        {"organisation_id": str(uuid4())},
        [],
        "greet",
    ],
)
def test_what_is_not_a_greeting_is_refused(world: tuple[Arena, Put], body: Any) -> None:
    _, put = world
    answer = put(body)
    assert answer.status_code in {400, 422}, answer.json
    assert answer.content_type == "application/problem+json"


def test_an_unknown_zone_is_not_found_and_nothing_is_kept(world: tuple[Arena, Put]) -> None:
    _, put = world
    greeting_id = uuid4()
    answer = put({"zone_id": str(uuid4())}, greeting_id)
    assert answer.status_code == 404
    assert put({}, greeting_id).status_code == 201


def test_greeting_needs_a_sign_in_and_an_id(app: Flask) -> None:
    client = app.test_client()
    assert client.put(f"/v1/greetings/{uuid4()}", json={}).status_code == 401
    assert client.put("/v1/greetings/7", json={}).status_code == 404


def test_my_evening_is_counted(app: Flask) -> None:
    now = clock.now()
    with app.app_context(), transaction() as session:
        arena = make_arena(session, now=now)
        actor = make_employee(session, arena)
        make_shift(session, arena, actor)
        later = make_employee(session, make_arena(session, now=now + timedelta(days=3)))
    client, headers = app.test_client(), headers_for(app, actor)
    assert client.get("/v1/me/tally", headers=headers).get_json()["greetings"] == 0
    wish = {"id": str(uuid4()), "category": "directions"}
    body = {"party_size": 3, "answer": "help", "request": wish}
    greeted = client.put(f"/v1/greetings/{uuid4()}", json=body, headers=headers)
    assert greeted.status_code == 201, greeted.json
    assert greeted.get_json()["request"]["status"] == "accepted"
    assert client.get("/v1/me/tally", headers=headers).get_json() == {
        "event_id": str(arena.event_id),
        "event_name": "Home against Away",
        "greetings": 1,
        "fans_greeted": 3,
        "paid_greetings": 1,
        "accepted": 1,
        "resolved": 0,
        "ratings": 0,
        "five_star": 0,
    }
    answer = client.get("/v1/me/tally", headers=headers_for(app, later))
    assert (answer.status_code, answer.get_json()["type"]) == (404, "/problems/no-evening-now")


@pytest.mark.parametrize(
    "body",
    [
        {"answer": "help"},
        {"answer": "nothing", "request": {"id": str(uuid4()), "category": "other"}},
        {"answer": "help", "request": {"category": "other"}},
        {"answer": "help", "request": {"id": str(uuid4()), "category": "sleep"}},
        {"answer": "help", "request": {"id": str(uuid4()), "category": "other", "take": 1}},
        {"answer": "help", "request": {"id": str(uuid4()), "category": "other", "note": "a\x00"}},
        {"answer": "help", "request": None},
    ],
)
def test_a_wish_says_what_is_needed(world: tuple[Arena, Put], body: Any) -> None:
    _, put = world
    answer = put(body)
    assert answer.status_code == 422, answer.json


def test_a_wish_can_be_left_for_others(world: tuple[Arena, Put]) -> None:
    arena, put = world
    wish = {"id": str(uuid4()), "category": "food_and_drink", "seat": "7", "take": False}
    answer = put({"answer": "help", "request": wish})
    assert answer.status_code == 201, answer.json
    assert answer.json is not None
    assert answer.json["request"]["status"] == "open"
    assert answer.json["request"]["zone_id"] == str(arena.gate_id)
    used = put({"answer": "help", "request": wish})
    assert used.status_code == 409


def all_at_once(app: Flask, greetings: Sequence[tuple[dict[str, str], UUID]]) -> list[TestResponse]:
    """Send greetings at once, each with its headers and under its id."""
    together = Barrier(len(greetings))

    def put(greeting: tuple[dict[str, str], UUID]) -> TestResponse:
        headers, greeting_id = greeting
        together.wait()
        return app.test_client().put(f"/v1/greetings/{greeting_id}", json={}, headers=headers)

    with ThreadPoolExecutor(len(greetings)) as pool:
        return list(pool.map(put, greetings))


def at_once(app: Flask, phones: Sequence[dict[str, str]], greeting_id: UUID) -> list[int]:
    """Send one greeting from many phones at once; return the statuses in order."""
    answers = all_at_once(app, [(headers, greeting_id) for headers in phones])
    return sorted(answer.status_code for answer in answers)


def test_greetings_of_one_employee_at_once_are_all_kept_and_paid_up_to_the_cap(
    app: Flask,
) -> None:
    rules = {**RULES, "greeting": {"points": 2, "cap_per_shift": 5, "spacing_seconds": 0}}
    with app.app_context(), transaction() as session:
        arena = make_arena(session, now=clock.now(), rules=rules)
        actor = make_employee(session, arena)
        make_shift(session, arena, actor)
    phones = [headers_for(app, actor) for _ in range(16)]
    answers = all_at_once(app, [(headers, uuid4()) for headers in phones])
    assert [answer.status_code for answer in answers] == [201] * 16
    outcomes = [answer.json["outcome"] for answer in answers if answer.json]
    # One that was judged by an older clock than one before it came too soon.
    assert 1 <= outcomes.count("paid") <= 5
    assert set(outcomes) <= {"paid", "capped", "too_soon"}
    with app.app_context(), reading() as session:
        check_books(session, arena.organisation_id)
        tally = session.get_one(Tally, (arena.organisation_id, arena.event_id, actor.employee_id))
        balance = session.get_one(Balance, (arena.organisation_id, actor.employee_id))
    assert tally.paid_greetings == outcomes.count("paid")
    assert tally.greetings == 16 - outcomes.count("too_soon")
    assert balance.pending == 2 * tally.paid_greetings


@pytest.mark.parametrize("on_shift", [True, False])
def test_two_phones_of_one_employee_greet_once(app: Flask, on_shift: bool) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session, now=clock.now())
        actor = make_employee(session, arena)
        if on_shift:
            make_shift(session, arena, actor)
    phones = [headers_for(app, actor) for _ in range(6)]
    for _ in range(3):
        assert at_once(app, phones, uuid4()) == [200] * 5 + [201]


def test_an_id_that_many_employees_use_at_once_is_one_employees(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session, now=clock.now())
        actors = [make_employee(session, arena) for _ in range(6)]
        for actor in actors:
            make_shift(session, arena, actor)
    phones = [headers_for(app, actor) for actor in actors]
    for _ in range(3):
        assert at_once(app, phones, uuid4()) == [201] + [409] * 5
    with app.app_context(), reading() as session:
        check_books(session, arena.organisation_id)
