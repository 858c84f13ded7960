"""Every operation refuses bad input with a problem that names the field, and keeps nothing of it.

The tables are put to each operation of the contract, in its own recorded example.
"""

import copy
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backend.foundation import clock
from backend.foundation.db import Base, reading, transaction
from backend.foundation.problems import MEDIA_TYPE
from backend.rewards.services.ledger import confirm_due
from tests.contract.document import JSON, Operation, operations
from tests.contract.world import World, make_world
from tests.http import tokens_of

# They remember that somebody signed in or asked, whatever else is in the request.
KEEPING_COUNT = {"sessions", "devices"}
TAKING_JSON = [one for one in operations().values() if (one.body() or ("",))[0] == JSON]
GUARDED = [one for one in operations().values() if one.said["security"]]
LISTS = [
    one
    for one in operations().values()
    if "limit" in {parameter["name"] for parameter in one.said.get("parameters", ())}
]
BY_ID = [one for one in GUARDED if "_id}" in one.path and one.method != "put"]
UNREADABLE = [
    (b"", JSON, 422),
    (b"{", JSON, 400),
    (b"null", JSON, 422),
    (b'["a list"]', JSON, 422),
    (b'{"name": "\\ud800"}', JSON, 400),
    (b'{"name": "\xff"}', JSON, 400),
    (b'{"size": NaN}', JSON, 400),
    (b'{"a":' * 60_000 + b"1" + b"}" * 60_000, JSON, 400),
    (b'{"name": "' + b"b" * 1_000_000 + b'"}', JSON, 413),
    (b"name=bear", "application/x-www-form-urlencoded", 415),
    (b"<name>bear</name>", "application/xml", 415),
]
NO_SUCH_DAYS = ("2026-02-30T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "now", 5)
SHAPES = {
    "id": re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}"),
    "day": re.compile(r"\d{4}-\d\d-\d\d"),
    "instant": re.compile(r"\d{4}-\d\d-\d\dT.*Z"),
    "text": re.compile(r".*"),
}
WRONG: dict[str, tuple[Any, ...]] = {
    "id": ("", "7", "g" * 32, 7, {}),
    "day": ("2026-02-30", "9999-12-31", "0000-00-00", 20260230),
    "instant": NO_SUCH_DAYS,
    "text": ("a\x00b", "a" * 5_000, 7, ["a"], {"a": "b"}),
    "number": (-1, 2**31, 2**63, 1.5, "1", True),
    "amount": (0, -(2**31), 2**31, 2**63, -1.5, "-1", True),
    "flag": (0, 1, "true"),
}
# Amounts that may be below zero.
SIGNED = {"amount_cents"}
QUERIES = {
    "limit=0": "limit",
    "limit=-1": "limit",
    "limit=201": "limit",
    "limit=9999999999999999999999": "limit",
    "limit=1.5": "limit",
    "limit=": "limit",
    "cursor=%00": "cursor",
    "cursor=%ED%A0%80": "cursor",
    "cursor=bm90IG91cnM": "cursor",
    "cursor=WzFlOTk5XQ": "cursor",
    "cursor=W1tbW11dXV0": "cursor",
    "colour=brown": "colour",
}
ADDRESSES = ("%00", "%ED%A0%80", "7", "..%2F..", "%2F", "g" * 36, "1" * 5_000, "'%20OR%201=1--")
ELSEWHERE = [
    ("addRequestHelper", None, "employee_id"),
    ("handOverRequest", None, "employee_id"),
    ("putRequest", None, "zone_id"),
    ("putGreeting", None, "zone_id"),
    ("createEvent", None, "venue_id"),
    ("createEvent", None, "season_id"),
    ("listShifts", "", "event_id"),
    ("getLeaderboard", "kind=event&", "event_id"),
    ("getLeaderboard", "", "venue_id"),
    ("getLeaderboard", "", "season_id"),
    ("getLeaderboard", "", "department_id"),
    ("getProgramme", "", "event_id"),
    ("getProgramme", "", "season_id"),
    ("listProgrammeEvents", "", "season_id"),
]


