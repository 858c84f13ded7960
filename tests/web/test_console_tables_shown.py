"""What files say in figures, what they must not say of anybody; and that every table has one."""

import csv
import io
import re
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from backend.foundation import clock
from backend.foundation.db import transaction
from backend.identity.models import SignedInSession
from backend.identity.permissions import Role
from backend.identity.queries import list_payroll_numbers
from backend.web.console.tables import TABLES
from tests.browser.world import World, console_access, make_world
from tests.factories import make_employee, make_shift
from tests.rewards.wallets import give_available
from tests.web.crews import hold_rating, make_crew, make_nights
from tests.web.test_console import OURS, sign_in, signed_in
from tests.web.test_console_adjustments import appealed
from tests.web.test_console_budget import set_to

TEMPLATES = Path(__file__).parents[2] / "backend/web/templates/console"
# Which file has what a table of a template shows, by the name that the table bears.
FILES = {
    ("adjust", "Entries, as a table"): "entries",
    ("adjustments", "{{ texts[shown] }}, as a table"): "adjustments",
    ("appeals", "Appeals, as a table"): "appeals",
    ("audit", "Who did what, as a table"): "audit",
    ("bias", "By {{ title(compared) | lower }}, as a table"): "bias",
    ("boards", "The board as a table"): "boards",
    ("boards", "What is usual, as a table"): "usual",
    ("cards", "Packs, as a table"): "packs",
    ("deed", "Every step, as a table"): "request-steps",
    ("earned", "What earned these points, as a table"): "payroll-sources redemption-sources",
    ("event", "Shifts, as a table"): "shifts",
    ("events", "Events, as a table"): "calendar",
    ("figures", "The board as a table"): "standings",
    ("figures", "{{ named }}"): "events",
    ("follow_ups", "Follow-ups, as a table"): "follow-ups",
    ("gesture_costs", "What gestures cost, as a table"): "gesture-costs",
    ("gestures", "What may be given, as a table"): "gesture-kinds",
    ("payroll", "Batches, as a table"): "batches",
    ("payroll_batch", "Lines, as a table"): "payroll",
    ("people", "People, as a table"): "people",
    ("person", "Phones, as a table"): "phones",
    ("person", "Ratings that wait, as a table"): "held-ratings",
    ("places", "Places, as a table"): "places",
    ("redemptions", "{{ texts[shown] }}, as a table"): "redemptions",
    ("review", "Similar ratings, as a table"): "similar-ratings",
    ("reviews", "Held ratings, as a table"): "reviews",
    ("rewards", "The catalogue as a table"): "rewards",
    ("rules", "{{ named }}"): "simulation",
    ("season", "What came too late, as a table"): "late",
    ("seasons", "Seasons, as a table"): "seasons",
    ("timeline", "Timeline, as a table"): "timeline",
}
LEFT_OUT = {
    ("wrong_rows", "What is wrong, as a table"): "an answer to a file that its reader has",
    ("person", "Redemptions, as a table"): "the newest lines of the timeline, which goes whole",
    ("redemption", "What else was asked for, as a table"): "lines of the employee's timeline",
}


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def confirmed(world: World) -> None:
    """Let every code of everybody here have been right a moment ago."""
    with world.app.app_context(), transaction() as session:
        session.execute(
            update(SignedInSession)
            .where(SignedInSession.organisation_id == world.evening.organisation_id)
            .values(confirmed_at=clock.now())
        )


def rows(world: World, client: FlaskClient, link: str) -> list[dict[str, str]]:
    confirmed(world)
    given = client.post(f"/hr/exports/{link}", data={"format": "csv"}, headers=OURS)
    assert given.status_code == 200, given.text
    return list(csv.DictReader(io.StringIO(given.data.decode(), newline="")))


def test_no_table_of_the_console_is_without_a_file() -> None:
    tables: dict[tuple[str, str], str] = {}
    links: dict[str, set[str]] = {}
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text()
        named = re.findall(r'aria-label="([^"]*)">\s*<table', text)
        assert len(named) == text.count("<table"), f"{path.stem} has a table without a name"
        tables |= {(path.stem, name): text for name in named}
        links[path.stem] = set(re.findall(r'take\("([a-z-]+)"', text))
    assert set(tables) == set(FILES) | set(LEFT_OUT)
    assert not set(FILES) & set(LEFT_OUT)
    for (template, _), files in FILES.items():
        for name in files.split():
            here = {template} if "extends" in tables[template, _] else set(links)
            assert name in TABLES
            assert any(name in links[one] for one in here), f"no link to {name} in {template}"
    assert set().union(*links.values()) == set(TABLES)


def test_the_figures_of_events_are_those_that_the_trend_draws(
    client: FlaskClient, world: World
) -> None:
    make_nights(world, greeted=(870, 450))
    first, second, tonight = rows(world, client, f"events?season={world.season_id}")
    assert (first["held_on"], first["fans_greeted"], first["attendance"]) == (
        *("2026-10-01", "870", "1000"),
    )
    assert (first["greeted_percent"], second["greeted_percent"]) == ("87.00", "45.00")
    assert (first["five_of_five"], first["ratings"], first["five_percent"]) == ("19", "20", "95.00")
    # Wilson's interval of 19 of 20.
    assert (first["five_percent_low"], first["five_percent_high"]) == ("76.39", "99.11")
    assert (first["answered"], first["codes"], first["answered_percent"]) == ("20", "40", "50.00")
    assert (tonight["five_of_five"], tonight["ratings"]) == ("4", "6")
    drawn = client.get("/hr").text
    assert "87.0\u202f%" in drawn
    evening, season = rows(world, client, f"figures?season={world.season_id}")
    assert (evening["line"], evening["attendance"]) == ("event", "19500")
    assert (season["line"], season["attendance"]) == ("season", "21500")
    assert season["five_of_five"] == str(4 + 19 + 18)
    assert (season["requests_resolved"], season["requests_open"]) == ("7", "1")


