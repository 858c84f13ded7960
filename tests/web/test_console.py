"""The HR console: who gets in, and what it shows."""

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from uuid import UUID

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from backend.foundation import clock
from backend.foundation.db import new_id, transaction
from backend.identity.permissions import Role
from backend.identity.services import sessions
from backend.venues.models import Event, Season
from tests.browser.world import World, make_world
from tests.identity.people import PASSWORD, console_user, person, post, refresh

OURS = {"Origin": "http://arena.test"}
NOBODY = UUID(int=0)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def sign_in(
    client: FlaskClient,
    email: str,
    totp: pyotp.TOTP,
    changed: Mapping[str, str] | None = None,
) -> TestResponse:
    form = {"email": email, "password": PASSWORD, "totp": totp.at(clock.now())}
    return client.post("/hr/sign-in", data=form | dict(changed or {}), headers=OURS)


def signed_in(app: Flask, world: World) -> FlaskClient:
    client = app.test_client()
    assert sign_in(client, world.email, world.totp).status_code == 303
    return client


def test_a_stranger_is_led_to_the_sign_in(client: FlaskClient):
    assert client.get("/hr").headers["Location"] == "/hr/sign-in"
    client.set_cookie("console", "not.a.token", path="/hr")
    assert client.get("/hr").headers["Location"] == "/hr/sign-in"


def test_hr_sees_the_figures_with_their_denominators(app: Flask):
    page = signed_in(app, make_world(app)).get("/hr")
    assert page.status_code == 200
    assert "4 of 6 ratings" in page.text
    assert "6 of 7 codes" in page.text
    assert "of 19,500 through the gates" in page.text
    assert "Alex Usher" in page.text


def test_the_cookie_is_for_this_page_only(client: FlaskClient, app: Flask):
    _, email, totp = console_user(app)
    cookie = sign_in(client, email, totp).headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/hr"):
        assert part in cookie


@pytest.mark.parametrize(
    "changed",
    [
        {"password": "wrong"},
        {"totp": "000000"},
        {"email": "nobody@arena.test"},
        {"email": "nul\x00@arena.test"},
        {"email": ""},
        {"password": "x" * 201},
        {"totp": "\u0660" * 6},
    ],
)
def test_wrong_credentials_are_one_refusal_that_tells_nothing(
    app: Flask, client: FlaskClient, changed: dict[str, str]
):
    _, email, totp = console_user(app)
    answer = sign_in(client, email, totp, changed)
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert "Set-Cookie" not in answer.headers
    assert PASSWORD not in answer.text


def test_what_was_typed_is_shown_again_as_text(client: FlaskClient):
    form = {"email": '"><script>alert(1)</script>', "password": "x", "totp": "123456"}
    answer = client.post("/hr/sign-in", data=form, headers=OURS)
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("origin", ["https://elsewhere.test", "null", None])
@pytest.mark.parametrize("path", ["/hr/sign-in", "/hr/sign-out"])
def test_a_form_of_another_site_is_refused(
    app: Flask, client: FlaskClient, origin: str | None, path: str
):
    headers = {"Origin": origin} if origin else {}
    answer = client.post(path, data={}, headers=headers)
    assert answer.status_code == 403
    assert answer.mimetype == "text/html"


def test_signing_out_ends_the_session_not_only_the_cookie(app: Flask):
    client = signed_in(app, make_world(app))
    kept = client.get_cookie("console", path="/hr")
    assert kept
    client.post("/hr/sign-out", headers=OURS)
    client.set_cookie("console", kept.value, path="/hr")
    assert client.get("/hr").status_code == 303


def test_who_is_shut_out_elsewhere_is_shut_out_here_at_once(app: Flask):
    actor, email, totp = console_user(app)
    client = app.test_client()
    sign_in(client, email, totp)
    assert client.get("/hr").status_code == 200
    with app.app_context(), transaction() as session:
        sessions.end_all_of_employee(
            session,
            organisation_id=actor.organisation_id,
            employee_id=actor.employee_id,
            because="deactivated",
            now=clock.now(),
        )
    assert client.get("/hr").status_code == 303


def test_an_employee_without_the_right_sees_no_figures(app: Flask, client: FlaskClient):
    _, email, totp = console_user(app, Role.EMPLOYEE)
    assert sign_in(client, email, totp).status_code == 303
    answer = client.get("/hr")
    assert answer.status_code == 403
    assert answer.mimetype == "text/html"


def test_an_access_token_is_no_key_to_the_console(app: Flask, client: FlaskClient):
    phone = person(app)
    client.set_cookie("console", phone.phone["access_token"], path="/hr")
    assert client.get("/hr").status_code == 303


