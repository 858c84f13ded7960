"""HR's page of rules: read, tried on a season, published."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.foundation import clock
from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.rewards.models import RuleVersion
from backend.web.console.rule_words import document_of, text_of
from tests.browser.world import World, make_world
from tests.factories import RULES, make_arena
from tests.identity.people import console_user
from tests.web.test_console import OURS, sign_in, signed_in

FORM = text_of(RULES)


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def simulate(client: FlaskClient, world: World, **changed: str) -> Any:
    """Try the published rules, but for what is ``changed``, on the world's season."""
    names = {name.replace("__", "."): text for name, text in changed.items()}
    asked = FORM | {"season": str(world.evening.arena.season_id)} | names
    return client.get("/hr/rules", query_string=asked)


def days_from_now(days: int) -> str:
    return f"{clock.now() + timedelta(days=days):%Y-%m-%d}"


def versions_of(world: World) -> list[RuleVersion]:
    with world.app.app_context(), reading() as session:
        owned = RuleVersion.organisation_id == world.evening.organisation_id
        return list(session.scalars(select(RuleVersion).where(owned).order_by(RuleVersion.number)))


def test_the_form_says_what_the_rules_say() -> None:
    assert document_of(text_of(RULES)) == RULES


def test_the_rules_are_told_in_plain_words_with_their_bound(client: FlaskClient) -> None:
    page = client.get("/hr/rules")
    assert page.status_code == 200
    assert "Version 1, in effect, from the beginning" in page.text
    for sentence in (
        "A greeting earns 1 point, up to 40 times in a shift. One within 10 seconds of another",
        "A resolved request earns 10 points, shared by who did it, up to 20 times in a shift.",
        "A rating earns nothing for 1 to 3 of five, 15 points for 4 to 5 of five, up to 20 times",
        "Points are confirmed 72 hours after they were recorded.",
        "pays more than 540 points: 40 for greetings, 200 for requests and 300 for ratings.",
    ):
        assert sentence in page.text
    assert 'name="rating.points_by_stars.4"' in page.text
    assert "Publish the draft" not in page.text


def test_a_draft_is_tried_on_a_season(client: FlaskClient, world: World) -> None:
    page = simulate(client, world, rating__points_by_stars__5="30", cents_per_point="2")
    assert page.status_code == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))
    assert "Ratings 75 1.50 USD 135 2.70 USD +60 1.20 USD" in text
    assert "Everything 145 2.90 USD 205 4.10 USD +60 1.20 USD" in text
    assert "1 would have gained, 0 lost, and 1 had the same." in text
    assert "The most in one shift: 840 points, 16.80 USD." in text
    assert "Alex Usher" in page.text
    assert "Who would have lost most" not in page.text
    assert '<input type="hidden" name="rating.points_by_stars.5" value="30">' in page.text
    assert len(versions_of(world)) == 1


def test_a_draft_without_a_rate_costs_points_only(client: FlaskClient, world: World) -> None:
    page = simulate(client, world)
    assert "0 would have gained, 0 lost, and 2 had the same." in page.text
    assert "USD</span>" not in page.text


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"greeting__points": "-1"}, "Must be a whole number from 0 to 1000."),
        ({"greeting__points": "1.5"}, "Must be a whole number from 0 to 1000."),
        ({"greeting__points": ""}, "Must be a whole number from 0 to 1000."),
        ({"resolved__cap_per_shift": "\u0662"}, "Must be a whole number from 0 to 1000."),
        ({"hold_hours": "0"}, "Must be a whole number from 1 to 720."),
        ({"rating__points_by_stars__1": "99"}, "More stars must not earn less."),
        ({"cents_per_point": "10001"}, "Must be a whole number from 0 to 10000, or empty."),
        ({"cents_per_point": "2", "currency": "usd"}, "Must be three capital letters."),
        ({"season": "x"}, "Choose a season."),
    ],
)
def test_what_cannot_be_tried_is_said_beside_its_field(
    client: FlaskClient, world: World, changed: dict[str, str], message: str
) -> None:
    page = simulate(client, world, **changed)
    assert page.status_code == 422
    assert message in page.text
    assert 'role="alert"' in page.text
    assert "Publish the draft" not in page.text


