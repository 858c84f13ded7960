"""HR's pages of gestures: what may be given, how much by whom, and what it cost."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.engagement.queries.gestures import KindFacts, list_caps, list_kinds
from backend.engagement.rules.gestures import GestureCategory
from backend.engagement.services import gesture_kinds
from backend.foundation import clock
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.venues.models import Event
from tests.browser.world import World, console_access, make_world
from tests.engagement.generosity import give, make_kind, set_caps
from tests.engagement.test_races import at_once
from tests.factories import make_employee
from tests.insight.rows import make_event
from tests.web.test_console import OURS, sign_in, signed_in
from tests.web.test_console_home import words
from tests.web.test_console_people import rows

NEW = {"name": "Beer", "category": "drink", "cents": "12.50", "currency": "USD"}


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def send(client: FlaskClient, path: str, **said: str) -> TestResponse:
    form = {name.replace("_", "-"): text for name, text in said.items()}
    return client.post(f"/hr/gestures{path}", data=form, headers=OURS)


def told(client: FlaskClient, sent: TestResponse) -> str:
    """Return what the page says after an act."""
    return words(client.get(sent.location) if sent.status_code == 303 else sent)


def kinds(world: World) -> list[KindFacts]:
    with world.app.app_context(), reading() as session:
        return list_kinds(session, organisation_id=world.evening.organisation_id)


def a_kind(world: World, name: str = "Beer", **given: Any) -> KindFacts:
    with world.app.app_context(), transaction() as session:
        return make_kind(session, world.hr, name, **given)


def caps(world: World) -> dict[tuple[str, str], int]:
    with world.app.app_context(), reading() as session:
        found = list_caps(session, organisation_id=world.evening.organisation_id)
    return {(one.role.value, one.currency): one.cents for one in found}


def acts(world: World, prefix: str) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return what the audit has of HR's acts that begin so, in their order."""
    with world.app.app_context(), reading() as session:
        found = session.execute(
            select(AuditRow.act, AuditRow.detail)
            .where(AuditRow.actor_id == world.hr.employee_id, AuditRow.act.startswith(prefix))
            .order_by(AuditRow.id)
        )
        return [(act, detail) for act, detail in found]


def test_a_kind_is_made_once_however_often_it_is_sent(client: FlaskClient, world: World) -> None:
    assert "Nothing may be given yet." in client.get("/hr/gestures").text
    for _ in range(2):
        assert "It can be given from now on." in told(client, send(client, "", **NEW, once="a"))
    [beer] = kinds(world)
    assert (beer.name, beer.category, beer.cents, beer.currency, beer.active) == (
        *("Beer", GestureCategory.DRINK, 1_250, "USD", True),
    )
    again = send(client, "", **NEW | {"cents": "13"}, once="a")
    assert "Something else was sent with this form before." in again.text
    assert 'value="13.00"' in again.text
    send(client, "", **NEW | {"name": "Seats", "category": "upgrade", "cents": ""}, once="b")
    first, second = rows(client.get("/hr/gestures"))
    assert first.split() == ["Beer", "Drink", "12.50", "USD", "Yes", "Withdraw"]
    assert "The giver says in USD" in second
    assert [act for act, _ in acts(world, "gesture_kind")] == ["gesture_kind.created"] * 2


@pytest.mark.parametrize(
    ("field", "text", "why"),
    [
        ("cents", "0", "Must be from 0.01 to 10000.00."),
        ("cents", "10000.01", "Must be from 0.01 to 10000.00."),
        ("cents", "12,50", "Type an amount such as 250.00"),
        ("cents", "-1", "Type an amount such as 250.00"),
        ("currency", "usd", "Must be a code of ISO 4217, like USD."),
        ("name", " ", "Length must be between 1 and 80."),
        ("name", "x" * 81, "Length must be between 1 and 80."),
        ("category", "none", "Must be one of: drink"),
    ],
)
def test_a_kind_that_cannot_be_is_shown_again_at_its_field(
    client: FlaskClient, world: World, field: str, text: str, why: str
) -> None:
    page = send(client, "", **NEW | {field: text}, once="a")
    assert page.status_code == 422
    assert why in page.text
    assert f'aria-describedby="{field}-wrong"' in page.text
    assert "Nothing was changed." in page.text
    for name in {"name", "currency"} - {field}:
        assert f'value="{NEW[name]}"' in page.text
    assert kinds(world) == []


def test_a_kind_changes_and_what_was_given_does_not(client: FlaskClient, world: World) -> None:
    beer = a_kind(world)
    with world.app.app_context(), transaction() as session:
        set_caps(session, world.hr, employee=5_000)
        give(session, world.evening.alex, beer)
    path = f"/{beer.id}"
    shown = {"seen_name": "Beer", "seen_cents": "12.00"}
    assert 'name="seen-cents" value="12.00"' in client.get(f"/hr/gestures{path}").text
    done = send(client, path, **shown, name="Large beer", cents="14")
    assert "Changed. What was given stays as it was." in told(client, done)
    [now] = kinds(world)
    assert (now.name, now.cents) == ("Large beer", 1_400)
    assert "12.00" in rows(client.get("/hr/gestures/costs"))[0]
    for _ in range(2):
        free = send(client, path, seen_name="Large beer", seen_cents="14.00", name="X", cents="")
        assert free.status_code == 303
    [now] = kinds(world)
    assert (now.name, now.cents) == ("X", None)
    assert len(acts(world, "gesture_kind.changed")) == 2


