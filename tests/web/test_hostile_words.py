"""What fans write, as hostile as it comes, is text wherever it is shown: to fans, HR and staff.

The pages of HR are found by looking at all of them, so that one that begins to show comments is
held to the same.
"""

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.engagement.models import Rating
from backend.engagement.rules import CORRECTION_WINDOW, Decision, Moment
from backend.engagement.rules.heard import Works, slug_of
from backend.engagement.services import comments, heard_entries, heard_pages, ratings
from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from tests.browser.world import World, make_world
from tests.engagement.fans import Stand, make_stand
from tests.engagement.stories import resolved
from tests.engagement.suspects import phone
from tests.factories import make_employee
from tests.http import headers_for
from tests.web.test_console import signed_in

SIGN = "Zz1"
CORPUS = {
    "script": f"{SIGN}<script>alert(1)</script>",
    "picture": f'{SIGN}"><img src=x onerror=alert(1)>',
    "end of a field": f"{SIGN}</textarea></script><svg onload=alert(1)>",
    "sql": f"{SIGN}'); drop table ratings; --",
    "formula": f"=cmd|' /C calc'!A0{SIGN}",
    "lines": f"{SIGN}\r\nSet-Cookie: a=b\r\n\r\n<b>hi</b>",
    "right to left": f"{SIGN}\u202egnp.exe\u2066 <i>",
    "emoji": f"{SIGN}👩‍🚀🏽 🏳️‍🌈 <u>",
    "template": f"{SIGN}{{{{ 7 * 7 }}}} ${{7*7}} %(count)d",
    "longest": f"{SIGN}<s>" + "\U0001f600" * 900,
}
# No tag of ours has any of these; what a fan wrote would bring them.
RAW = re.compile(r"<script>alert|<img src=x|<svg onload|<b>hi|exe\u2066 <i>| <u>|Zz1<s>")