def test_another_houses_season_is_not_there(app: Flask, client: FlaskClient, world: World) -> None:
    with app.app_context(), transaction() as session:
        elsewhere = make_arena(session)
    for season_id in (elsewhere.season_id, new_id()):
        page = simulate(client, world, season=str(season_id))
        assert page.status_code == 404
        assert 'role="alert"' in page.text


def test_what_was_typed_is_shown_again_as_text(client: FlaskClient, world: World) -> None:
    page = simulate(client, world, hold_hours='"><script>alert(1)</script>')
    assert page.status_code == 422
    assert "<script>" not in page.text


def test_a_draft_is_published_from_a_day_on_and_put_on_record(
    client: FlaskClient, world: World
) -> None:
    form = FORM | {"resolved.points": "12", "effective_on": days_from_now(3)}
    answer = client.post("/hr/rules", data=form, headers=OURS)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/hr/rules?done=published")
    _, version = versions_of(world)
    assert version.document == RULES | {"resolved": {"points": 12, "cap_per_shift": 20}}
    page = client.get("/hr/rules").text
    assert f"Version 2, coming, from {days_from_now(3)} 00:00" in page
    assert "Version 1, in effect" in page
    with world.app.app_context(), reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.subject_id == version.id)).one()
        assert (row.act, row.actor_id) == ("rules.published", version.published_by)


@pytest.mark.parametrize(
    ("changed", "status", "message"),
    [
        ({"effective_on": "2020-01-01"}, 422, "a minute after their publication at the earliest"),
        ({"effective_on": "9999-12-31"}, 422, "Choose a day of this century."),
        ({"effective_on": ""}, 422, "Choose a day."),
        ({"resolved.points": "1001"}, 422, "Must be a whole number from 0 to 1000."),
    ],
)
def test_what_cannot_be_published_is_refused_with_the_form_kept(
    client: FlaskClient, world: World, changed: dict[str, str], status: int, message: str
) -> None:
    form = FORM | {"greeting.points": "3", "effective_on": days_from_now(3)} | changed
    page = client.post("/hr/rules", data=form, headers=OURS)
    assert page.status_code == status
    assert message in page.text
    assert '<input type="hidden" name="greeting.points" value="3">' in page.text
    assert len(versions_of(world)) == 1


def test_two_versions_of_one_day_are_one_too_many(client: FlaskClient, world: World) -> None:
    form = FORM | {"effective_on": days_from_now(5)}
    assert client.post("/hr/rules", data=form, headers=OURS).status_code == 303
    page = client.post("/hr/rules", data=form, headers=OURS)
    assert page.status_code == 409
    assert "takes effect at that very instant" in page.text


@pytest.mark.parametrize("origin", ["https://elsewhere.test", "null", None])
def test_a_form_of_another_site_publishes_nothing(
    client: FlaskClient, world: World, origin: str | None
) -> None:
    headers = {"Origin": origin} if origin else {}
    form = FORM | {"effective_on": days_from_now(3)}
    assert client.post("/hr/rules", data=form, headers=headers).status_code == 403
    assert len(versions_of(world)) == 1


def test_a_stranger_is_led_to_the_sign_in(app: Flask) -> None:
    stranger = app.test_client()
    assert stranger.get("/hr/rules").headers["Location"] == "/hr/sign-in"
    answer = stranger.post("/hr/rules", data=FORM, headers=OURS)
    assert answer.headers["Location"] == "/hr/sign-in"


@pytest.mark.parametrize("role", [Role.EMPLOYEE, Role.SUPERVISOR])
def test_the_rules_are_for_hr(app: Flask, role: Role) -> None:
    _, email, totp = console_user(app, role)
    reader = app.test_client()
    assert sign_in(reader, email, totp).status_code == 303
    assert reader.get("/hr/rules").status_code == 403
    assert reader.post("/hr/rules", data=FORM, headers=OURS).status_code == 403
