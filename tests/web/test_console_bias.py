"""HR's bias report: figures with intervals, what is withheld, and what it cannot say."""

import csv
import io
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import clock
from backend.foundation.db import new_id, transaction
from backend.identity.permissions import Role
from backend.venues.models import Season
from tests.browser.world import World, make_world
from tests.identity.people import console_user
from tests.web.crews import make_departments
from tests.web.test_console import NOBODY, OURS, sign_in, signed_in
from tests.web.test_console_exports import take, taken


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def lines(page: Any, by: str) -> dict[str, str]:
    """Return what a table of the page says of each group, by its name."""
    table = page.text.split(f'aria-label="By {by}, as a table"')[1].split("</table>")[0]
    rows = re.findall(r'<th scope="row" class="text">(.*?)</th>(.*?)</tr>', table, re.DOTALL)
    return {
        unescape(name): re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", said)))
        for name, said in rows
    }


def test_groups_stand_beside_each_other_with_counts_and_intervals(
    client: FlaskClient, world: World
) -> None:
    make_departments(world, {"Gates": 8, "Suites": 6})
    page = client.get("/hr/bias")
    assert page.status_code == 200
    found = lines(page, "department")
    assert set(found) == {
        "Gates",
        "Suites",
        "Guest services",
        "What is withheld, together",
        "Everybody",
    }
    assert "90.0 %" in found["Gates"]
    assert "81.4 % to 94.8 %" in found["Gates"]
    assert "72 of 80" in found["Gates"]
    assert "20.88" in found["Gates"]
    assert lines(page, "employment")["Part time"].count("of") == 2
    assert "What this report cannot say" in page.text


def test_small_groups_are_withheld_with_the_next_smallest(
    client: FlaskClient, world: World
) -> None:
    make_departments(world, {"Gates": 8, "Suites": 6, "Press": 1})
    found = lines(client.get("/hr/bias"), "department")
    for name in ("Press", "Guest services"):
        assert "%" not in found[name]
        assert "withheld" in found[name]
    assert "90.0 %" in found["Gates"]


def test_before_the_first_season_there_is_nothing_to_compare(
    app: Flask, client: FlaskClient, world: World
) -> None:
    with app.app_context(), transaction() as session:
        arena = world.evening.arena
        season = session.get_one(Season, (arena.organisation_id, arena.season_id))
        season.starts_on = season.ends_on = clock.now().date() + timedelta(days=2)
    assert "No season has begun yet." in client.get("/hr/bias").text


def test_a_season_that_is_not_there_is_refused(client: FlaskClient) -> None:
    assert client.get("/hr/bias?season=autumn").status_code == 422
    for season in (NOBODY, new_id()):
        assert client.get(f"/hr/bias?season={season}").status_code == 404


def test_it_is_for_hr(app: Flask) -> None:
    _, email, totp = console_user(app, Role.SUPERVISOR)
    client = app.test_client()
    sign_in(client, email, totp)
    assert client.get("/hr/bias").status_code == 403
    assert client.get("/hr/exports/bias").status_code == 403


def test_a_report_that_names_nobody_is_taken_along_without_a_code(
    client: FlaskClient, world: World
) -> None:
    make_departments(world, {"Gates": 8, "Press": 1})
    asked = client.get("/hr/exports/bias")
    assert "One-time code" not in asked.text
    assert "No column of it names people." in asked.text
    given = take(client, "bias")
    assert given.status_code == 200
    rows = list(csv.DictReader(io.StringIO(given.data.decode(), newline="")))
    by_group = {(row["grouping"], row["group"] or row["line"]): row for row in rows}
    everybody = by_group["department", "everybody"]
    assert (everybody["good_ratings"], everybody["ratings"]) == ("86", "96")
    press = by_group["department", "Press"]
    assert press["rating_figures"] == press["hour_figures"] == "withheld"
    assert {press[name] for name in ("ratings", "points", "people_with_shifts")} == {""}
    assert take(client, "bias", kind="xlsx").status_code == 200
    first, second = taken(world)
    assert (first["table"], first["rows"]) == ("bias", len(rows))
    assert first["filter"] == {"season": str(world.season_id)}
    assert second["format"] == "xlsx"
    assert "confirmed_at" not in first


def test_a_report_of_one_grouping_is_taken_along_as_it_is_shown(
    client: FlaskClient, world: World
) -> None:
    make_departments(world, {"Gates": 8})
    page = client.get("/hr/bias?by=employment_kind").text
    [link] = re.findall(r'href="(/hr/exports/bias[^"]*)"', page)
    given = client.post(unescape(link), data={"format": "csv"}, headers=OURS)
    rows = list(csv.DictReader(io.StringIO(given.data.decode(), newline="")))
    assert {row["grouping"] for row in rows} == {"employment_kind"}
    assert taken(world)[0]["filter"] == {"season": str(world.season_id), "by": "employment_kind"}
    assert client.get("/hr/bias?by=shoe_size").status_code == 422
