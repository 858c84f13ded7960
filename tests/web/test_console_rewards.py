"""HR's pages of rewards: what a form puts into the catalogue, to the cent, and what it refuses."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.foundation import clock
from backend.foundation.db import new_id, reading, transaction
from backend.identity.rules import EmploymentKind
from backend.rewards import queries
from backend.rewards.queries import RewardFacts
from backend.rewards.rules import Merit, RewardKind
from backend.rewards.services import catalogue, redemptions
from backend.web.console import rewards as pages
from backend.web.console.reward_words import Unreadable, cents
from tests.browser.world import World, make_world
from tests.rewards.wallets import give_available, make_reward
from tests.web.test_console import OURS, signed_in
from tests.web.wishes import acts_on

ZONE = ZoneInfo("America/New_York")
FORM: dict[str, Any] = {
    "name": "A week by the sea",
    "kind": "vacation",
    "description": "Five days off\r\nand the hotel.",
    "points": "5000",
    "value_cents": "1800.50",
    "currency": "USD",
    "taxable": "on",
    "days_off": "5",
    "stock": "3",
    "offered_from": "2026-12-01T09:00",
    "offered_until": "2027-06-30T09:00",
    "employment_kinds": ["full_time", "part_time"],
    "least_resolved": "100",
    "least_good_percent": "90",
}


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def in_catalogue(world: World) -> list[RewardFacts]:
    with world.app.app_context(), reading() as session:
        owner = world.evening.organisation_id
        return queries.list_rewards(
            session, organisation_id=owner, offered_at=None, after=None, limit=50
        )


def a_reward(world: World, **given: Any) -> RewardFacts:
    with world.app.app_context(), transaction() as session:
        return make_reward(session, world.hr, now=clock.now(), **given)


def send(client: FlaskClient, path: str, **said: Any) -> TestResponse:
    form = {name: value for name, value in said.items() if value is not None}
    return client.post(f"/hr/rewards/{path}", data=form, headers=OURS)


def as_shown(reward: RewardFacts, **changed: Any) -> dict[str, Any]:
    """Return the form of CASH as its page shows it, but for what is ``changed``."""
    began = reward.offered_from.astimezone(ZONE)
    shown: dict[str, Any] = {
        "version": reward.version,
        "name": reward.name,
        "description": "",
        "points": "100",
        "value_cents": "100.00",
        "currency": "USD",
        "taxable": "on",
        "offered_from": f"{began:%Y-%m-%dT%H:%M}",
        "least_resolved": "0",
        "least_good_percent": "0",
    }
    return shown | changed


def test_what_was_taken_meanwhile_is_not_put_back_by_a_form(
    client: FlaskClient, world: World
) -> None:
    reward, alex = a_reward(world, stock=3), world.evening.alex
    assert 'name="seen_stock" value="3"' in client.get(f"/hr/rewards/{reward.id}").text
    with world.app.app_context(), transaction() as session:
        give_available(session, alex, points=1_000, now=clock.now())
        redemptions.ask(
            session,
            actor=alex,
            reward_id=reward.id,
            reward_version=reward.version,
            merit=Merit(),
            now=clock.now(),
        )
    form = as_shown(reward, stock="3", seen_stock="3")
    counted = send(client, f"{reward.id}", **form | {"stock": "5"})
    assert counted.status_code == 409
    assert 'name="seen_stock" value="3"' in counted.text
    assert in_catalogue(world)[0].stock == 2
    assert send(client, f"{reward.id}", **form | {"description": "New words."}).status_code == 303
    [now] = in_catalogue(world)
    assert (now.stock, now.description) == (2, "New words.")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("250.00", 25_000),
        ("250", 25_000),
        ("250.5", 25_050),
        ("0.07", 7),
        ("0", 0),
        ("100000.00", 10_000_000),
        ("4.35", 435),
        ("1.10", 110),
    ],
)
def test_an_amount_is_read_to_the_cent(text: str, amount: int) -> None:
    assert cents(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "",
        "250.005",
        "2.5e2",
        "1,000.00",
        "-1",
        "+1",
        ".5",
        "5.",
        "NaN",
        "\u0662",
        "1 0",
        "100000.01",
    ],
)
def test_an_amount_that_is_none_is_not_guessed_at(text: str) -> None:
    with pytest.raises(Unreadable):
        cents(text)


def test_a_form_makes_a_reward_to_the_cent_and_the_minute(
    client: FlaskClient, world: World
) -> None:
    answer = send(client, "new", **FORM)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/hr/rewards?done=created")
    [made] = in_catalogue(world)
    assert made == RewardFacts(
        organisation_id=world.evening.organisation_id,
        id=made.id,
        version=1,
        name="A week by the sea",
        description="Five days off\nand the hotel.",
        kind=RewardKind.VACATION,
        points=5_000,
        value_cents=180_050,
        currency="USD",
        taxable=True,
        days_off=5,
        stock=3,
        offered_from=datetime(2026, 12, 1, 14, tzinfo=UTC),
        offered_until=datetime(2027, 6, 30, 13, tzinfo=UTC),
        employment_kinds=["full_time", "part_time"],
        least_resolved=100,
        least_good_percent=90,
        withdrawn_at=None,
    )
    assert acts_on(world, made.id) == [("reward.created", world.hr.employee_id)]
    page = client.get(answer.headers["Location"]).text
    assert "The reward is in the catalogue." in page
    assert "1,800.50" in page


def test_what_is_left_empty_has_no_bound(client: FlaskClient, world: World) -> None:
    empty = dict.fromkeys(("days_off", "stock", "offered_from", "offered_until", "description"), "")
    free = {"kind": "perk", "taxable": None, "employment_kinds": None}
    assert send(client, "new", **FORM | empty | free).status_code == 303
    [made] = in_catalogue(world)
    assert (made.days_off, made.stock, made.offered_until) == (None, None, None)
    assert (made.taxable, made.employment_kinds) == (False, None)
    assert made.is_offered(clock.now())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"value_cents": "250.005"}, "value_cents"),
        ({"value_cents": "1e3"}, "value_cents"),
        ({"value_cents": "100000.01"}, "value_cents"),
        ({"kind": "cash", "days_off": "", "value_cents": "0"}, "value_cents"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "nul\x00"}, "name"),
        ({"kind": "yacht"}, "kind"),
        ({"kind": "perk"}, "days_off"),
        ({"points": "0"}, "points"),
        ({"points": "1.5"}, "points"),
        ({"points": ""}, "points"),
        ({"currency": "usd"}, "currency"),
        ({"days_off": "61"}, "days_off"),
        ({"stock": "-1"}, "stock"),
        ({"stock": "many"}, "stock"),
        ({"offered_from": "tomorrow"}, "offered_from"),
        ({"offered_from": "2026-13-01T09:00"}, "offered_from"),
        ({"offered_from": "0001-01-01T00:00"}, "offered_from"),
        ({"offered_until": "9999-12-31T23:59"}, "offered_until"),
        ({"offered_until": "2026-12-01T09:00"}, "offered_until"),
        ({"employment_kinds": ["king"]}, "employment_kinds"),
        ({"least_resolved": "-1"}, "least_resolved"),
        ({"least_good_percent": "101"}, "least_good_percent"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_made(
    client: FlaskClient, world: World, changed: dict[str, Any], field: str
) -> None:
    page = send(client, "new", **FORM | changed)
    assert page.status_code == 422
    assert f'id="{field}-wrong"' in page.text
    assert 'aria-invalid="true"' in page.text
    assert "and the hotel." in page.text
    assert in_catalogue(world) == []


def test_everything_that_is_wrong_is_said_at_once(client: FlaskClient) -> None:
    page = send(client, "new", **FORM | {"value_cents": "x", "points": "x", "offered_until": "x"})
    assert page.text.count('<span class="wrong"') == 3


def test_what_was_typed_is_shown_again_as_text(client: FlaskClient, world: World) -> None:
    typed = '"><script>alert(1)</script>'
    page = send(client, "new", **FORM | {"name": typed, "points": typed, "description": typed})
    assert page.status_code == 422
    assert "<script>alert" not in page.text


def test_only_what_was_touched_changes(client: FlaskClient, world: World) -> None:
    reward = a_reward(world, name="=cmd()")
    shown = client.get(f"/hr/rewards/{reward.id}").text
    assert 'value="=cmd()"' in shown
    assert f'<input type="hidden" name="version" value="{reward.version}">' in shown
    answer = send(client, str(reward.id), **as_shown(reward, value_cents="120.25", stock="7"))
    assert answer.headers["Location"] == "/hr/rewards?done=changed"
    [changed] = in_catalogue(world)
    assert (changed.value_cents, changed.stock, changed.version) == (12_025, 7, 2)
    assert changed.offered_from == reward.offered_from
    assert changed.name == "=cmd()"


def test_bounds_are_lifted_by_emptying_their_fields(client: FlaskClient, world: World) -> None:
    reward = a_reward(world, stock=4, employment_kinds=[EmploymentKind.TEMP.value])
    answer = send(
        client, str(reward.id), **as_shown(reward, stock="", seen_stock="4", taxable=None)
    )
    assert answer.status_code == 303
    [changed] = in_catalogue(world)
    assert (changed.stock, changed.employment_kinds, changed.taxable) == (None, None, False)


def test_an_untouched_form_makes_no_new_version(client: FlaskClient, world: World) -> None:
    reward = a_reward(world)
    answer = send(client, str(reward.id), **as_shown(reward))
    assert answer.headers["Location"] == "/hr/rewards?done=unchanged"
    assert in_catalogue(world) == [reward]


def test_who_changes_what_another_has_changed_is_told_and_loses_nothing_that_was_typed(
    client: FlaskClient, world: World
) -> None:
    reward = a_reward(world)
    form = as_shown(reward, name="Mine")
    with world.app.app_context(), transaction() as session:
        now = clock.now()
        to = {"version": 1, "points": 300}
        catalogue.change(session, actor=world.hr, reward_id=reward.id, to=to, now=now)
    for _ in range(2):
        page = send(client, str(reward.id), **form)
        assert page.status_code == 409
        assert "The reward has changed since you read it; read it again." in page.text
        assert f'<a href="/hr/rewards/{reward.id}">Read it again</a>' in page.text
        assert 'value="Mine"' in page.text
        assert '<input type="hidden" name="version" value="1">' in page.text
    [kept] = in_catalogue(world)
    assert (kept.name, kept.points) == (reward.name, 300)
    untouched = send(client, str(reward.id), **as_shown(reward))
    assert untouched.status_code == 409


def test_a_reward_is_withdrawn_and_put_back(client: FlaskClient, world: World) -> None:
    reward = a_reward(world)
    answer = send(client, f"{reward.id}/withdraw", version=1)
    assert answer.headers["Location"] == "/hr/rewards?done=withdrawn"
    [withdrawn] = in_catalogue(world)
    assert withdrawn.withdrawn_at is not None
    page = client.get("/hr/rewards").text
    assert "Withdrawn" in page
    assert "Put back" in page
    stale = send(client, f"{reward.id}/put-back", version=1)
    assert stale.status_code == 409
    assert "The reward has changed since you read it" in stale.text
    assert send(client, f"{reward.id}/put-back", version=2).status_code == 303
    [back] = in_catalogue(world)
    assert (back.withdrawn_at, back.version) == (None, 3)


def test_a_long_catalogue_goes_on(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LINES", 1)
    a_reward(world, name="First", points=1)
    a_reward(world, name="Second", points=2)
    page = client.get("/hr/rewards").text
    assert ("First" in page, "Second" in page) == (True, False)
    [after] = [part.split('"')[0] for part in page.split("after=")[1:]]
    page = client.get(f"/hr/rewards?after={after}").text
    assert ("First" in page, "Second" in page, "Next" in page) == (False, True, False)


@pytest.mark.parametrize("origin", ["https://elsewhere.test", "null", None])
@pytest.mark.parametrize("path", ["new", "{id}", "{id}/withdraw", "{id}/put-back"])
def test_a_form_of_another_site_changes_nothing(
    client: FlaskClient, world: World, origin: str | None, path: str
) -> None:
    reward = a_reward(world)
    address = "/hr/rewards/" + path.format(id=reward.id)
    headers = {"Origin": origin} if origin else {}
    form = FORM | {"version": 1}
    assert client.post(address, data=form, headers=headers).status_code == 403
    assert in_catalogue(world) == [reward]


@pytest.mark.parametrize("path", ["{id}", "{id}/withdraw", "{id}/put-back"])
def test_another_houses_reward_is_not_there(app: Flask, client: FlaskClient, path: str) -> None:
    theirs = make_world(app)
    reward = a_reward(theirs)
    for reward_id in (reward.id, new_id()):
        answer = send(client, path.format(id=reward_id), **as_shown(reward, name="Ours"))
        assert answer.status_code == 404
    assert client.get(f"/hr/rewards/{reward.id}").status_code == 404
    assert in_catalogue(theirs) == [reward]


def test_a_stranger_is_led_to_the_sign_in(app: Flask, world: World) -> None:
    stranger, reward_id = app.test_client(), UUID(int=0)
    for path in ("new", str(reward_id)):
        assert stranger.get(f"/hr/rewards/{path}").headers["Location"] == "/hr/sign-in"
        assert send(stranger, path, **FORM).headers["Location"] == "/hr/sign-in"
    assert in_catalogue(world) == []
