"""HR's page of a season's budget: what it may cost, has cost and will come to; and setting it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.rewards.models import SeasonBudget
from backend.rewards.rules import Merit
from backend.rewards.services import redemptions
from backend.venues.models import Event
from tests.browser.world import World, make_world
from tests.factories import make_employee
from tests.identity.people import console_user
from tests.rewards.wallets import give_available, make_reward
from tests.web.test_console import NOBODY, OURS, sign_in, signed_in

FORM = {"points": "50000", "money": "600.50", "currency": "USD", "seen_version": "0"}


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def set_to(client: FlaskClient, world: World, **changed: str) -> Any:
    form = FORM | {"season": str(world.evening.arena.season_id)} | changed
    return client.post("/hr/budget", data=form, headers=OURS)


def budget_of(world: World) -> tuple[int, int, int] | None:
    with world.app.app_context(), reading() as session:
        row = session.get(SeasonBudget, (world.evening.organisation_id, world.season_id))
        return (row.version, row.points, row.cents) if row else None


def words_of(page: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def spend(world: World) -> None:
    """Let somebody ask for 100.00 twice, and HR approve one."""
    now, arena = clock.now(), world.evening.arena
    with world.app.app_context(), transaction() as session:
        usher = make_employee(session, arena)
        hr = make_employee(session, arena, roles=(Role.HR,))
        give_available(session, usher, points=200, now=now)
        reward = make_reward(session, hr, now=now, points=100, value_cents=10_000)
        asked = [
            redemptions.ask(
                session,
                actor=usher,
                reward_id=reward.id,
                reward_version=1,
                merit=Merit(),
                now=now,
            )
            for _ in range(2)
        ]
        redemptions.approve(session, actor=hr, redemption_id=asked[0].id, seen_version=1, now=now)


def test_without_a_budget_the_page_says_so(client: FlaskClient) -> None:
    page = client.get("/hr/budget")
    assert page.status_code == 200
    assert "No budget is set." in page.text
    assert "No figure: no budget says in which currency." in page.text
    assert "No forecast: no event of this season has ended yet." in page.text
    assert 'name="seen_version" value="0"' in page.text


def test_a_budget_is_set_and_shown_with_what_is_committed(
    client: FlaskClient, world: World
) -> None:
    answer = set_to(client, world)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/hr/budget?done=budget_set&season={world.season_id}"
    assert budget_of(world) == (1, 50_000, 60_050)
    spend(world)
    page = client.get("/hr/budget")
    words = words_of(page)
    assert "16.6 % of 600.50 USD; 500.50 USD left" in words
    assert "Approved: 100.00 USD" in words
    assert "Asked for, not committed: 100.00 USD" in words
    assert '<rect class="used" x="0" width="166" height="40"/>' in page.text
    assert '<rect class="asked" x="166" width="167" height="40"/>' in page.text
    assert 'name="money" type="text" required value="600.50"' in page.text


def test_the_forecast_is_told_with_what_it_takes_for_granted(
    client: FlaskClient, world: World
) -> None:
    set_to(client, world)
    spend(world)
    with world.app.app_context(), transaction() as session:
        event = session.get_one(
            Event, (world.evening.organisation_id, world.evening.arena.event_id)
        )
        event.ends_at = clock.now() - timedelta(minutes=1)
        event.starts_at = event.doors_at = event.ends_at - timedelta(hours=2)
    words = words_of(client.get("/hr/budget"))
    assert "at 100.00 cents a point" in words
    assert "One event gives no interval." in words
    assert "Events ended: 1; left, one that is on included: 0." in words


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"points": "-1"}, "Must be a whole number up to 1,000,000,000."),
        ({"points": "1.5"}, "Must be a whole number up to 1,000,000,000."),
        ({"points": ""}, "Must be a whole number up to 1,000,000,000."),
        ({"money": "1,50"}, "Must be an amount up to 20,000,000, like 1500 or 1500.50."),
        ({"money": "20000000.01"}, "Must be an amount up to 20,000,000, like 1500 or 1500.50."),
        ({"money": "\u0662"}, "Must be an amount up to 20,000,000, like 1500 or 1500.50."),
        ({"currency": "usd"}, "Must be three capital letters."),
    ],
)
def test_what_cannot_be_set_is_said_beside_its_field(
    client: FlaskClient, world: World, changed: dict[str, str], message: str
) -> None:
    page = set_to(client, world, **changed)
    assert page.status_code == 422
    assert message in page.text
    assert 'role="alert"' in page.text
    assert budget_of(world) is None


def test_what_is_refused_keeps_what_was_typed(client: FlaskClient, world: World) -> None:
    spend(world)
    page = set_to(client, world, money="99.99", points='"><script>1')
    assert "<script>" not in page.text
    page = set_to(client, world, money="99.99")
    assert page.status_code == 409
    assert "More than that is committed already. Committed: 100.00" in page.text
    assert 'value="99.99"' in page.text


def test_who_was_overtaken_sees_what_is_set_now(client: FlaskClient, world: World) -> None:
    set_to(client, world)
    page = set_to(client, world, money="700")
    assert page.status_code == 409
    assert "has changed since you read it" in page.text
    assert 'value="600.50"' in page.text
    assert 'name="seen_version" value="1"' in page.text
    assert set_to(client, world, money="700", seen_version="1").status_code == 303
    assert budget_of(world) == (2, 50_000, 70_000)


def test_the_day_on_which_points_expire_is_said_and_moved_later_only(
    client: FlaskClient, world: World
) -> None:
    assert "never expire" in client.get("/hr/budget").text
    day = "2031-01-31"
    form = {"season": str(world.season_id), "seen_version": "0", "expires_on": day}

    def say(**changed: str) -> Any:
        return client.post("/hr/budget/expiry", data=form | changed, headers=OURS)

    page = say(expires_on="2026-12-01")
    assert page.status_code == 422
    assert "or later." in page.text
    assert 'value="2026-12-01"' in page.text
    for nonsense in ("", "2026-02-30", "9999-12-31", "0001-01-01"):
        assert say(expires_on=nonsense).status_code == 422
    assert say().status_code == 303
    page = client.get("/hr/budget")
    assert f"The last day is {day}." in page.text
    assert say().status_code == 409
    page = say(seen_version="1")
    assert page.status_code == 409
    assert "it may only be moved to a later one" in page.text
    assert say(seen_version="1", expires_on="2031-02-01").status_code == 303


@pytest.mark.parametrize("season", ["x", str(NOBODY), ""])
def test_a_season_that_is_not_there_is_refused(
    client: FlaskClient, world: World, season: str
) -> None:
    assert set_to(client, world, season=season).status_code in {404, 422}
    if season:
        assert client.get(f"/hr/budget?season={season}").status_code in {404, 422}


@pytest.mark.parametrize("origin", ["https://elsewhere.test", "null"])
def test_a_form_of_another_site_sets_nothing(
    client: FlaskClient, world: World, origin: str
) -> None:
    form = FORM | {"season": str(world.season_id)}
    answer = client.post("/hr/budget", data=form, headers={"Origin": origin})
    assert answer.status_code == 403
    assert budget_of(world) is None


def test_the_budget_is_for_hr(app: Flask) -> None:
    stranger = app.test_client()
    assert stranger.get("/hr/budget").headers["Location"] == "/hr/sign-in"
    assert stranger.post("/hr/budget", headers=OURS).headers["Location"] == "/hr/sign-in"
    _, email, totp = console_user(app, Role.SUPERVISOR)
    assert sign_in(stranger, email, totp).status_code == 303
    assert stranger.get("/hr/budget").status_code == 403
    assert stranger.post("/hr/budget", data=FORM, headers=OURS).status_code == 403
