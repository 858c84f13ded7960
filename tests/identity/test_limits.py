"""How often somebody may try to sign in."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from backend.foundation import clock
from tests.identity.people import (
    another_process,
    enrol,
    hire,
    issue_code,
    person,
    post,
    problem,
    refresh,
)

TOO_MANY = (429, "too-many-tries")


@pytest.fixture
def limited(app: Flask) -> Iterator[Flask]:
    """Yield another process of the same product, with rate limits."""
    frozen = time_machine.travel(clock.now(), tick=False)
    with another_process(app, rate_limits=True) as other, frozen:
        yield other


def test_an_account_is_tried_ten_times_in_five_minutes(limited: Flask) -> None:
    body = {"email": "boss@arena.test", "password": "guess", "totp": "123456"}
    client = limited.test_client()
    answers = [problem(post(client, "/v1/sessions", body))[0] for _ in range(10)]
    assert answers == [401] * 10
    refused = post(client, "/v1/sessions", {**body, "email": " BOSS@arena.test"})
    assert problem(refused) == TOO_MANY
    assert 1 <= int(refused.headers["Retry-After"]) <= 300
    assert problem(post(client, "/v1/sessions", {**body, "email": "x@arena.test"}))[0] == 401
    with time_machine.travel(clock.now() + timedelta(minutes=5, seconds=1), tick=False):
        assert problem(post(client, "/v1/sessions", body))[0] == 401


def test_the_crowd_behind_one_address_is_let_in_but_not_a_flood(limited: Flask) -> None:
    body = {"code": "0000000000", "pin": "4907", "label": "Phone"}
    client = limited.test_client()
    answers = [problem(post(client, "/v1/devices", body))[0] for _ in range(301)]
    assert answers == [401] * 300 + [429]


def test_the_pin_of_a_used_code_is_tried_ten_times_in_five_minutes(limited: Flask) -> None:
    _, actor, _ = hire(limited)
    code = issue_code(limited, actor)
    assert enrol(limited, actor, code=code).status_code == 201
    guesses = [problem(enrol(limited, actor, code=code, pin=f"58{n:02}"))[0] for n in range(10)]
    assert guesses == [401] * 10
    assert problem(enrol(limited, actor, code=code.lower())) == TOO_MANY


def test_a_session_is_refreshed_thirty_times_a_minute(limited: Flask) -> None:
    token = person(limited).phone["refresh_token"]
    for _ in range(30):
        answer = refresh(limited, token)
        assert answer.status_code == 200
        token = answer.get_json()["refresh_token"]
    assert problem(refresh(limited, token)) == TOO_MANY
