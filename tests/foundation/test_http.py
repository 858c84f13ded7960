"""The edge: one transaction per command, problems for every refusal, first answers kept."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any

import marshmallow as ma
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backend import migrations
from backend.app import create_app
from backend.foundation import http
from backend.foundation.actor import Actor
from backend.foundation.db import db, new_id, reading, transaction
from backend.foundation.fields import In, Instant, Int, Out, SecretOut, Str
from backend.foundation.http import AUTHENTICATE, Call, Routes
from backend.foundation.problems import Conflict, Gone, Problem
from backend.identity.models import Department
from tests import factories
from tests.conftest import a_database, settings_for


class May(StrEnum):
    ADD = "add"
    DESTROY = "destroy"


class NameTaken(Conflict):
    """There is one of that name."""


class TooLate(Gone):
    """It is over."""


class DepartmentIn(In):
    name = Str(longest=20, shortest=1, required=True)
    size = Int(low=1, high=9)
    at = Instant()


class DepartmentOut(Out):
    name = ma.fields.String(required=True)
    size = ma.fields.Integer()


class CodeOut(SecretOut):
    code = ma.fields.String(required=True)


toys = Routes("toys", __name__)


def _add(call: Call, name: str) -> None:
    owned = {"organisation_id": call.actor.organisation_id, "id": new_id()}
    call.session.add(Department(**owned, name=name))
    call.session.flush()


@toys.command("POST /toys", may=May.ADD, takes=DepartmentIn(), answers=DepartmentOut(), status=201)
def add_toy(call: Call, body: dict[str, Any]) -> Any:
    """Add a toy."""
    _add(call, body["name"])
    if body["name"] == "raised":
        raise TooLate("at the end")
    return TooLate() if body["name"] == "returned" else body


@toys.command("POST /toys/codes", may=May.ADD, answers=CodeOut())
def show_code(call: Call) -> Any:
    """Show a code."""
    return {"code": str(new_id())}


@toys.command("DELETE /toys/<uuid:toy_id>", may=May.DESTROY, answers=None, status=204)
def destroy_toy(call: Call, toy_id: object) -> None:
    """Destroy a toy."""


@toys.query("/toys", may=None, answers=DepartmentOut())
def get_toy(call: Call) -> Any:
    """Look at a toy."""
    return {"name": "bear"}


@toys.query("/broken", may=None, answers=DepartmentOut())
def get_broken(call: Call) -> Any:
    """Break."""
    raise ZeroDivisionError


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def toy_app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    with a_database(request.param, tmp_path_factory.mktemp("toys")) as url:
        app = create_app(settings_for(url))
        migrations.upgrade(app)
        app.register_blueprint(toys, url_prefix="/v1")
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def actor(toy_app: Flask) -> Actor:
    with toy_app.app_context(), transaction() as session:
        arena = factories.make_arena(session)
        usher = factories.make_employee(session, arena)
    actor = Actor(
        organisation_id=usher.organisation_id,
        employee_id=usher.employee_id,
        permissions=frozenset({May.ADD}),
    )
    toy_app.extensions[AUTHENTICATE] = lambda: actor
    return actor


@pytest.fixture
def client(toy_app: Flask) -> FlaskClient:
    return toy_app.test_client()


def departments(app: Flask, actor: Actor) -> set[str]:
    with app.app_context(), reading() as session:
        owned = Department.organisation_id == actor.organisation_id
        return set(session.scalars(select(Department.name).where(owned)))


def test_what_a_command_does_is_kept(client: FlaskClient, toy_app: Flask, actor: Actor) -> None:
    response = client.post("/v1/toys", json={"name": "bear", "size": 3})
    assert (response.status_code, response.json) == (201, {"name": "bear", "size": 3})
    assert "bear" in departments(toy_app, actor)


def test_who_is_locked_out_while_their_body_comes_does_nothing(
    client: FlaskClient, toy_app: Flask, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = []
    for seconds in (0.05, 3.0):
        asked = iter([actor, replace(actor, permissions=frozenset())])
        toy_app.extensions[AUTHENTICATE] = asked.__next__
        monkeypatch.setattr(http, "monotonic", iter([5.0, 5.0 + seconds]).__next__)
        answer = client.post("/v1/toys", json={"name": f"after {seconds} s"})
        statuses.append(answer.status_code)
    assert statuses == [201, 403]
    assert "after 3.0 s" not in departments(toy_app, actor)


def test_raising_undoes_and_returning_keeps(
    client: FlaskClient, toy_app: Flask, actor: Actor
) -> None:
    raised = client.post("/v1/toys", json={"name": "raised"})
    returned = client.post("/v1/toys", json={"name": "returned"})
    assert raised.status_code == returned.status_code == 410
    assert raised.mimetype == returned.mimetype == "application/problem+json"
    assert raised.json == {
        "type": "/problems/too-late",
        "title": "It is over.",
        "status": 410,
        "detail": "at the end",
    }
    assert "returned" in departments(toy_app, actor)
    assert "raised" not in departments(toy_app, actor)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "bear", "colour": "brown"}, "colour"),
        ({"name": "be\x00ar"}, "name"),
        ({"name": 7}, "name"),
        ({"name": "b" * 21}, "name"),
        ({"name": ""}, "name"),
        ({"name": "bear", "size": 1.0}, "size"),
        ({"name": "bear", "size": True}, "size"),
        ({"name": "bear", "size": "3"}, "size"),
        ({"name": "bear", "at": "2026-02-30T00:00:00Z"}, "at"),
        ({"name": "bear", "at": "9999-12-31T23:59:59-12:00"}, "at"),
        ({"name": "bear", "at": "2026-02-03T00:00:00"}, "at"),
        ({"name": "bear", "at": 5}, "at"),
    ],
)
def test_bad_fields_are_named(
    client: FlaskClient, actor: Actor, body: dict[str, Any], field: str
) -> None:
    response = client.post("/v1/toys", json=body)
    assert response.status_code == 422
    assert response.json is not None
    assert list(response.json["errors"]["json"]) == [field]


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"name": "\\ud800"}', "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"null", "application/json", 422),
        (b'{"name": "bear", "size": 1' + b"0" * 30 + b"}", "application/json", 422),
        (b'{"name": "bear", "size": NaN}', "application/json", 400),
        (b"[]", "application/json", 422),
        (b"name=bear", "application/x-www-form-urlencoded", 415),
        (b'{"name": "' + b"b" * 1_000_000 + b'"}', "application/json", 413),
    ],
)
def test_unreadable_bodies_are_refused(
    client: FlaskClient, actor: Actor, body: bytes, media_type: str, status: int
) -> None:
    response = client.post("/v1/toys", data=body, content_type=media_type)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")


def test_a_key_brings_the_first_answer_back(
    client: FlaskClient, toy_app: Flask, actor: Actor
) -> None:
    headers = {"Idempotency-Key": "one"}
    first = client.post("/v1/toys", json={"name": "first"}, headers=headers)
    again = client.post("/v1/toys", json={"name": "first"}, headers=headers)
    other = client.post("/v1/toys", json={"name": "second"}, headers=headers)
    assert (first.status_code, first.json) == (again.status_code, again.json)
    assert (other.status_code, other.json and other.json["type"]) == (
        422,
        "/problems/idempotency-key-reused",
    )
    assert "second" not in departments(toy_app, actor)


def test_a_secret_is_never_kept_under_a_key(client: FlaskClient, actor: Actor) -> None:
    headers = {"Idempotency-Key": "secret"}
    first = client.post("/v1/toys/codes", headers=headers)
    again = client.post("/v1/toys/codes", headers=headers)
    assert first.json != again.json


def test_a_key_sent_eight_times_at_once_runs_once(toy_app: Flask, actor: Actor) -> None:
    answers = []

    def send() -> None:
        response = toy_app.test_client().post(
            "/v1/toys", json={"name": "race"}, headers={"Idempotency-Key": "race"}
        )
        answers.append(response.status_code)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 201 in answers
    assert set(answers) <= {201, 409}
    with toy_app.app_context(), reading() as session:
        count = select(func.count()).where(
            Department.organisation_id == actor.organisation_id, Department.name == "race"
        )
        assert session.scalar(count) == 1


def test_a_name_taken_in_a_race_is_a_conflict(client: FlaskClient, actor: Actor) -> None:
    client.post("/v1/toys", json={"name": "bear"})
    assert client.post("/v1/toys", json={"name": "bear"}).status_code == 409


def test_permissions_and_the_framework_answer_with_problems(
    client: FlaskClient, actor: Actor
) -> None:
    expected = {
        client.delete(f"/v1/toys/{new_id()}"): "not-allowed",
        client.get("/v1/nothing"): "not-found",
        client.put("/v1/toys"): "method-not-allowed",
        client.get("/v1/broken"): "server-fault",
    }
    for response, code in expected.items():
        assert response.mimetype == "application/problem+json"
        assert response.json is not None
        assert response.json["type"] == f"/problems/{code}"


def test_an_unchanged_answer_is_not_sent_again(client: FlaskClient, actor: Actor) -> None:
    first = client.get("/v1/toys")
    again = client.get("/v1/toys", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")


def test_every_problem_has_a_sentence_of_its_own() -> None:
    assert NameTaken.code() == "name-taken"
    assert issubclass(NameTaken, Problem)
    assert NameTaken.title() == "There is one of that name."
