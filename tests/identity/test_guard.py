"""The check of every request: genuine tokens pass, everything else is a typed 401."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from flask import Flask
from sqlalchemy import update

from backend.app import create_app
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.foundation.http import AUTHENTICATE
from backend.foundation.memory import Memory
from backend.identity import queries
from backend.identity.guard.authentication import Guard
from backend.identity.models import Device, Employee, SignedInSession
from backend.identity.permissions import Role
from backend.identity.rules import PayBasis
from backend.identity.services import employees
from backend.settings import Secrets, Settings, SettingsRefused
from tests.factories import make_arena, make_employee
from tests.http import headers_for, tokens_of
from tests.identity.people import another_process, hire, problem, refresh, who_am_i

INVALID = (401, "token-invalid")
ENDED = (401, "session-ended")


def settings_of(app: Flask) -> Settings:
    settings: Settings = app.extensions["on_the_spot.settings"]
    return settings


def signing_key(app: Flask) -> Ed25519PrivateKey:
    key = load_pem_private_key(settings_of(app).secrets.signing_keys[0].encode(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return (
        jwt.get_unverified_header(token),
        jwt.decode(token, options={"verify_signature": False}),
    )


def unsigned(header: dict[str, Any], claims: dict[str, Any]) -> str:
    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part(header)}.{part(claims)}."


def employee(app: Flask, *roles: Role) -> Actor:
    return hire(app, None, *roles)[1]


def test_a_signed_in_employee_is_known(app: Flask) -> None:
    actor = employee(app)
    answer = app.test_client().get("/v1/me", headers=headers_for(app, actor))
    assert answer.status_code == 200, answer.json
    assert answer.get_json()["id"] == str(actor.employee_id)
    assert set(answer.get_json()["permissions"]) == actor.permissions


def test_the_actor_carries_session_device_and_pay_basis(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        actor = make_employee(session, make_arena(session), pay_basis=PayBasis.SALARIED)
    with app.test_request_context(headers=headers_for(app, actor)):
        known = app.extensions[AUTHENTICATE]()
    assert known.session_id
    assert known.device_id
    assert replace(known, session_id=None, device_id=None) == actor


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "not-authenticated"),
        ("", "not-authenticated"),
        ("Basic YTpi", "not-authenticated"),
        ("Bearer", "not-authenticated"),
        ("Bearer ", "not-authenticated"),
        ("Bearer x", "token-invalid"),
        ("Bearer a.b.c", "token-invalid"),
        ("Bearer ..", "token-invalid"),
        ("Bearer é.ü.\xff", "token-invalid"),
        (f"Bearer {'x' * 3000}", "token-invalid"),
        ("Bearer bnVsbA.bnVsbA.bnVsbA", "token-invalid"),
        (f"Bearer {unsigned({'alg': 'EdDSA', 'kid': ['x']}, {'sub': 1})}", "token-invalid"),
    ],
)
def test_garbage_is_refused(app: Flask, header: str | None, code: str) -> None:
    headers = {} if header is None else {"Authorization": header}
    answer = app.test_client().get("/v1/me", headers=headers)
    assert problem(answer) == (401, code)
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_forged_tokens_are_refused(app: Flask) -> None:
    token = tokens_of(app, employee(app))["access_token"]
    header, claims = parts_of(token)
    key = signing_key(app)
    head, body, signature = token.split(".")
    other = parts_of(tokens_of(app, employee(app))["access_token"])[1]
    forged = [
        unsigned({**header, "alg": "none"}, claims),
        unsigned({**header, "alg": "None"}, claims),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[::-1]}",
        f"{head}.{unsigned({}, {**claims, 'sub': other['sub']}).split('.')[1]}.{signature}",
        jwt.encode(claims, "secret" * 10, algorithm="HS256", headers={"kid": header["kid"]}),
        jwt.encode(claims, Ed25519PrivateKey.generate(), "EdDSA", {"kid": header["kid"]}),
        jwt.encode(claims, key, "EdDSA", {"kid": "another"}),
        jwt.encode(claims, key, "EdDSA"),
        jwt.encode({**claims, "sid": 5}, key, "EdDSA", {"kid": header["kid"]}),
        jwt.encode({"sub": claims["sub"]}, key, "EdDSA", {"kid": header["kid"]}),
    ]
    assert [problem(who_am_i(app, token)) for token in forged] == [INVALID] * len(forged)
    assert who_am_i(app, token).status_code == 200


def test_even_a_genuine_signature_does_not_mix_people_and_sessions(app: Flask) -> None:
    mine = parts_of(tokens_of(app, employee(app))["access_token"])
    theirs = parts_of(tokens_of(app, employee(app))["access_token"])[1]
    for claim in ("sub", "org", "sid"):
        mixed = {**mine[1], claim: theirs[claim]}
        token = jwt.encode(mixed, signing_key(app), "EdDSA", {"kid": mine[0]["kid"]})
        assert problem(who_am_i(app, token)) == ENDED


def test_an_access_token_lives_fifteen_minutes_even_when_remembered(app: Flask) -> None:
    tokens = tokens_of(app, employee(app))
    start = clock.now()
    assert who_am_i(app, tokens["access_token"]).status_code == 200
    with time_machine.travel(start + timedelta(seconds=890)):
        assert who_am_i(app, tokens["access_token"]).status_code == 200
    with time_machine.travel(start + timedelta(seconds=901)):
        assert problem(who_am_i(app, tokens["access_token"])) == (401, "token-expired")
        assert problem(who_am_i(app, tokens["access_token"])) == (401, "token-expired")
        assert refresh(app, tokens["refresh_token"]).status_code == 200
    with time_machine.travel(start + timedelta(days=2)):
        assert problem(refresh(app, tokens["refresh_token"])) == (401, "token-expired")


def test_a_session_is_asked_about_once_in_nine_tenths_of_a_second(app: Flask) -> None:
    start = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        headers = headers_for(app, employee(app))
    with patch.object(queries, "list_actors", wraps=queries.list_actors) as asked:
        for milliseconds, times in ((0, 1), (200, 1), (890, 1), (910, 2), (1700, 2)):
            with time_machine.travel(start + timedelta(milliseconds=milliseconds), tick=False):
                assert app.test_client().get("/v1/me", headers=headers).status_code == 200
            assert asked.call_count == times


def test_sessions_that_were_used_are_asked_about_together(app: Flask) -> None:
    start = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
    with time_machine.travel(start, tick=False):
        arena, first, _ = hire(app)
        people = [first, *(hire(app, arena)[1] for _ in range(9))]
        everybody = [headers_for(app, actor) for actor in people]

    def ask(second: float, headers: dict[str, str]) -> int:
        with time_machine.travel(start + timedelta(seconds=second), tick=False):
            return app.test_client().get("/v1/me", headers=headers).status_code

    with patch.object(queries, "list_actors", wraps=queries.list_actors) as asked:
        for second in (0, 0.5):
            assert {ask(second, headers) for headers in everybody} == {200}
        assert asked.call_count == 10
        end_session(app, people[5], "deactivated")
        statuses = [ask(1, headers) for headers in everybody]
        assert statuses == [401 if place == 5 else 200 for place in range(10)]
        assert asked.call_count == 12
        assert ask(1.95, everybody[5]) == 401


def end_session(app: Flask, actor: Actor, how: str) -> None:
    now = clock.now()
    whose = {"organisation_id": actor.organisation_id, "employee_id": actor.employee_id}
    yesterday = (now - timedelta(days=2)).date()
    with app.app_context(), transaction() as session:
        if how == "deactivated":
            employees.deactivate(session, **whose, now=now)
        elif how == "device revoked":
            session.execute(
                update(Device).where(Device.enrolled_by == actor.employee_id).values(revoked_at=now)
            )
        elif how == "contract over":
            session.execute(
                update(Employee)
                .where(Employee.id == actor.employee_id)
                .values(contract_ends_on=yesterday)
            )
        else:
            column = {"revoked": "revoked_at", "expired": "expires_at"}[how]
            session.execute(
                update(SignedInSession)
                .where(SignedInSession.employee_id == actor.employee_id)
                .values({column: now})
            )


@pytest.mark.parametrize(
    "how", ["deactivated", "device revoked", "contract over", "revoked", "expired"]
)
def test_whoever_is_locked_out_is_out_within_a_second_in_every_process(
    app: Flask, how: str
) -> None:
    actor = employee(app)
    headers = headers_for(app, actor)
    with another_process(app) as another:
        for process in (app, another):
            assert process.test_client().get("/v1/me", headers=headers).status_code == 200
        end_session(app, actor, how)
        with time_machine.travel(clock.now() + timedelta(seconds=1)):
            for process in (app, another):
                answer = process.test_client().get("/v1/me", headers=headers)
                assert problem(answer) == ENDED


def test_a_role_that_is_taken_away_is_gone_within_a_second(app: Flask) -> None:
    actor = employee(app, Role.HR)
    headers = headers_for(app, actor)
    assert app.test_client().get("/v1/employees", headers=headers).status_code == 200
    with app.app_context(), transaction() as session:
        employees.set_roles(
            session,
            organisation_id=actor.organisation_id,
            employee_id=actor.employee_id,
            roles=[Role.EMPLOYEE],
        )
    with time_machine.travel(clock.now() + timedelta(seconds=1)):
        assert app.test_client().get("/v1/employees", headers=headers).status_code == 403


def test_keys_are_rotated_without_signing_anybody_out(app: Flask) -> None:
    secrets = settings_of(app).secrets
    both = Secrets.make().signing_keys + secrets.signing_keys
    token = tokens_of(app, employee(app))["access_token"]
    with another_process(app, secrets=replace(secrets, signing_keys=both)) as rotated:
        assert who_am_i(rotated, token).status_code == 200
        fresh = tokens_of(rotated, employee(rotated))["access_token"]
        assert who_am_i(rotated, fresh).status_code == 200
    assert parts_of(fresh)[0]["kid"] != parts_of(token)[0]["kid"]
    assert problem(who_am_i(app, fresh)) == INVALID, "the old process does not know the new key"


def test_other_kinds_of_keys_are_refused_at_the_start(app: Flask) -> None:
    settings = settings_of(app)
    for keys in ((), ("not a key",)):
        with pytest.raises(SettingsRefused):
            create_app(replace(settings, secrets=replace(settings.secrets, signing_keys=keys)))


def test_what_is_remembered_is_bounded() -> None:
    memory: Memory[int, int] = Memory(size=3)
    for number in range(10):
        memory.keep(number, number)
    assert [memory.find(number) for number in range(10)] == [None] * 7 + [7, 8, 9]
    memory.forget(8)
    memory.forget(8)
    memory.keep(7, 70)
    memory.keep(11, 11)
    assert [memory.find(number) for number in (7, 8, 9, 11)] == [70, None, 9, 11]


def test_a_guard_of_its_own_starts_with_nothing_remembered(app: Flask) -> None:
    actor = employee(app)
    guard = Guard(check_seconds=0.5, size=1)
    for _ in range(2):
        with app.test_request_context(headers=headers_for(app, actor)):
            assert guard.authenticate().employee_id == actor.employee_id


def test_no_token_without_a_session(app: Flask) -> None:
    header, claims = parts_of(tokens_of(app, employee(app))["access_token"])
    claims["sid"] = str(uuid4())
    token = jwt.encode(claims, signing_key(app), "EdDSA", {"kid": header["kid"]})
    assert problem(who_am_i(app, token)) == ENDED
