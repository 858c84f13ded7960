"""HR's page of people: who is there, found by a word, narrowed, and in pages."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import clock
from backend.foundation.db import transaction
from backend.identity.permissions import Role
from backend.identity.rules import EmploymentKind
from backend.identity.services import employees
from tests.browser.world import World, console_access, make_world
from tests.factories import make_employee
from tests.web.test_console import sign_in, signed_in


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def rows(page: Any) -> list[str]:
    """Return what is written in each line of the table."""
    lines = re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL)[1:]
    return [re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", line))) for line in lines]


def hire(world: World, badge: str, name: str, **more: Any) -> None:
    new = {
        "department": "Guest services",
        "employment_kind": EmploymentKind.PART_TIME,
        "pay_basis": "hourly",
    }
    with world.app.app_context(), transaction() as session:
        employees.hire(
            session,
            organisation_id=world.evening.organisation_id,
            new=employees.NewEmployee(badge_number=badge, name=name, **new | more),
            now=clock.now(),
        )


def test_everybody_is_listed_with_what_hr_must_know(client: FlaskClient, world: World) -> None:
    ended = clock.now().date() - timedelta(days=3)
    hire(world, "Z-1", "Zoe <b>Temp</b>", employment_kind="contractor", contract_ends_on=ended)
    page = client.get("/hr/people")
    assert '<a href="/hr/people" aria-current="page">People</a>' in page.text
    [zoe] = [row for row in rows(page) if "Zoe" in row]
    assert re.search(r"Z-1 Zoe <b>Temp</b> Guest services Contractor", zoe)
    assert f"{ended} Contract is over" in zoe
    assert "<b>Temp" not in page.text
    assert any("Alex Usher" in row and "Active" in row for row in rows(page))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=zOE", {"Zoe Parker"}),
        ("q=Q-7", {"Quinn Q"}),
        ("department=Parking", {"Zoe Parker", "Quinn Q"}),
        ("department=Parking&kind=temp", {"Quinn Q"}),
        ("kind=temp&state=active", {"Quinn Q"}),
        ("kind=temp&state=inactive", set()),
        ("q=%25", set()),
        ("q=%00", set()),
        ("department=%00", set()),
    ],
)
def test_people_are_found_by_a_word_and_narrowed(
    client: FlaskClient, world: World, query: str, found: set[str]
) -> None:
    hire(world, "Q-6", "Zoe Parker", department="Parking")
    hire(world, "Q-77", "Quinn Q", department="Parking", employment_kind="temp")
    listed = rows(client.get(f"/hr/people?{query}"))
    assert len(listed) == len(found)
    assert all(any(name in row for row in listed) for name in found)


@pytest.mark.parametrize("query", ["kind=king", "state=dead", "after=x", "after=WzFd"])
def test_a_choice_that_is_not_there_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/hr/people?{query}").status_code == 422


def test_pages_follow_each_other_and_keep_the_filter(client: FlaskClient, world: World) -> None:
    for number in range(53):
        hire(world, f"P-{number:02}", f"Pat {number:02}")
    first = client.get("/hr/people?q=pat&state=active")
    assert len(rows(first)) == 50
    [following] = re.findall(r'href="(/hr/people\?after=[^"]+)"', first.text)
    second = rows(client.get(unescape(following)))
    assert [re.findall("Pat [0-9]+", row) for row in second] == [["Pat 50"], ["Pat 51"], ["Pat 52"]]


def test_another_organisations_people_are_not_listed(app: Flask, client: FlaskClient) -> None:
    hire(make_world(app), "ELSE-1", "Elsewhere Only")
    assert rows(client.get("/hr/people?q=Elsewhere")) == []


def test_only_who_manages_people_may_look(app: Flask, world: World) -> None:
    with app.app_context(), transaction() as session:
        paying = make_employee(session, world.evening.arena, roles=(Role.PAYROLL,))
        email, totp = console_access(app, session, paying)
    client = app.test_client()
    sign_in(client, email, totp)
    assert client.get("/hr/people").status_code == 403
    assert "/hr/people" not in client.get("/hr/payroll").text
