"""What a fan sees after rating: thanks, whether a score was suggested, and what happened since."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backend.engagement.models import Invitation, Rating, RatingHold
from backend.engagement.services import ratings, suggestions
from backend.foundation import clock
from backend.foundation.db import new_id, reading, transaction
from backend.identity.guard import marks
from backend.integrity.models import ScoreSuggestion
from backend.integrity.rules import suggestions as rules
from backend.rewards.models import LedgerTransaction
from backend.settings import Settings
from tests.engagement.fans import Stand, make_stand
from tests.engagement.suspects import phone

QUESTION = "Did anybody suggest which score to give?"


@pytest.fixture
def stand(app: Flask) -> Stand:
    return make_stand(app)


@pytest.fixture
def fan(app: Flask) -> FlaskClient:
    return app.test_client()


def solved(stand: Stand) -> tuple[str, str]:
    """Let a fan ask and be helped by Alex; return the rating code and the way to follow it."""
    token = stand.asked()
    stand.solve(stand.bowl.alex)
    return str(stand.follow(token)["rating_code"]), token


def ask_everybody(monkeypatch: pytest.MonkeyPatch, one_of: int = 1) -> None:
    monkeypatch.setattr(rules, "ONE_OF", one_of)


def said(stand: Stand) -> list[bool]:
    with stand.app.app_context(), reading() as session:
        rows = select(ScoreSuggestion.suggested).where(
            ScoreSuggestion.organisation_id == stand.owner
        )
        return list(session.scalars(rows))


def books(stand: Stand) -> tuple[int, int, list[tuple[int, str]], int]:
    """Return all that could tell of points: of Alex, transactions, ratings, holds."""
    with stand.app.app_context(), reading() as session:
        counts = [
            session.scalar(
                select(func.count()).select_from(table).where(table.organisation_id == stand.owner)
            )
            or 0
            for table in (LedgerTransaction, RatingHold)
        ]
        rows = select(Rating.stars, Rating.state).where(Rating.organisation_id == stand.owner)
        ratings = [(stars, str(state)) for stars, state in session.execute(rows)]
    return stand.points(stand.bowl.alex), counts[0], ratings, counts[1]


def test_one_of_ten_is_asked_and_always_the_same_ones() -> None:
    key, ids = b"k" * 32, [new_id() for _ in range(5_000)]
    asked = [one for one in ids if rules.is_asked(one, code_key=key)]
    # Binomial: five standard deviations around 500.
    assert 394 <= len(asked) <= 606
    assert asked == [one for one in ids if rules.is_asked(one, code_key=key)]
    assert asked != [one for one in ids if rules.is_asked(one, code_key=b"other" * 6)]


def test_the_page_asks_whom_the_draw_says_however_often_it_is_loaded(
    app: Flask, stand: Stand, fan: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_everybody(monkeypatch, 2)
    settings: Settings = app.extensions["on_the_spot.settings"]
    for _ in range(6):
        code, _ = solved(stand)
        fan.post(f"/r/{code}", data={"stars": "5"})
        with app.app_context(), reading() as session:
            drawn = rules.is_asked(newest(session, stand), code_key=settings.secrets.code_key)
        for _ in range(2):
            assert (QUESTION in fan.get(f"/r/{code}/thanks").text) is drawn


def newest(session: object, stand: Stand) -> UUID:
    rows = select(Invitation.id).where(Invitation.organisation_id == stand.owner)
    return max(session.scalars(rows))  # type: ignore[attr-defined, no-any-return]


def test_what_the_fan_says_of_it_moves_no_point(
    stand: Stand, fan: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_everybody(monkeypatch)
    code, _ = solved(stand)
    fan.post(f"/r/{code}", data={"stars": "5"})
    before = books(stand)
    for answer, kept in (("yes", True), ("no", False), ("", False), ("yes", True)):
        fan.post(f"/r/{code}/thanks", data={"stars": "5", "suggested": answer})
        assert said(stand) == [kept]
        assert books(stand) == before
    page = fan.get(f"/r/{code}/thanks").text
    assert re.search(r'value="yes" checked', page)
    stand.must_hold()


def test_who_is_not_asked_is_not_heard_nor_who_has_not_rated(
    app: Flask, stand: Stand, fan: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_everybody(monkeypatch, 10**18)
    code, _ = solved(stand)
    fan.post(f"/r/{code}", data={"stars": "5"})
    assert QUESTION not in fan.get(f"/r/{code}/thanks").text
    fan.post(f"/r/{code}/thanks", data={"stars": "5", "suggested": "yes"})
    ask_everybody(monkeypatch)
    app.test_client().post(f"/r/{code}/thanks", data={"stars": "5", "suggested": "yes"})
    assert said(stand) == []


def test_hr_reads_it_in_words_beside_what_is_held(
    stand: Stand, fan: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_everybody(monkeypatch)
    for answer in ("yes", "no", "no"):
        code, _ = solved(stand)
        fan.post(f"/r/{code}", data={"stars": "5"})
        fan.post(f"/r/{code}/thanks", data={"stars": "5", "suggested": answer})
    held, _ = solved(stand)
    hold(stand, held)
    [waiting] = stand.call(stand.hr, "GET", "/reviews")[1]["items"]
    assert waiting["signals"] == [suggestions.OTHERS.format(answered=3, suggested=1)]
    assert stand.call(stand.bowl.alex, "GET", "/reviews")[0] == 403


def hold(stand: Stand, code: str) -> None:
    with stand.app.app_context(), transaction() as session:
        ratings.receive(
            session,
            code=code,
            given=ratings.GivenAnswer(stars=5),
            sighting=phone(staff=True),
            now=clock.now(),
        )


def test_the_same_address_shows_what_happened_with_it(
    app: Flask, stand: Stand, fan: FlaskClient
) -> None:
    code, _ = solved(stand)
    fan.post(f"/r/{code}", data={"stars": "2"})

    def shown() -> str:
        page = fan.get(f"/r/{code}", follow_redirects=True)
        assert page.request.path == f"/r/{code}/thanks"
        assert "<h1>Thank you</h1>" in page.text
        return page.text

    assert "It has arrived." in shown()
    followed = fan.post(f"/r/{code}/unsolved").headers["Location"]
    assert "Somebody else sees to it now" in shown()
    assert f'href="{followed}"' in shown()
    assert f"/r/{code}/unsolved" not in shown()
    request_id = str(stand.open_near(stand.bowl.blair)[0]["id"])
    assert stand.step(stand.bowl.blair, request_id, "accept")[0] == 200
    assert "Blair is on the way" in shown()
    assert stand.step(stand.bowl.blair, request_id, "resolve")[0] == 200
    assert re.search(r'<li class="past" aria-current="step">Done</li>', shown())
    # Whoever else knows the code, as the employee does, learns nothing of it.
    assert "Blair" not in app.test_client().get(f"/r/{code}", follow_redirects=True).text


def test_who_is_not_believed_is_thanked_alike(
    app: Flask, stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_everybody(monkeypatch)
    screened = replace(app.extensions["on_the_spot.settings"], screening=True)
    monkeypatch.setitem(app.extensions, "on_the_spot.settings", screened)
    pages = []
    for staff in (False, True):
        fan, began = app.test_client(), clock.now()
        token = stand.asked()
        with time_machine.travel(began + timedelta(minutes=10)):
            stand.solve(stand.bowl.alex)
            code = stand.follow(token)["rating_code"]
        if staff:
            fan.set_cookie(marks.COOKIE, "1", path="/r/", domain="localhost")
        with time_machine.travel(began + timedelta(minutes=12)):
            fan.post(f"/r/{code}", data={"stars": "5"}, headers={"User-Agent": code})
            pages.append(fan.get(f"/r/{code}/thanks").text.replace(code, "CODE"))
    states = [state for _, state in books(stand)[2]]
    assert sorted(states) == ["accepted", "held"]
    assert pages[0] == pages[1]
