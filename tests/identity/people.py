"""People who sign in over HTTP, for the tests of identity."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.app import create_app
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import db, transaction
from backend.identity import queries
from backend.identity.permissions import Role
from backend.identity.services import console, enrolment, vault
from backend.identity.services.hashing import CHEAP
from backend.settings import Settings
from tests.factories import Arena, make_arena, make_employee

PIN = "4907"
PASSWORD = "correct horse battery staple"


@dataclass(kw_only=True)
class Person:
    """An employee with an enrolled phone, and the answer to the enrolment."""

    app: Flask
    arena: Arena
    actor: Actor
    badge_number: str
    phone: dict[str, Any]

    @property
    def employee_id(self) -> UUID:
        return self.actor.employee_id

    def sign_in(self, **changed: Any) -> TestResponse:
        """Sign in with badge number and PIN."""
        body = {
            "device_id": self.phone["device_id"],
            "device_secret": self.phone["device_secret"],
            "badge_number": self.badge_number,
            "pin": PIN,
        }
        return post(self.app.test_client(), "/v1/sessions", {**body, **changed})


@contextmanager
def another_process(app: Flask, **changed: Any) -> Iterator[Flask]:
    """Yield the product once more on the same database, with changed settings."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    other = create_app(replace(settings, **changed))
    yield other
    with other.app_context():
        db.engine.dispose()


def post(client: FlaskClient, path: str, body: dict[str, Any]) -> TestResponse:
    """Send JSON."""
    return client.post(path, json=body)


def refresh(app: Flask, token: str) -> TestResponse:
    """Ask for the next tokens."""
    return post(app.test_client(), "/v1/sessions/refresh", {"refresh_token": token})


def who_am_i(app: Flask, token: str) -> TestResponse:
    """Ask who bears ``token``."""
    return app.test_client().get("/v1/me", headers={"Authorization": f"Bearer {token}"})


def problem(answer: TestResponse) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    assert answer.content_type == "application/problem+json", answer.text
    return answer.status_code, answer.get_json()["type"].removeprefix("/problems/")


def issue_code(app: Flask, actor: Actor) -> str:
    """Return a fresh enrolment code for ``actor``."""
    with app.app_context(), transaction() as session:
        return enrolment.issue_code(
            session,
            organisation_id=actor.organisation_id,
            employee_id=actor.employee_id,
            issued_by=None,
            now=clock.now(),
        ).code


def enrol(app: Flask, actor: Actor, **more: Any) -> TestResponse:
    """Enrol a phone for ``actor``, with a fresh code unless one is given."""
    code = more.pop("code", None) or issue_code(app, actor)
    body = {"code": code, "pin": PIN, "label": "My phone", **more}
    return post(app.test_client(), "/v1/devices", body)


def hire(app: Flask, arena: Arena | None = None, *roles: Role) -> tuple[Arena, Actor, str]:
    """Commit an employee, in a new arena unless one is given."""
    with app.app_context(), transaction() as session:
        arena = arena or make_arena(session)
        actor = make_employee(session, arena, roles=roles or (Role.EMPLOYEE,))
        facts = queries.get_employee(
            session, organisation_id=arena.organisation_id, employee_id=actor.employee_id
        )
    return arena, actor, facts.badge_number


def person(app: Flask, arena: Arena | None = None, *roles: Role) -> Person:
    """Commit an employee with an enrolled phone."""
    arena, actor, badge_number = hire(app, arena, *roles)
    answer = enrol(app, actor)
    assert answer.status_code == 201, answer.text
    return Person(
        app=app, arena=arena, actor=actor, badge_number=badge_number, phone=answer.get_json()
    )


def console_user(app: Flask, *roles: Role) -> tuple[Actor, str, pyotp.TOTP]:
    """Commit somebody who signs in to the console; return them, their address and codes."""
    _, actor, badge_number = hire(app, None, *(roles or (Role.HR,)))
    settings: Settings = app.extensions["on_the_spot.settings"]
    email = f"{badge_number}-{actor.employee_id}@arena.test"
    secret = pyotp.random_base32()
    with app.app_context(), transaction() as session:
        console.set_credentials(
            session,
            organisation_id=actor.organisation_id,
            employee_id=actor.employee_id,
            email=email.upper(),
            password_hash=CHEAP.hash(PASSWORD),
            totp_secret=vault.seal(secret, key=settings.secrets.vault_key),
        )
    return actor, email, pyotp.TOTP(secret)
