"""The operator lets somebody into the console, or in again."""

import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select, update

from backend.foundation import clock
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.foundation.problems import Problem
from backend.founding import Badge, Credentials, NotLetIn, let_in_anew
from backend.identity import queries
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.identity.problems import (
    EmailTaken,
    EmployeeInactive,
    EmployeeUnknown,
    EmploymentEnded,
)
from backend.identity.services import employees
from backend.identity.services.hashing import CHEAP
from backend.settings import Settings
from tests.factories import Arena
from tests.identity.people import PASSWORD, console_user, enrol, hire, post, problem, who_am_i

WRONG = (401, "credentials-wrong")


def name_of(app: Flask, arena: Arena) -> str:
    with app.app_context(), reading() as session:
        return queries.get_organisation_name(session, organisation_id=arena.organisation_id)


def let_in(app: Flask, organisation: str, badge_number: str, email: str = "") -> Credentials:
    settings: Settings = app.extensions["on_the_spot.settings"]
    drawn = Credentials.draw(email)
    with app.app_context(), transaction() as session:
        return let_in_anew(
            session,
            drawn,
            badge=Badge(organisation=organisation, badge_number=badge_number),
            password_hash=CHEAP.hash(drawn.password),
            vault_key=settings.secrets.vault_key,
            now=clock.now(),
        )


def sign_in(app: Flask, email: str, password: str, totp: pyotp.TOTP) -> tuple[int, str]:
    body = {"email": email, "password": password, "totp": totp.at(clock.now())}
    answer = post(app.test_client(), "/v1/sessions", body)
    return (
        (201, answer.get_json()["access_token"]) if answer.status_code == 201 else problem(answer)
    )


def by_command(app: Flask, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    settings: Settings = app.extensions["on_the_spot.settings"]
    kept = {
        "signing_keys": settings.secrets.signing_keys,
        "code_key": b64encode(settings.secrets.code_key).decode(),
        "vault_key": settings.secrets.vault_key,
    }
    (folder / "secrets.json").write_text(json.dumps(kept))
    return subprocess.run(
        [sys.executable, "-P", "-m", "backend", "let-in", *words],
        env={name: text for name, text in os.environ.items() if "ON_THE_SPOT" not in name}
        | {
            "ON_THE_SPOT_DATABASE_URL": settings.database_url,
            "ON_THE_SPOT_INSTANCE": str(folder),
            "PYTHONPATH": str(Path(__file__).parents[2]),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_second_person_is_let_in_by_the_operators_command(app: Flask, tmp_path: Path) -> None:
    arena, _, badge = hire(app, None, Role.SUPERVISOR)
    where = (name_of(app, arena), badge)
    refused = by_command(app, tmp_path, *where)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "Error: No e-mail address of this employee is on file; say --email.\n"
    )
    said = by_command(app, tmp_path, *where, "--email", f"{arena.organisation_id}@Arena.test")
    assert (said.returncode, said.stderr) == (0, "")
    [password] = re.findall(r"password: +(\S+)", said.stdout)
    [uri] = re.findall(r"otpauth://\S+", said.stdout)
    totp = pyotp.parse_uri(uri)
    assert isinstance(totp, pyotp.TOTP)
    assert sign_in(app, f"{arena.organisation_id}@arena.test", password, totp)[0] == 201
    with app.app_context(), reading() as session:
        [act] = session.scalars(
            select(AuditRow).where(AuditRow.organisation_id == arena.organisation_id)
        )
        assert (act.act, act.actor_id) == ("employee.credentials_set", None)
        assert act.detail == {"new_address": True, "sessions_ended": 0}


def test_whoever_lost_their_authenticator_is_let_in_again_and_nobody_by_the_old_one(
    app: Flask,
) -> None:
    actor, email, old = console_user(app, Role.ADMIN)
    with app.app_context(), reading() as session:
        badge = session.get_one(Employee, (actor.organisation_id, actor.employee_id)).badge_number
        organisation = queries.get_organisation_name(session, organisation_id=actor.organisation_id)
    phone = enrol(app, actor).get_json()["access_token"]
    status, desk = sign_in(app, email, PASSWORD, old)
    assert status == 201
    given = let_in(app, organisation, badge)
    assert given.email == email.lower()
    assert sign_in(app, email, PASSWORD, old) == WRONG
    assert sign_in(app, email, given.password, pyotp.TOTP(given.totp_secret))[0] == 201
    assert who_am_i(app, phone).status_code == 200, "a phone has its PIN"
    client = app.test_client()
    ended = client.post("/v1/employees", json={}, headers={"Authorization": f"Bearer {desk}"})
    assert problem(ended) == (401, "session-ended")


def test_nobody_is_let_in_who_has_nothing_to_do_there(app: Flask) -> None:
    arena, _, badge = hire(app)
    name = name_of(app, arena)
    _, gone, of_gone = hire(app, arena, Role.HR)
    _, over, of_over = hire(app, arena, Role.HR)
    _, _, of_hr = hire(app, arena, Role.HR)
    _, taken, _ = console_user(app)
    with app.app_context(), transaction() as session:
        whose = {"organisation_id": arena.organisation_id, "employee_id": gone.employee_id}
        employees.deactivate(session, **whose, now=clock.now())
        session.execute(
            update(Employee)
            .where(Employee.id == over.employee_id)
            .values(contract_ends_on=(clock.now() - timedelta(days=2)).date())
        )
    refusals: list[tuple[type[Exception], str, str, str]] = [
        (NotLetIn, "No Such Arena", of_hr, "new@arena.test"),
        (EmployeeUnknown, name, "no such badge", "new@arena.test"),
        (NotLetIn, name, badge, "new@arena.test"),
        (EmployeeInactive, name, of_gone, "new@arena.test"),
        (EmploymentEnded, name, of_over, "new@arena.test"),
        (EmailTaken, name, of_hr, taken.upper()),
        (NotLetIn, name, of_hr, ""),
    ]
    for refusal, organisation, whom, email in refusals:
        with pytest.raises((Problem, NotLetIn)) as raised:
            let_in(app, organisation, whom, email)
        assert raised.type is refusal, (whom, email)
    with app.app_context(), reading() as session:
        kept = session.scalars(
            select(Employee.password_hash).where(Employee.organisation_id == arena.organisation_id)
        )
        assert set(kept) == {None}