def test_a_phones_session_is_none_of_the_console(app: Flask, client: FlaskClient):
    phone = person(app, None, Role.EMPLOYEE, Role.SUPERVISOR)
    client.set_cookie("console", phone.phone["refresh_token"], path="/hr")
    assert client.get("/hr").headers["Location"] == "/hr/sign-in"


def test_a_token_that_was_exchanged_opens_no_console(app: Flask, client: FlaskClient):
    _, email, totp = console_user(app)
    body = {"email": email, "password": PASSWORD, "totp": totp.at(clock.now())}
    tokens = [post(client, "/v1/sessions", body).get_json()["refresh_token"]]
    for _ in range(2):
        tokens.append(refresh(app, tokens[-1]).get_json()["refresh_token"])
    seen = []
    for token in tokens:
        client.set_cookie("console", token, path="/hr")
        seen.append((client.get("/hr").status_code, client.get("/hr/people").status_code))
    assert seen == [(303, 303), (303, 303), (200, 200)]


def test_a_session_in_two_tabs_goes_on_in_both(app: Flask):
    client = signed_in(app, make_world(app))
    kept = client.get_cookie("console", path="/hr")
    assert kept
    other = app.test_client()
    other.set_cookie("console", kept.value, path="/hr")
    for _ in range(3):
        assert (client.get("/hr").status_code, other.get("/hr").status_code) == (200, 200)


@pytest.mark.parametrize("board", ["event", "week", "month", "season"])
def test_every_board_is_shown(app: Flask, board: str):
    page = signed_in(app, make_world(app)).get(f"/hr?board={board}")
    assert page.status_code == 200
    assert page.text.index("Alex Usher") < page.text.index("Blair Gates")


@pytest.mark.parametrize(
    "query",
    [
        "board=worst",
        f"event={NOBODY}",
        "event=x",
        f"season={NOBODY}",
        "season=x",
        "after=x",
        "after=%00",
        "after=WyJ4IiwgInkiXQ",
    ],
)
def test_a_question_that_makes_no_sense_is_refused(app: Flask, query: str):
    answer = signed_in(app, make_world(app)).get(f"/hr?{query}")
    assert answer.status_code == 422
    assert answer.mimetype == "text/html"


def test_another_house_is_not_seen(app: Flask):
    other = make_world(app)
    event_id: UUID = other.evening.arena.event_id
    answer = signed_in(app, make_world(app)).get(f"/hr?event={event_id}")
    assert answer.status_code == 422


def begin_a_season(app: Flask, world: World) -> None:
    """Let the world's evening be of the season before, and a new season begin with an event."""
    now = clock.now()
    arena = world.evening.arena
    owned = {"organisation_id": arena.organisation_id}
    with app.app_context(), transaction() as session:
        season = session.get_one(Season, (arena.organisation_id, arena.season_id))
        season.name, season.ends_on = "Last year", now.date() - timedelta(days=2)
        season.starts_on = now.date() - timedelta(days=300)
        fresh = Season(
            **owned,
            id=new_id(),
            name="This year",
            starts_on=now.date() - timedelta(days=1),
            ends_on=now.date() + timedelta(days=300),
        )
        session.add(fresh)
        session.flush()
        event = session.get_one(Event, (arena.organisation_id, arena.event_id))
        kept = {column.key: getattr(event, column.key) for column in Event.__table__.columns}
        changed = {"id": new_id(), "code": "opening", "name": "Opening", "season_id": fresh.id}
        session.add(Event(**kept | changed | {"attendance": None}))
        for name in ("doors_at", "starts_at", "ends_at"):
            setattr(event, name, kept[name] - timedelta(days=2))


def test_a_season_that_has_just_begun_does_not_hide_the_one_before(app: Flask):
    world = make_world(app)
    begin_a_season(app, world)
    client = signed_in(app, world)
    page = client.get("/hr").text
    assert "Tonight: Opening" in page
    assert "Season Last year" in page
    assert "This year has no evening with attendance yet, so this is Last year." in page
    assert "4 of 6 ratings" in page
    assert "Alex Usher" in page
    (link,) = re.findall(r'href="([^"]+)">This year<', page)
    chosen = client.get(unescape(link)).text
    assert "Season This year" in chosen
    assert "so this is" not in chosen
    assert "Nobody has points on this board yet." in chosen


def test_an_event_brings_its_season_along(app: Flask):
    world = make_world(app)
    begin_a_season(app, world)
    page = signed_in(app, world).get(f"/hr?event={world.evening.arena.event_id}").text
    assert "Events of Last year" in page
    assert "Tonight" not in page
