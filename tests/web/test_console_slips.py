"""The enrolment slip: shown once, kept nowhere, and scanned by a phone."""

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.identity.queries import WantedActs, list_acts
from backend.identity.rules import EmploymentKind, PayBasis
from backend.identity.services import employees
from tests.browser.world import World, console_access, make_world
from tests.factories import make_employee
from tests.identity.people import PIN, problem
from tests.web.test_console import OURS, sign_in, signed_in


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def slip_of(client: FlaskClient, world: World) -> Any:
    who = world.evening.alex.employee_id
    return client.post(f"/hr/people/{who}/slip", headers=OURS)


def code_on(page: Any) -> str:
    found = re.search(r'<code class="code">(.*?)</code>', page.text)
    assert found
    return unescape(found[1]).replace("\u202f", "")


def enrol(app: Flask, code: str, *, pin: str = PIN) -> Any:
    body = {"code": code, "pin": pin, "label": "My phone"}
    return app.test_client().post("/v1/devices", json=body)


def test_a_slip_enrols_a_phone_once(app: Flask, client: FlaskClient, world: World) -> None:
    page = slip_of(client, world)
    assert page.status_code == 200
    assert "Alex Usher" in page.text
    code = code_on(page)
    assert re.fullmatch("[0-9A-Z]{10}", code)
    assert enrol(app, code).status_code == 201
    assert problem(enrol(app, code, pin="5806")) == (401, "enrolment-code-refused")


def test_a_newer_slip_ends_the_one_before(app: Flask, client: FlaskClient, world: World) -> None:
    older, newer = (code_on(slip_of(client, world)) for _ in range(2))
    assert problem(enrol(app, older)) == (401, "enrolment-code-refused")
    assert enrol(app, newer).status_code == 201


def test_a_code_is_kept_in_no_cache_no_address_and_no_record(
    client: FlaskClient, world: World
) -> None:
    page = slip_of(client, world)
    code = code_on(page)
    assert page.headers["Cache-Control"] == "no-store"
    assert "Location" not in page.headers
    who = world.evening.alex.employee_id
    assert client.get(f"/hr/people/{who}/slip").status_code == 405
    assert code not in client.get(f"/hr/people/{who}").text
    with world.app.app_context(), reading() as session:
        acts = list_acts(
            session,
            organisation_id=world.evening.organisation_id,
            wanted=WantedActs(subject_id=who),
            before=None,
            limit=5,
        )
    assert [(one.act, one.actor_id) for one in acts] == [
        ("employee.enrolment_code_issued", world.hr.employee_id)
    ]
    assert code not in str(acts)


def test_the_policy_of_its_page_allows_its_own_script_and_no_other(
    client: FlaskClient, world: World
) -> None:
    page = slip_of(client, world)
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert not re.findall(r"<script(?![^>]*\bsrc=)", page.text)
    assert not re.findall(r"\sstyle=", page.text)


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "Good once, until"), ("fr", "Valable une seule fois"), ("es", "Vale una sola vez")],
)
def test_it_speaks_the_language_of_whom_it_is_for(
    client: FlaskClient, world: World, language: str, says: str
) -> None:
    new = employees.NewEmployee(
        badge_number="L-1",
        name="<i>Lou</i>",
        department="Guest services",
        employment_kind=EmploymentKind.TEMP,
        pay_basis=PayBasis.HOURLY,
        language=language,
    )
    owner = world.evening.organisation_id
    with world.app.app_context(), transaction() as session:
        who = employees.hire(session, organisation_id=owner, new=new, now=clock.now())
    page = client.post(f"/hr/people/{who}/slip", headers=OURS)
    assert f'lang="{language}"' in page.text
    assert says in page.text
    assert "&lt;i&gt;Lou" in page.text
    assert "<i>Lou" not in page.text


def test_only_who_manages_people_makes_one(app: Flask, world: World) -> None:
    with app.app_context(), transaction() as session:
        paying = make_employee(session, world.evening.arena, roles=(Role.PAYROLL,))
        email, totp = console_access(app, session, paying)
    client = app.test_client()
    sign_in(client, email, totp)
    assert slip_of(client, world).status_code == 403
    assert slip_of(app.test_client(), world).headers["Location"] == "/hr/sign-in"