def test_what_somebody_else_changed_is_not_overwritten_unseen(
    client: FlaskClient, world: World
) -> None:
    beer = a_kind(world)
    path, shown = f"/{beer.id}", {"seen_name": "Beer", "seen_cents": "12.00"}
    with world.app.app_context(), transaction() as session:
        gesture_kinds.change(
            session, actor=world.hr, kind_id=beer.id, to={"cents": 900}, now=clock.now()
        )
    assert send(client, path, **shown, name="Ale", cents="12").status_code == 303
    [now] = kinds(world)
    assert (now.name, now.cents) == ("Ale", 900)
    refused = send(client, path, seen_name="Ale", seen_cents="12.00", name="Ale", cents="13")
    assert refused.status_code == 422
    assert "Somebody has changed this since you looked; it is 9.00 at present." in refused.text
    assert 'name="cents" inputmode' in refused.text
    assert 'value="13.00"' in refused.text
    assert 'name="seen-cents" value="9.00"' in refused.text
    assert kinds(world)[0].cents == 900
    again = send(client, path, seen_name="Ale", seen_cents="9.00", name="Ale", cents="13")
    assert again.status_code == 303
    assert kinds(world)[0].cents == 1_300


@pytest.mark.parametrize("text", ["0", "many", "10000.01"])
def test_a_change_that_cannot_be_is_shown_again(
    client: FlaskClient, world: World, text: str
) -> None:
    beer = a_kind(world)
    shown = {"seen_name": "Beer", "seen_cents": "12.00"}
    page = send(client, f"/{beer.id}", **shown, name="Pale ale", cents=text)
    assert page.status_code == 422
    assert 'aria-describedby="cents-wrong"' in page.text
    assert 'value="Pale ale"' in page.text
    assert 'name="seen-name" value="Beer"' in page.text
    assert kinds(world) == [beer]


def test_a_kind_is_withdrawn_and_put_back_and_each_is_done_once(
    client: FlaskClient, world: World
) -> None:
    beer = a_kind(world)
    for act, active, said in (
        ("withdraw", False, "Withdrawn. What was given stays given."),
        ("put-back", True, "Put back. It can be given again."),
    ):
        for _ in range(2):
            assert said in told(client, send(client, f"/{beer.id}/{act}"))
            assert kinds(world)[0].active is active
    assert len(acts(world, "gesture_kind.changed")) == 2


