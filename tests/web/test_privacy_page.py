"""The page on privacy: linked from everywhere, and true to the settings."""

import re
from dataclasses import asdict

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.engagement.rules import CORRECTION_SECONDS
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.identity.guard import marks
from backend.identity.permissions import Role
from backend.integrity.rules.retentions import (
    MOST_WORD_DAYS,
    SIGNAL_DAYS,
    WORD_DAYS,
    Periods,
)
from backend.integrity.services import retentions
from backend.web.heard import COOKIE_DAYS
from backend.web.languages import LANGUAGES
from tests.engagement.fans import Stand, make_stand
from tests.factories import make_employee
from tests.web.stories import Helped, a_helped_fan


@pytest.fixture
def helped(app: Flask) -> Helped:
    return a_helped_fan(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def hr_of(app: Flask, helped: Helped) -> Actor:
    with app.app_context(), transaction() as session:
        return make_employee(session, helped.evening.arena, roles=(Role.EMPLOYEE, Role.HR))


def link(text: str) -> str:
    """Return the last one that leads there: on the page itself others lead to its languages."""
    *_, found = re.findall(r'href="(/privacy[^"]*)"', text)
    return str(found)


def numbers(text: str) -> list[str]:
    """Return the numbers of the page's own words, below whose page it is, in their order."""
    words = re.sub(r"<[^>]+>", " ", text.partition("<h2>")[2].partition("<footer>")[0])
    return re.findall(r"\d[\d,.\u202f]*\d|\d", words)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_periods_it_states_are_those_of_the_settings(
    app: Flask, client: FlaskClient, helped: Helped, code: str
) -> None:
    number = LANGUAGES[code].number
    page = client.get(f"/r/{helped.code}?lang={code}")
    own = link(page.text)
    cookies = [number(CORRECTION_SECONDS // 60), number(COOKIE_DAYS), number(marks.KEPT.days)]
    assert numbers(client.get(own).text) == [number(WORD_DAYS), number(SIGNAL_DAYS), *cookies]
    hr, to = hr_of(app, helped), Periods(word_days=MOST_WORD_DAYS, signal_days=8)
    with app.app_context(), transaction() as session:
        retentions.change(session, actor=hr, to=to, now=clock.now())
    assert numbers(client.get(own).text) == [number(MOST_WORD_DAYS), number(8), *cookies]
    # Whose page it was is not known here: at most means the longest of all.
    assert numbers(client.get(f"/privacy?lang={code}").text)[0] == number(MOST_WORD_DAYS)


def test_what_it_says_of_cookies_is_what_browsers_get(
    app: Flask, client: FlaskClient, helped: Helped
) -> None:
    rated = client.post(f"/r/{helped.code}", data={"stars": "5"})
    assert f"Max-Age={CORRECTION_SECONDS};" in rated.headers["Set-Cookie"]
    assert client.get("/privacy").headers.getlist("Set-Cookie") == []


def test_every_page_of_fans_leads_there(app: Flask, client: FlaskClient, helped: Helped) -> None:
    stand: Stand = make_stand(app)
    token = stand.asked()
    pages = [
        f"/r/{helped.code}",
        "/r/nope",
        "/ask",
        f"/ask/{stand.section_code}",
        "/ask/nope",
        f"/ask/follow/{token}",
        "/heard/nope",
        "/privacy",
        "/privacy/nope",
    ]
    for address in pages:
        assert client.get(link(client.get(f"{address}?lang=nl").text)).status_code == 200, address
        assert link(client.get(f"{address}?lang=nl").text).endswith("?lang=nl")
    client.post(f"/r/{helped.code}", data={"stars": "5"})
    thanks = client.get(f"/r/{helped.code}/thanks").text
    assert link(thanks) == link(client.get(pages[0], follow_redirects=True).text)
    heard = re.search(r'href="(/heard/[^"]+)"', client.get(f"/ask/follow/{token}").text)
    assert heard
    assert link(client.get(heard[1]).text) == link(client.get(f"/ask/follow/{token}").text)


def test_only_hr_sets_them_and_it_is_audited(app: Flask) -> None:
    stand = make_stand(app)
    wanted = {"word_days": 40, "signal_days": 9}
    assert stand.call(stand.bowl.alex, "PUT", "/retention", wanted)[0] == 403
    assert stand.call(stand.hr, "GET", "/retention") == (200, asdict(Periods()))
    for _ in range(2):
        assert stand.call(stand.hr, "PUT", "/retention", wanted) == (200, wanted)
    assert stand.call(stand.hr, "GET", "/retention") == (200, wanted)
    rows = stand.call(stand.hr, "GET", "/audit?act=retention.changed")[1]["items"]
    assert [row["detail"]["after"] for row in rows if row["act"] == "retention.changed"] == [wanted]
    for wrong in ({"word_days": 29, "signal_days": 9}, {"word_days": 40, "signal_days": 31}):
        assert stand.call(stand.hr, "PUT", "/retention", wrong)[0] == 422
    stand.must_hold()
