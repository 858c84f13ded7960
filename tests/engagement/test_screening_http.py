"""The first wall over HTTP: staff phones, one phone twice, guessed codes, and honest crowds."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.engagement.models import Rating, RatingHold
from backend.engagement.rules import Moment, RatingState
from backend.engagement.services.invitations import ALPHABET, CODE_LENGTH
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.guard import LIMITS
from backend.identity.guard.limits import Limits
from backend.identity.permissions import Role
from backend.integrity.models import SightingRow
from tests.engagement.stories import Evening, accepted, committed_evening, resolve
from tests.factories import make_employee, make_shift
from tests.http import headers_for
from tests.identity.people import PASSWORD, PIN, console_user, issue_code

SETTINGS = "on_the_spot.settings"
ARENA = "203.0.113.9"


@pytest.fixture
def wall(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """Return the application as it is served: it looks at phones, and counts guesses."""
    monkeypatch.setitem(app.extensions, SETTINGS, replace(app.extensions[SETTINGS], screening=True))
    monkeypatch.setitem(app.extensions, LIMITS, Limits())
    return app


@pytest.fixture
def evening(wall: Flask) -> Evening:
    return committed_evening(wall, now=clock.now())


def codes_of(app: Flask, who: Actor, count: int = 1) -> list[str]:
    """Let ``who`` resolve requests a minute ago; return their codes."""
    moment = Moment.present(clock.now() - timedelta(minutes=1))
    codes = []
    with app.app_context(), transaction() as session:
        for _ in range(count):
            request = accepted(session, who, moment=moment)
            codes.append(resolve(session, who, request.id, moment=moment).code)
    return codes


@dataclass(frozen=True, kw_only=True)
class Fan:
    """Somebody with a phone: its browser, what it calls itself, and where it is."""

    browser: FlaskClient
    agent: str = "Mozilla/5.0 (Linux; Android 10; K)"
    address: str = ARENA

    def tap(self, code: str, stars: int = 5) -> TestResponse:
        return self.browser.post(
            f"/r/{code}",
            data={"stars": str(stars)},
            **self._where(),
        )

    def call(self, method: str, path: str, body: object = None, **headers: str) -> TestResponse:
        return self.browser.open(
            f"/v1{path}",
            method=method,
            json=body,
            headers=headers,
            **self._where(),  # type: ignore[arg-type]
        )

    def _where(self) -> dict[str, object]:
        return {
            "environ_base": {"REMOTE_ADDR": self.address},
            "environ_overrides": {"HTTP_USER_AGENT": self.agent},
        }


def why(app: Flask, evening: Evening) -> list[str]:
    """Return why each rating was held, in the order in which they came; nothing for the others."""
    with app.app_context(), reading() as session:
        rows = session.execute(
            select(Rating.state, RatingHold.suspicions)
            .outerjoin(
                RatingHold,
                (RatingHold.organisation_id == Rating.organisation_id)
                & (RatingHold.rating_id == Rating.id),
            )
            .where(Rating.organisation_id == evening.organisation_id)
            .order_by(Rating.rated_at, Rating.id)
        ).all()
    assert all((state is RatingState.HELD) == bool(suspicions) for state, suspicions in rows)
    return [suspicions or "" for _, suspicions in rows]


def enrolled(app: Flask, actor: Actor) -> FlaskClient:
    """Return the browser of a phone that ``actor`` has just enrolled."""
    browser = app.test_client()
    body = {"code": issue_code(app, actor), "pin": PIN, "label": "Mine"}
    assert browser.post("/v1/devices", json=body).status_code == 201
    return browser


def test_a_fan_is_believed_and_leaves_hashes_alone(wall: Flask, evening: Evening) -> None:
    [code] = codes_of(wall, evening.alex)
    answer = Fan(browser=wall.test_client()).tap(code)
    assert why(wall, evening) == [""]
    assert [header for header in answer.headers.getlist("Set-Cookie") if "staff" in header] == []
    with wall.app_context(), reading() as session:
        row = session.scalars(
            select(SightingRow).filter_by(organisation_id=evening.organisation_id)
        ).one()
    assert {len(row.browser), len(row.device)} == {16}


def test_the_phone_that_staff_use_is_known_again_and_thanked(wall: Flask, evening: Evening) -> None:
    codes = codes_of(wall, evening.alex, 2)
    own = Fan(browser=enrolled(wall, evening.alex))
    answer = own.tap(codes[0])
    assert answer.status_code == 303
    assert "Thank you" in own.browser.get(answer.headers["Location"]).text
    given = own.call("POST", f"/ratings/{codes[1]}", {"stars": 5})
    assert (given.status_code, set(given.json)) == (  # type: ignore[arg-type]
        201,
        {"stars", "correction_token", "correctable_until"},
    )
    first, second = why(wall, evening)
    assert first == second == "staff_device"


@pytest.mark.parametrize("sign_in", ["sessions", "refresh", "console"])
def test_every_sign_in_marks_the_browser(wall: Flask, evening: Evening, sign_in: str) -> None:
    browser = wall.test_client()
    body = {"code": issue_code(wall, evening.blair), "pin": PIN, "label": "Mine"}
    phone = wall.test_client().post("/v1/devices", json=body).get_json()
    if sign_in == "refresh":
        token = {"refresh_token": phone["refresh_token"]}
        assert browser.post("/v1/sessions/refresh", json=token).status_code == 200
    elif sign_in == "sessions":
        badge = _badge(wall, evening.blair)
        who = {name: phone[name] for name in ("device_id", "device_secret")}
        who |= {"badge_number": badge, "pin": PIN}
        assert browser.post("/v1/sessions", json=who).status_code == 201
    else:
        _console(wall, browser)
    [code] = codes_of(wall, evening.alex)
    Fan(browser=browser).tap(code)
    assert why(wall, evening) == ["staff_device"]


def test_a_staff_session_is_known_without_a_cookie(wall: Flask, evening: Evening) -> None:
    codes = codes_of(wall, evening.alex, 2)
    bearer = headers_for(wall, evening.blair)["Authorization"]
    fan = Fan(browser=wall.test_client())
    fan.call("POST", f"/ratings/{codes[0]}", {"stars": 5}, Authorization=bearer)
    # What is no token of ours says nothing about anybody.
    fan.call("POST", f"/ratings/{codes[1]}", {"stars": 5}, Authorization="Bearer x.y.z")
    assert why(wall, evening) == ["staff_session", ""]


def test_one_browser_rates_one_employee_once(wall: Flask, evening: Evening) -> None:
    mine, others = codes_of(wall, evening.alex, 3), codes_of(wall, evening.blair)
    fan = Fan(browser=wall.test_client())
    for code in (mine[0], others[0], mine[1]):
        fan.tap(code)
    assert why(wall, evening) == ["", "", "several_from_one_device"]
    # Each answer can still be corrected, by itself.
    for code in (mine[0], others[0], mine[1]):
        page = fan.browser.get(f"/r/{code}/thanks")
        assert (page.status_code, "<form" in page.text) == (200, True)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        fan.tap(mine[2])
    assert why(wall, evening)[3:] == [""]


def test_private_windows_of_one_phone_are_seen_by_how_it_looks(
    wall: Flask, evening: Evening
) -> None:
    for code in codes_of(wall, evening.alex, 3):
        Fan(browser=wall.test_client()).tap(code)
    assert why(wall, evening) == ["", "", "several_from_one_device"]


def test_who_answers_within_seconds_waits(wall: Flask, evening: Evening) -> None:
    moment = Moment.present(clock.now())
    with wall.app_context(), transaction() as session:
        request = accepted(session, evening.alex, moment=moment)
        code = resolve(session, evening.alex, request.id, moment=moment).code
    Fan(browser=wall.test_client()).tap(code)
    assert why(wall, evening) == ["too_quick"]


def test_a_crowd_behind_one_address_gets_through_and_hardly_anybody_waits(
    wall: Flask, evening: Evening
) -> None:
    """A thousand within half an hour, three in ten with the same phone, while somebody guesses.

    Each of the two hundred who helped gets five: more than an usher has on a busy evening.
    """
    rng = random.Random(2010)
    crowd, seconds = 1_000, 1_800
    with wall.app_context(), transaction() as session:
        staff = [make_employee(session, evening.arena) for _ in range(200)]
        for who in staff:
            make_shift(session, evening.arena, who)
    codes = [code for who in staff for code in codes_of(wall, who, crowd // len(staff))]
    rng.shuffle(codes)
    began, statuses, guesses = clock.now(), Counter[int](), Counter[int]()
    for number, code in enumerate(codes):
        with time_machine.travel(began + timedelta(seconds=seconds * number / crowd), tick=False):
            agent = "the most usual" if rng.random() < 0.3 else f"model {rng.randrange(400)}"
            fan = Fan(browser=wall.test_client(), agent=agent)
            statuses[fan.call("POST", f"/ratings/{code}", {"stars": 5}).status_code] += 1
            if not number % 10:
                for _ in range(20):
                    guesses[fan.call("GET", f"/ratings/{_guess(rng)}").status_code] += 1
    assert statuses == {201: crowd}
    assert set(guesses) == {404, 429}
    suspicions = Counter(why(wall, evening))
    assert suspicions[""] >= 0.96 * crowd, suspicions


def test_guesses_find_nothing_and_are_refused_while_fans_get_through(
    wall: Flask, evening: Evening
) -> None:
    rng = random.Random(1)
    codes = codes_of(wall, evening.alex, 2)
    attacker = Fan(browser=wall.test_client())
    found = Counter(
        attacker.call(*call).status_code
        for _ in range(300)
        for call in (
            ("GET", f"/ratings/{_guess(rng)}"),
            ("POST", f"/ratings/{_guess(rng)}", {"stars": 5}),
            ("PATCH", f"/ratings/{_guess(rng)}", {"stars": 5, "correction_token": "x"}),
        )
    )
    assert set(found) == {404, 429}
    assert found[404] <= 2 * 60
    refused = attacker.call("GET", f"/ratings/{_guess(rng)}")
    assert refused.json["type"] == "/problems/too-many-guesses"  # type: ignore[index]
    assert int(refused.headers["Retry-After"]) > 0
    page = attacker.browser.get(f"/r/{_guess(rng)}", **attacker._where())
    assert (page.status_code, "One moment, please" in page.text) == (429, True)
    # Same address, same minute.
    fan = Fan(browser=wall.test_client(), agent="another phone")
    assert fan.call("GET", f"/ratings/{codes[0]}").status_code == 200
    assert fan.call("POST", f"/ratings/{codes[0]}", {"stars": 5}).status_code == 201
    assert fan.tap(codes[1]).status_code == 303
    elsewhere = Fan(browser=wall.test_client(), address="198.51.100.1")
    assert elsewhere.call("GET", f"/ratings/{_guess(rng)}").status_code == 404


def _guess(rng: random.Random) -> str:
    return "".join(rng.choices(ALPHABET, k=CODE_LENGTH))


def _badge(app: Flask, actor: Actor) -> str:
    headers = headers_for(app, actor)
    return str(app.test_client().get("/v1/me", headers=headers).get_json()["badge_number"])


def _console(app: Flask, browser: FlaskClient) -> None:
    """Sign somebody of HR in to the console with ``browser``."""
    _, email, totp = console_user(app, Role.HR)
    form = {"email": email, "password": PASSWORD, "totp": totp.at(clock.now())}
    answer = browser.post("/hr/sign-in", data=form, headers={"Origin": "http://arena.test"})
    assert answer.status_code == 303
