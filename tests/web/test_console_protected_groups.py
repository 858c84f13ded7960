"""HR's page of protected groups: imported for a purpose, until a day, and deleted by one act."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.foundation import clock
from backend.foundation.db import reading
from backend.identity.models import Employee
from backend.identity.permissions import Role
from tests.browser.world import World, make_world
from tests.identity.groups import HEADER, PURPOSE
from tests.identity.people import console_user
from tests.web.crews import make_departments
from tests.web.test_console import OURS, sign_in, signed_in
from tests.web.test_console_bias import lines
from tests.web.test_console_exports import take
from tests.web.test_console_imports import words

PAGE = "/hr/bias/groups"
LAST = timedelta(days=365)


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def badges(world: World, department: str) -> list[str]:
    with world.app.app_context(), reading() as session:
        mine = Employee.organisation_id == world.evening.organisation_id
        named = Employee.name.startswith(department)
        return list(session.scalars(select(Employee.badge_number).where(mine, named)))


def send(client: FlaskClient, rows: list[str], **said: str) -> Any:
    form = {
        "attribute": "Age band",
        "purpose": PURPOSE,
        "deleted_on": str(clock.now().date() + LAST),
        "file": (io.BytesIO("\n".join((HEADER, *rows)).encode()), "groups.csv"),
    }
    return client.post(PAGE, data=form | said, headers=OURS)


def grouped(world: World) -> list[str]:
    make_departments(world, {"Gates": 8, "Suites": 6})
    old = [f"{badge},<i>old</i>" for badge in badges(world, "Gates")]
    return old + [f"{badge},young" for badge in badges(world, "Suites")]


def test_groups_are_imported_compared_and_deleted(client: FlaskClient, world: World) -> None:
    assert "Nothing is." in client.get(PAGE).text
    done = send(client, grouped(world))
    assert done.status_code == 303
    page = words(client.get(done.headers["Location"]))
    assert "Imported. The bias report compares them, until their day." in page
    assert PURPOSE in page
    assert "14 people" in page
    report = client.get("/hr/bias")
    found = lines(report, "age band")
    assert set(found) == {
        *("<i>old</i>", "young", "Not stated", "What is withheld, together", "Everybody"),
    }
    assert "90 % 81 % to 95 %" in found["<i>old</i>"]
    # It is 72 of 80, and 20.88 points an hour.
    assert "of 30 or more" in found["<i>old</i>"]
    assert "20.9" in found["<i>old</i>"]
    assert "withheld" in found["young"]
    assert "withheld" in found["Not stated"]
    assert "Every figure is rounded." in words(report)
    assert "it knows Age band and nothing else" in words(report)
    [address] = re.findall(r'action="(/hr/bias/groups/[^"]+/delete)"', client.get(PAGE).text)
    gone = client.post(address, headers=OURS)
    assert "Deleted, everything of it." in client.get(gone.headers["Location"]).text
    assert "By age band" not in client.get("/hr/bias").text
    assert client.post(address, headers=OURS).status_code == 404


def test_one_grouping_is_shown_alone(client: FlaskClient, world: World) -> None:
    send(client, grouped(world))
    page = client.get("/hr/bias", query_string={"by": "protected_group:Age band"})
    assert "By age band" in page.text
    assert "By department" not in page.text
    assert "By age band" not in client.get("/hr/bias?by=department").text
    assert client.get("/hr/bias?by=protected_group:Origin").status_code == 422


def test_the_report_taken_along_has_them_rounded_and_names_nobody(
    client: FlaskClient, world: World
) -> None:
    send(client, grouped(world))
    rows = list(csv.DictReader(io.StringIO(take(client, "bias").data.decode(), newline="")))
    [old] = [row for row in rows if row["group"] == "<i>old</i>"]
    assert (old["grouping"], old["attribute"]) == ("protected_group", "Age band")
    assert (old["good_ratings"], old["ratings"], old["people_rated"]) == ("30", "30", "3")
    [gates] = [row for row in rows if row["group"] == "Gates"]
    assert (gates["good_ratings"], gates["attribute"]) == ("72", "")


@pytest.mark.parametrize("page", ["/hr/people", "/hr/boards", "/hr/audit", "/hr/exports/audit"])
def test_no_other_page_says_who_is_in_which_group(
    client: FlaskClient, world: World, page: str
) -> None:
    send(client, [row.replace("<i>old</i>", "Zebra") for row in grouped(world)])
    assert "Zebra" in client.get("/hr/bias").text
    shown = client.get(page)
    assert shown.status_code == 200
    assert "Zebra" not in shown.text


def test_the_page_of_an_employee_does_not_say_their_group(
    client: FlaskClient, world: World
) -> None:
    send(client, [row.replace("<i>old</i>", "Zebra") for row in grouped(world)])
    with world.app.app_context(), reading() as session:
        mine = Employee.organisation_id == world.evening.organisation_id
        who = session.scalar(select(Employee.id).where(mine, Employee.name == "Gates 0"))
    page = client.get(f"/hr/people/{who}")
    assert "Gates 0" in page.text
    assert "Zebra" not in page.text


def test_every_bad_row_is_named_and_what_was_typed_is_kept(
    client: FlaskClient, world: World
) -> None:
    page = send(client, [*grouped(world), "X-404,old"], attribute="Age <b>")
    assert page.status_code == 422
    told = words(page)
    assert "16 badge_number nobody here has this badge" in told
    assert "Nothing was imported." in told
    assert "Nothing is." in told
    assert 'value="Age &lt;b&gt;"' in page.text


@pytest.mark.parametrize(
    ("said", "tells"),
    [
        ({"attribute": ""}, "Length must be between 1 and 60"),
        ({"purpose": "why"}, "Shorter than minimum length"),
        ({"deleted_on": ""}, "Not a valid date"),
        ({"deleted_on": "2999-01-01"}, "Must be greater than or equal to 2000-01-01"),
        ({"deleted_on": "2099-01-01"}, "comes after today, and within 365 days"),
    ],
)
def test_a_form_that_says_too_little_is_refused(
    client: FlaskClient, world: World, said: dict[str, str], tells: str
) -> None:
    page = send(client, grouped(world), **said)
    assert page.status_code == 422
    assert tells in words(page)
    assert "Nothing is." in words(page)


def test_no_file_is_said(client: FlaskClient) -> None:
    page = client.post(PAGE, data={"attribute": "Age"}, headers=OURS)
    assert page.status_code == 422
    assert "Choose a file." in page.text


def test_another_site_neither_imports_nor_deletes(client: FlaskClient, world: World) -> None:
    rows = grouped(world)
    send(client, rows)
    [address] = re.findall(r'action="(/hr/bias/groups/[^"]+/delete)"', client.get(PAGE).text)
    elsewhere = {"Origin": "https://elsewhere.test"}
    assert client.post(address, headers=elsewhere).status_code == 403
    assert "Age band" in client.get(PAGE).text


def test_it_is_for_hr(app: Flask) -> None:
    _, email, totp = console_user(app, Role.SUPERVISOR)
    client = app.test_client()
    sign_in(client, email, totp)
    assert client.get(PAGE).status_code == 403
    assert send(client, ["1,all"]).status_code == 403


def test_the_address_of_the_page_says_nothing_of_the_file(
    client: FlaskClient, world: World
) -> None:
    done = send(client, grouped(world))
    assert done.headers["Location"] == f"{PAGE}?done=groups_imported"