@pytest.fixture(scope="module")
def world(app: Flask) -> Iterator[World]:
    """Yield a world in which nothing has changed after all that is refused."""
    made = make_world(app)
    # What still waits would be confirmed by the next world that is made beside this one.
    with app.app_context(), transaction() as session:
        while confirm_due(session, now=clock.now() + timedelta(days=4)):
            pass
    before = rows_of(made)
    yield made
    assert rows_of(made) == before


def rows_of(world: World) -> dict[str, int]:
    """Count what the organisation has in each table."""
    with world.app.app_context(), reading() as session:
        return {
            table.name: session.scalar(
                select(func.count())
                .select_from(table)
                .where(table.c.organisation_id == world.evening.organisation_id)
            )
            or 0
            for table in Base.metadata.sorted_tables
            if "organisation_id" in table.c and table.name not in KEEPING_COUNT
        }


def send(
    world: World, operation: Operation, *, headers: dict[str, str] | None = None, **more: Any
) -> TestResponse:
    """Call ``operation`` at things that exist, by the manager unless ``headers`` say who."""
    path = operation.path
    for key, known in world.pool.items():
        path = path.replace(f"{{{key}}}", known[0])
    path = path.replace("{greeting_id}", str(uuid4()))
    headers = world.headers if headers is None else headers
    return world.app.test_client().open(path, method=operation.method, headers=headers, **more)


def code_of(answer: TestResponse) -> str:
    """Return the code of a refusal, which must be a problem."""
    assert answer.mimetype == MEDIA_TYPE, f"{answer.status} {answer.text}"
    problem = answer.get_json()
    assert problem["status"] == answer.status_code
    return str(problem["type"]).removeprefix("/problems/")


def said_by(operation: Operation) -> dict[str, Any]:
    """Return a copy of the body in the example of ``operation``."""
    body = operation.body()
    assert body is not None
    example: dict[str, Any] = copy.deepcopy(body[1]["example"])
    return example


def spoiled(example: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield bodies in which one value is wrong, and the name of the field."""
    for place, key, value in list(leaves(example)):
        for wrong in WRONG[kind_of(value)]:
            if key in SIGNED and wrong == -1:
                continue
            place[key] = wrong
            yield str(key), copy.deepcopy(example)
        place[key] = value


def leaves(value: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Yield the place, name and value of everything that is not an object or a list."""
    for key, item in value.items():
        if isinstance(item, dict):
            yield from leaves(item)
        elif not isinstance(item, list):
            yield value, key, item


def kind_of(value: object) -> str:
    """Tell what kind of value an example holds."""
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int):
        return "number" if value >= 0 else "amount"
    return next(kind for kind, shape in SHAPES.items() if shape.fullmatch(str(value)))


@pytest.mark.parametrize("operation", TAKING_JSON, ids=lambda one: one.id)
def test_an_unreadable_body_is_refused(world: World, operation: Operation) -> None:
    for body, media_type, status in UNREADABLE:
        answer = send(world, operation, data=body, content_type=media_type)
        assert (answer.status_code, answer.mimetype) == (status, MEDIA_TYPE), body[:20]


@pytest.mark.parametrize("operation", TAKING_JSON, ids=lambda one: one.id)
def test_a_wrong_value_is_named(world: World, operation: Operation) -> None:
    example = said_by(operation)
    for field, body in [*spoiled(example), ("colour", {**example, "colour": "brown"})]:
        answer = send(world, operation, json=body)
        assert code_of(answer) == "invalid", body
        assert f'"{field}":' in answer.text, body


@pytest.mark.parametrize("operation", LISTS, ids=lambda one: one.id)
def test_a_wrong_page_is_named(world: World, operation: Operation) -> None:
    needed = f"event_id={world.pool['event_id'][0]}&" if operation.id == "listShifts" else ""
    for query, field in QUERIES.items():
        answer = send(world, operation, query_string=needed + query)
        assert code_of(answer) == "invalid", query
        assert list(answer.get_json()["errors"]["query"]) == [field], query