def test_kinds_go_on_page_by_page(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.web.console.gestures.LINES", 2)
    for name in ("A", "B", "C", "D", "E"):
        a_kind(world, name)
    seen: list[str] = []
    address = "/hr/gestures"
    while address:
        page = client.get(address)
        seen += [one.split()[0] for one in rows(page)]
        _, _, link = page.text.partition('<a class="button" href="')
        address = link.partition('"')[0]
    assert seen == ["A", "B", "C", "D", "E"]


def test_caps_are_set_for_each_role_and_currency_in_use(client: FlaskClient, world: World) -> None:
    assert "make something that may be given first" in client.get("/hr/gestures").text
    a_kind(world)
    a_kind(world, "Bière", currency="CAD")
    page = client.get("/hr/gestures").text
    for currency in ("CAD", "USD"):
        assert f'name="cap-supervisor-{currency}"' in page
        assert f'name="cap-payroll-{currency}"' not in page
    form = {"cap-employee-USD": "50", "cap-supervisor-CAD": "120.5", "cap-hr-USD": "0"}
    for _ in range(2):
        sent = send(client, "/caps", **form)
        assert sent.status_code == 303
    assert caps(world) == {("employee", "USD"): 5_000, ("supervisor", "CAD"): 12_050}
    assert "Nothing was different" in told(client, sent)
    assert 'value="120.50"' in client.get("/hr/gestures").text
    none = {"cap-employee-USD": "", "seen-cap-employee-USD": "50.00"}
    assert "Set. What was given stays given." in told(client, send(client, "/caps", **none))
    assert caps(world) == {("supervisor", "CAD"): 12_050}
    assert [detail["after"] for _, detail in acts(world, "gesture_caps")] == [
        {"employee USD": 5_000, "supervisor CAD": 12_050},
        {"supervisor CAD": 12_050},
    ]


def test_a_cap_that_cannot_be_loses_none_of_the_others(client: FlaskClient, world: World) -> None:
    a_kind(world)
    form = {"cap-employee-USD": "1 000", "cap-supervisor-USD": "10000.01", "cap-hr-USD": "7"}
    page = send(client, "/caps", **form)
    assert page.status_code == 422
    assert page.text.count('class="wrong"') == 2
    assert "Must be from 0.00 to 10000.00." in page.text
    for text in ("1 000", "10000.01", "7.00"):
        assert f'value="{text}"' in page.text
    assert caps(world) == {}
    many = {f"cap-{role}-A{sign}C": "1" for role in Role for sign in "ABCDEFGHI"}
    assert "Of caps there are at most 40." in send(client, "/caps", **many).text


def test_caps_that_were_not_touched_stay_as_somebody_else_has_set_them(
    client: FlaskClient, world: World
) -> None:
    a_kind(world)
    with world.app.app_context(), transaction() as session:
        set_caps(session, world.hr, employee=6_000, supervisor=9_000)
    seen = {"seen-cap-employee-USD": "50.00", "seen-cap-supervisor-USD": "90.00"}
    form = {"cap-employee-USD": "50.00", "cap-supervisor-USD": "100"}
    assert send(client, "/caps", **seen, **form).status_code == 303
    assert caps(world) == {("employee", "USD"): 6_000, ("supervisor", "USD"): 10_000}
    refused = send(client, "/caps", **seen, **form | {"cap-employee-USD": "55"})
    assert refused.status_code == 422
    assert "it is 60.00 at present" in refused.text
    assert 'name="seen-cap-employee-USD" value="60.00"' in refused.text
    assert 'value="55.00"' in refused.text
    assert caps(world) == {("employee", "USD"): 6_000, ("supervisor", "USD"): 10_000}


def test_forms_that_set_different_caps_at_once_lose_none(app: Flask, world: World) -> None:
    a_kind(world)
    client = signed_in(app, world)
    cookie = client.get_cookie("console", path="/hr")
    assert cookie

    def setting(role: str) -> Callable[[], int]:
        def act() -> int:
            own = app.test_client()
            own.set_cookie("console", cookie.value, path="/hr")
            return send(own, "/caps", **{f"cap-{role}-USD": "10"}).status_code

        return act

    assert at_once([setting(role) for role in Role]) == [303] * len(Role)
    assert caps(world) == {(role.value, "USD"): 1_000 for role in Role}


def test_costs_are_those_of_a_season_or_of_one_event(
    client: FlaskClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Nothing was given." in client.get("/hr/gestures/costs").text
    alex, arena = world.evening.alex, world.evening.arena
    beer, seats = a_kind(world), a_kind(world, "Seats", category=GestureCategory.UPGRADE)
    with world.app.app_context(), transaction() as session:
        lead = make_employee(session, arena, roles=(Role.EMPLOYEE, Role.SUPERVISOR))
        set_caps(session, world.hr, employee=2_500)
        for _ in range(2):
            give(session, alex, beer)
        give(session, alex, seats, allowed_by=lead)
        start = session.get_one(Event, (arena.organisation_id, arena.event_id)).starts_at
        other = make_event(session, arena, held_on=start.date(), attendance=1, starts_at=start)
    page = client.get("/hr/gestures/costs")
    assert "36.00 USD in all, given to fans." in words(page)
    drinks, upgrades = rows(page)
    assert drinks.endswith(" Drink 2 0 handed out at a stand 24.00 USD ")
    assert upgrades.endswith(" 1 0 handed out at a stand 12.00 USD 12.00 USD beyond caps ")
    assert rows(client.get(f"/hr/gestures/costs?event={arena.event_id}")) == [drinks, upgrades]
    assert "Nothing was given." in client.get(f"/hr/gestures/costs?event={other}").text
    assert rows(client.get(f"/hr/gestures/costs?season={world.season_id}")) == [drinks, upgrades]
    monkeypatch.setattr("backend.web.console.gesture_costs.LINES", 1)
    _, _, link = client.get("/hr/gestures/costs").text.partition('<a class="button" href="')
    assert rows(client.get(link.partition('"')[0].replace("&amp;", "&"))) == [upgrades]


def test_gestures_of_others_are_not_there_and_payroll_reads_none(
    app: Flask, client: FlaskClient, world: World
) -> None:
    other = make_world(app)
    theirs = a_kind(other)
    for kind_id in (theirs.id, uuid4()):
        assert client.get(f"/hr/gestures/{kind_id}").status_code == 404
        for act in ("", "/withdraw", "/put-back"):
            assert send(client, f"/{kind_id}{act}", name="Mine", cents="1").status_code == 404
    assert kinds(other) == [theirs]
    for query in (f"event={other.evening.arena.event_id}", f"season={UUID(int=7)}"):
        assert client.get(f"/hr/gestures/costs?{query}").status_code == 404
    assert client.get("/hr/gestures/costs?season=x").status_code == 422
    with app.app_context(), transaction() as session:
        pay = make_employee(session, world.evening.arena, name="Pat Pay", roles=(Role.PAYROLL,))
        email, totp = console_access(app, session, pay)
    reader = app.test_client()
    sign_in(reader, email, totp)
    for path in ("", "/costs"):
        assert reader.get(f"/hr/gestures{path}").status_code == 403
    assert send(reader, "", **NEW).status_code == 403
    forged = {"Origin": "https://elsewhere.test"}
    assert client.post("/hr/gestures", data=NEW, headers=forged).status_code == 403
    assert kinds(world) == []