def test_a_budget_is_told_as_on_its_page_with_what_is_left(
    client: FlaskClient, world: World
) -> None:
    set_to(client, world)
    said = {row["what"]: row for row in rows(world, client, "budget")}
    assert (said["points_budget"]["value"], said["points_budget"]["unit"]) == ("50000", "points")
    given = int(said["points_given"]["value"])
    assert int(said["points_left"]["value"]) == 50_000 - given
    assert (said["money_budget"]["value"], said["money_budget"]["unit"]) == ("600.50", "USD")
    page = re.sub(r"<[^>]+>", " ", client.get("/hr/budget").text)
    assert f"{given:,}" in page
    whose = {"season": str(world.season_id), "seen_version": "0"}
    day = f"{clock.now().year + 2}-12-31"
    client.post("/hr/budget/expiry", data=whose | {"expires_on": day}, headers=OURS)
    said = {row["what"]: row for row in rows(world, client, "budget")}
    assert said["points_expire_on"]["value"] == day
    assert said["points_expired"]["value"] == "0"


def test_a_supervisor_takes_the_ten_at_the_top_and_nobodys_badge(
    app: Flask, world: World, client: FlaskClient
) -> None:
    make_crew(world, people=12)
    with app.app_context(), transaction() as session:
        lead = make_employee(session, world.evening.arena, roles=(Role.SUPERVISOR,))
        email, totp = console_access(app, session, lead)
    theirs = app.test_client()
    assert sign_in(theirs, email, totp).status_code == 303
    taken = rows(world, theirs, "standings")
    assert len(taken) == 10
    assert {row["badge_number"] for row in taken} == {""}
    assert len(rows(world, client, "standings")) > 10


def test_nobody_takes_their_own_held_ratings_along(app: Flask, world: World) -> None:
    with app.app_context(), transaction() as session:
        arena = world.evening.arena
        me = make_employee(session, arena, name="Robin Both", roles=(Role.HR,))
        email, totp = console_access(app, session, me)
        number = list_payroll_numbers(
            session, organisation_id=me.organisation_id, employee_ids=[me.employee_id]
        )[me.employee_id]
        # The same person's other account.
        usher = make_employee(session, arena, name="Robin Usher", payroll_number=number)
        make_shift(session, arena, usher)
    mine, other = app.test_client(), signed_in(app, world)
    assert sign_in(mine, email, totp).status_code == 303
    held = hold_rating(world, usher)
    alex = world.evening.alex
    similar = hold_rating(world, alex)
    helped = hold_rating(world, alex, helper=usher)
    whose = f"employee_id={usher.employee_id}"
    assert [row["rating_id"] for row in rows(world, mine, "reviews")] == [str(similar)]
    assert len(rows(world, other, "reviews")) == 3
    for link, withheld in (
        (f"similar-ratings?rating_id={similar}", {held, helped}),
        (f"timeline?employee_id={alex.employee_id}&show=ratings", {helped}),
    ):
        ids = [
            {row.get("rating_id") or row["id"] for row in rows(world, one, link)}
            for one in (mine, other)
        ]
        assert ids[1] - ids[0] == {str(rating_id) for rating_id in withheld}
    for rating_id in (held, helped):
        page = f"/hr/deeds/rating/{rating_id}"
        assert "Waits for a person" in other.get(page).text
        assert "Waits for a person" not in mine.get(page).text
    for link in (f"held-ratings?{whose}", f"timeline?{whose}&show=ratings"):
        assert rows(world, mine, link) == []
        assert len(rows(world, other, link)) == 1
    link = f"/hr/exports/similar-ratings?rating_id={held}"
    assert mine.post(link, data={"format": "csv"}, headers=OURS).status_code == 404
    assert "rating" not in {row["kind"] for row in rows(world, mine, f"timeline?{whose}")}


def test_a_file_of_appeals_names_nobody_who_decided_before(
    client: FlaskClient, world: World
) -> None:
    alex = world.evening.alex
    with world.app.app_context(), transaction() as session:
        give_available(session, alex, points=200, now=clock.now())
    form = {"points": "-20", "reason": "Counted twice."}
    client.post(f"/hr/adjustments/of/{alex.employee_id}", data=form, headers=OURS)
    appeal_id = appealed(world, alex)
    for show in ("", "?show=all"):
        [row] = rows(world, client, f"appeals{show}")
        assert UUID(row["id"]) == appeal_id
        assert "Harper Hr" not in row.values()
        assert (row["status"], row["decided_by"]) == ("waiting", "")
    assert [row["by"] for row in rows(world, client, "adjustments?show=all")] == ["Harper Hr"]


def test_who_has_worked_too_little_stands_in_the_file_as_on_the_page(
    client: FlaskClient, world: World
) -> None:
    make_crew(world)
    fair = rows(world, client, "boards?order=fair")
    unranked = [row["name"] for row in fair if not row["rank"]]
    assert unranked
    page = client.get("/hr/boards").text
    left = re.findall(r'<li><a [^>]+>([^<]+)</a> <span class="soft">', page)
    assert unranked == left
    assert all(row["rank"] for row in rows(world, client, "boards?order=raw"))
