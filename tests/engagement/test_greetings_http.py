"""Greetings over HTTP, as a phone sends them."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from backend.foundation import clock
from backend.foundation.db import transaction
from tests.factories import Arena, make_arena, make_employee, make_shift
from tests.http import headers_for

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