def test_an_address_that_is_no_id_leads_nowhere(world: World) -> None:
    for operation in operations().values():
        if "{" in operation.path:
            for wrong in ADDRESSES:
                path = re.sub(r"{\w+}", wrong, operation.path)
                body = said_by(operation) if operation in TAKING_JSON else None
                answer = world.app.test_client().open(
                    path, method=operation.method, headers=world.headers, json=body
                )
                assert (answer.status_code, answer.mimetype) == (404, MEDIA_TYPE), path


@pytest.mark.parametrize("operation", GUARDED, ids=lambda one: one.id)
def test_a_token_that_is_not_ours_is_refused(world: World, operation: Operation) -> None:
    good = world.headers["Authorization"].removeprefix("Bearer ")
    head, claims, signature = good.split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    for token in (
        "x",
        "é",
        "a" * 100_000,
        f"{head}.{claims}.{signature[:-4]}AAAA",
        f"{head}.{claims[:20]}{'B' if claims[20] != 'B' else 'C'}{claims[21:]}.{signature}",
        f"{unsigned}.{claims}.",
        f"{head}.{claims}",
    ):
        answer = send(world, operation, headers={"Authorization": f"Bearer {token}"})
        assert code_of(answer) == "token-invalid", token[:40]
    for header in ({}, {"Authorization": f"Basic {good}"}, {"Authorization": "Bearer"}):
        assert code_of(send(world, operation, headers=header)) == "not-authenticated"


def test_an_expired_token_and_one_to_refresh_with_are_refused(world: World) -> None:
    tokens = tokens_of(world.app, world.manager)
    refreshing = {"Authorization": f"Bearer {tokens['refresh_token']}"}
    later = clock.now() + timedelta(minutes=16)
    for operation in GUARDED:
        assert code_of(send(world, operation, headers=refreshing)) == "token-invalid"
        with time_machine.travel(later, tick=False):
            assert code_of(send(world, operation)) == "token-expired"


def test_what_belongs_to_another_organisation_is_not_there(world: World) -> None:
    stranger = make_world(world.app)
    for operation in BY_ID:
        more = {"json": said_by(operation)} if operation in TAKING_JSON else {}
        answer = send(world, operation, headers=stranger.headers, **more)
        assert answer.status_code == 404, (operation.id, answer.text)
        assert code_of(answer) in operation.problem_codes(404)


def test_ids_of_another_organisation_are_not_known_in_bodies_and_queries(world: World) -> None:
    stranger = make_world(world.app)
    # The last but one has been accepted, so that it can be shared.
    stranger.pool["request_id"].reverse()
    stranger.pool["request_id"].pop(0)
    for name, query, field in ELSEWHERE:
        foreign, operation = world.pool[field][0], operations()[name]
        if query is not None:
            answer = send(stranger, operation, query_string=f"{query}{field}={foreign}")
        else:
            own = {key: stranger.pool[key][0] for key in ("venue_id",) if name == "createEvent"}
            body = {**said_by(operation), **own, field: foreign}
            answer = send(stranger, operation, json=body)
        assert code_of(answer) in operation.problem_codes(404), (name, field, answer.text)


def test_an_id_that_somebody_elses_phone_has_used_is_refused(app: Flask) -> None:
    world = make_world(app)
    colleague = {"Authorization": f"Bearer {tokens_of(app, world.evening.alex)['access_token']}"}
    client, path = app.test_client(), f"/v1/greetings/{uuid4()}"
    first = client.put(path, json={"party_size": 2}, headers=world.headers)
    taken = client.put(path, json={"party_size": 2}, headers=colleague)
    again = client.put(path, json={"party_size": 2}, headers=world.headers)
    assert (first.status_code, again.status_code) == (201, 200)
    assert (taken.status_code, code_of(taken)) == (409, "id-already-used")
    request = client.put(
        path.replace("greetings", "requests"), json={"category": "other"}, headers=world.headers
    )
    assert (request.status_code, code_of(request)) == (409, "id-already-used")