@pytest.fixture(params=list(CORPUS.values()), ids=list(CORPUS))
def words(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stand(app: Flask) -> Stand:
    return make_stand(app)


def as_text(page: str) -> None:
    """Assert that what a fan wrote is no part of the page but of its text."""
    assert not RAW.search(page)


def commented(world: World) -> None:
    """Let the corpus be written to Alex, once more in ratings that are held; HR shows all of it."""
    now = clock.now() - CORRECTION_WINDOW * 2
    with world.app.app_context(), transaction() as session:
        for number, words in enumerate([*CORPUS.values(), *CORPUS.values()]):
            seen = phone(number, staff=True) if number >= len(CORPUS) else None
            given = ratings.GivenAnswer(stars=5, comment=words)
            kept = ratings.receive(
                session,
                code=resolved(session, world.evening.alex, moment=Moment.present(now)).code,
                given=given,
                sighting=seen,
                now=now,
            )
            comments.decide(
                session,
                actor=world.hr,
                rating_id=kept.rating_id,
                decision=Decision.SHOW,
                reason=words[:280],
                now=clock.now(),
            )
        for words in CORPUS.values():
            waits = resolved(session, world.evening.alex, moment=Moment.present(now)).code
            given = ratings.GivenAnswer(stars=5, comment=words)
            ratings.receive(session, code=waits, given=given, now=now)


def open_all(client: FlaskClient, prefix: str, headers: Any = None) -> dict[str, str]:
    """Return every page and document below ``prefix`` that needs no id, by its address."""
    found = {}
    for rule in client.application.url_map.iter_rules():
        if rule.rule.startswith(prefix) and "GET" in (rule.methods or ()) and not rule.arguments:
            answer = client.get(rule.rule, headers=headers)
            assert "a=b" not in str(answer.headers)
            if answer.status_code == 200 and answer.is_json:
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
            found[rule.rule] = answer.text if answer.status_code == 200 else ""
    return found


def test_hr_reads_them_as_text_on_every_page(app: Flask) -> None:
    world = make_world(app)
    commented(world)
    client = signed_in(app, world)
    pages = open_all(client, "/hr")
    assert sum(bool(page) for page in pages.values()) > 8
    for page in pages.values():
        as_text(page)
    reviewed = re.findall(r'href="(/hr/reviews/[^"]+)"', pages["/hr/reviews"])
    assert len(reviewed) >= len(CORPUS)
    for path in reviewed:
        page = client.get(path).text
        assert SIGN in page or "cmd|" in page
        as_text(page)
    # Those that wait to be shown or hidden are read by whoever decides, and so are both others.
    assert pages["/hr/comments"].count("<blockquote") == len(CORPUS)
    for state in ("shown", "hidden"):
        as_text(client.get(f"/hr/comments?show={state}").text)
    # The reason of a decision is in the audit, with what HR copied into it.
    assert SIGN in pages["/hr/audit"]


def test_the_api_gives_them_as_json_and_never_as_a_page(app: Flask) -> None:
    world = make_world(app)
    commented(world)
    for who, least in ((world.hr, 2), (world.evening.alex, 1)):
        answers = open_all(app.test_client(), "/v1/", headers_for(app, who))
        with_words = [path for path, text in answers.items() if SIGN in text]
        assert len(with_words) >= least, with_words
        for path in with_words:
            answer = app.test_client().get(path, headers=headers_for(app, who))
            assert answer.content_type.startswith("application/json"), path


def test_fans_see_their_own_as_text(app: Flask, stand: Stand, words: str) -> None:
    token = stand.asked(seat=words[:40], note=words[:280])
    client = app.test_client()
    follow = client.get(f"/ask/follow/{token}").text
    assert SIGN in follow
    as_text(follow)
    stand.solve(stand.bowl.alex)
    code = stand.follow(token)["rating_code"]
    client.post(f"/r/{code}", data={"stars": "5"})
    client.post(f"/r/{code}/thanks", data={"stars": "5", "comment": words})
    thanks = client.get(f"/r/{code}/thanks").text
    assert SIGN in thanks
    as_text(thanks)
    assert thanks.count("</textarea>") == 1


def test_everybody_reads_them_as_text_on_the_public_page(
    app: Flask, stand: Stand, words: str
) -> None:
    venue_id, now = stand.bowl.arena.venue_id, clock.now()
    with app.app_context(), transaction() as session:
        given = {"venue_id": venue_id, "asked": words[:200], "done": words[:500]}
        entry = heard_entries.write(session, actor=stand.hr, given=given, now=now)
        at: Any = {"slug": slug_of(venue_id, "ARENA"), "entry_id": entry.id, "device": "one"}
        heard_pages.answer(session, **at, works=Works.NOT_YET, now=now)
        heard_pages.say_why(session, **at, why=words[:280], now=now)
    [why] = stand.call(stand.hr, "GET", "/heard-whys")[1]["items"]
    decision = {"decision": "show", "reason": "Fair."}
    assert stand.call(stand.hr, "POST", f"/heard-whys/{why['id']}/decide", decision)[0] == 200
    page = app.test_client().get(f"/heard/{slug_of(venue_id, 'ARENA')}").text
    assert page.count(SIGN) >= 3
    as_text(page)


def test_ten_kilobytes_are_refused_and_nothing_of_them_is_kept(app: Flask, stand: Stand) -> None:
    words = f"{SIGN}<b>hi</b>" * 1_000
    assert len(words) > 10_000
    assert stand.ask(note=words)[0] == 422
    token = stand.asked()
    stand.solve(stand.bowl.alex)
    code, client = stand.follow(token)["rating_code"], app.test_client()
    client.post(f"/r/{code}", data={"stars": "5"})
    refused = client.post(f"/r/{code}/thanks", data={"stars": "5", "comment": words})
    assert refused.status_code == 422
    as_text(refused.text)
    with app.app_context(), reading() as session:
        row = session.scalars(select(Rating).where(Rating.organisation_id == stand.owner)).one()
        assert row.comment is None


def test_no_file_that_hr_exports_holds_a_formula_of_theirs(app: Flask) -> None:
    world = make_world(app)
    commented(world)
    with app.app_context(), transaction() as session:
        chief = make_employee(session, world.evening.arena, roles=(Role.EMPLOYEE, Role.ADMIN))
    client = app.test_client()
    files = {
        path: text
        for path, text in open_all(client, "/v1/", headers_for(app, chief)).items()
        if path.endswith(".csv")
    }
    for text in files.values():
        for row in csv.reader(io.StringIO(text)):
            assert not any(cell.startswith(("=", "+", "@", "-")) for cell in row)
