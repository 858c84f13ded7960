"""The public page of a venue: what was asked for, what was done, and whether it works."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from backend.engagement.rules.heard import LEAST_SHOWN, slug_of
from backend.engagement.services import forgotten_words
from backend.foundation import clock
from backend.foundation.db import transaction
from backend.integrity.rules.retentions import Periods
from backend.integrity.services import retentions
from tests.engagement.fans import Stand, make_stand


@pytest.fixture
def stand(app: Flask) -> Stand:
    return make_stand(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def slug(stand: Stand) -> str:
    return slug_of(stand.bowl.arena.venue_id, "ARENA")


def write(stand: Stand, **said: Any) -> Any:
    entry = {
        "venue_id": str(stand.bowl.arena.venue_id),
        "asked": "Shorter queues for food",
        "done": "Two more stands upstairs.",
    }
    status, written = stand.call(stand.hr, "POST", "/heard-entries", entry | said)
    assert status == 201
    return written


def say(client: FlaskClient, stand: Stand, entry: Any, works: str) -> str:
    answer = client.post(f"/heard/{slug(stand)}/{entry['id']}", data={"works": works})
    assert answer.status_code == 303
    return answer.headers["Set-Cookie"]


def page(client: FlaskClient, stand: Stand, language: str = "en") -> str:
    answer = client.get(f"/heard/{slug(stand)}?lang={language}")
    assert answer.status_code == 200
    return answer.text


def test_it_counts_what_enough_have_asked_for_and_names_nobody(
    client: FlaskClient, stand: Stand
) -> None:
    for _ in range(LEAST_SHOWN):
        stand.asked(note="For Kim in row 4")
    for _ in range(LEAST_SHOWN - 1):
        stand.asked(stand.gate_code, category="tickets")
    token = stand.asked(stand.gate_code, category="other")
    stand.solve(stand.bowl.alex)
    stand.call(None, "POST", f"/asks/{token}/unsolved")
    said = page(client, stand)
    assert re.findall(r"<span>([^<]+)</span><b>(\d+)</b>", said) == [("Cleaning", "5")]
    for word in ("Kim", "Alex", "Casey", "row 4"):
        assert word not in said
    assert "noindex" not in said


def test_what_hr_writes_changes_and_withdraws_is_kept_and_audited(
    client: FlaskClient, stand: Stand
) -> None:
    entry = write(stand, asked="<b>Shade</b>")
    assert "&lt;b&gt;Shade&lt;/b&gt;" in page(client, stand)
    path = f"/heard-entries/{entry['id']}"
    status, changed = stand.call(stand.hr, "PATCH", path, {"seen_version": 1, "done": "Sails."})
    assert (status, changed["version"], changed["asked"]) == (200, 2, "<b>Shade</b>")
    late = stand.call(stand.hr, "PATCH", path, {"seen_version": 1, "done": "Nothing."})
    assert late[1]["type"] == "/problems/heard-entry-changed"
    assert "Sails." in page(client, stand, "fr")
    for _ in range(2):
        _, withdrawn = stand.call(stand.hr, "POST", f"{path}/withdraw")
        assert (withdrawn["version"], withdrawn["withdrawn"]) == (3, True)
    assert "Sails." not in page(client, stand)
    gone = stand.call(stand.hr, "PATCH", path, {"seen_version": 3, "done": "Again."})
    assert gone[1]["type"] == "/problems/heard-entry-withdrawn"
    _, audit = stand.call(stand.hr, "GET", "/audit?limit=3")
    assert [one["act"].split(".")[1] for one in audit["items"]] == [
        "withdrawn",
        "changed",
        "written",
    ]
    for who in (stand.bowl.alex, stand.bowl.robin):
        assert stand.call(who, "GET", "/heard-entries")[0] == 403
    stand.must_hold()


def test_a_device_has_one_answer_and_few_are_not_shown(app: Flask, stand: Stand) -> None:
    entry = write(stand)
    first = app.test_client()
    cookie = say(first, stand, entry, "yes")
    for part in ("HttpOnly", "SameSite=Strict", "Path=/heard"):
        assert part in cookie
    say(first, stand, entry, "not_yet")
    assert "It works for me</strong>" in page(first, stand)
    for _ in range(LEAST_SHOWN - 2):
        say(app.test_client(), stand, entry, "yes")
    anybody = app.test_client()
    assert not re.search(r"It works for me: \d", page(anybody, stand))
    say(anybody, stand, entry, "yes")
    assert f"It works for me: {LEAST_SHOWN}" in page(app.test_client(), stand)
    _, entries = stand.call(stand.hr, "GET", "/heard-entries")
    assert [(one["yes"], one["not_yet"]) for one in entries["items"]] == [(LEAST_SHOWN, 0)]


def test_why_not_is_seen_by_nobody_before_hr_shows_it(client: FlaskClient, stand: Stand) -> None:
    entry = write(stand)
    why = f"/heard/{slug(stand)}/{entry['id']}/why"
    client.post(why, data={"why": "Nobody has answered yet."})
    say(client, stand, entry, "not_yet")
    said = "<script>alert(1)</script> they close\u202e at half time"
    for words in (said, "Something else"):
        assert client.post(why, data={"why": words}).status_code == 303
    stranger = stand.app.test_client()
    assert "half time" not in page(client, stand)
    _, whys = stand.call(stand.hr, "GET", "/heard-whys")
    [waiting] = whys["items"]
    assert waiting["why"] == said.replace("\u202e", "")
    path = f"/heard-whys/{waiting['id']}/decide"
    decision = {"decision": "show", "reason": "Fair."}
    assert stand.call(stand.bowl.alex, "POST", path, decision)[0] == 403
    assert stand.call(stand.hr, "POST", path, decision)[1]["state"] == "shown"
    text = page(stranger, stand)
    assert "half time" in text
    assert "<script" not in text
    stand.call(stand.hr, "POST", path, {"decision": "hide", "reason": "On second thought."})
    assert "half time" not in page(stranger, stand)
    stand.must_hold()


def test_what_is_written_late_is_kept_as_long_as_any_words(
    app: Flask, client: FlaskClient, stand: Stand
) -> None:
    with app.app_context(), transaction() as session:
        retentions.change(session, actor=stand.hr, to=Periods(word_days=60), now=clock.now())
    entry = write(stand)
    long_ago = clock.now() - timedelta(days=61)
    with time_machine.travel(long_ago, tick=False):
        say(client, stand, entry, "not_yet")
    path = f"/heard/{slug(stand)}/{entry['id']}/why"
    assert client.post(path, data={"why": "Still no shade."}).status_code == 303
    with app.app_context():
        forgotten_words.forget_old(now=clock.now())
    [waiting] = stand.call(stand.hr, "GET", "/heard-whys")[1]["items"]
    assert waiting["why"] == "Still no shade."


@pytest.mark.parametrize("why", ["x" * 281, "x" * 10_000, "nul\x00"])
def test_words_that_cannot_be_kept_are_refused(client: FlaskClient, stand: Stand, why: str) -> None:
    entry = write(stand)
    say(client, stand, entry, "not_yet")
    answer = client.post(
        f"/heard/{slug(stand)}/{entry['id']}/why", data={"why": why}, follow_redirects=True
    )
    assert 'role="alert"' in answer.text
    assert stand.call(stand.hr, "GET", "/heard-whys")[1]["items"] == []


def test_what_is_elsewhere_is_not_answered_here(app: Flask, stand: Stand) -> None:
    other = make_stand(app)
    entry = write(other)
    client = app.test_client()
    for path in (f"{slug(stand)}/{entry['id']}", f"{slug(stand)}/{uuid4()}", f"x/{entry['id']}"):
        answer = client.post(f"/heard/{path}", data={"works": "yes"})
        assert (answer.status_code, answer.mimetype) == (404, "text/html")
    assert (
        client.post(f"/heard/{slug(other)}/{entry['id']}", data={"works": "?"}).status_code == 422
    )
    assert other.call(other.hr, "GET", "/heard-entries")[1]["items"][0]["yes"] == 0
    assert stand.call(stand.hr, "POST", f"/heard-entries/{entry['id']}/withdraw")[0] == 404
    elsewhere = {"venue_id": str(other.bowl.arena.venue_id), "asked": "A", "done": "B"}
    assert stand.call(stand.hr, "POST", "/heard-entries", elsewhere)[0] == 404


def test_looking_sets_no_cookie_and_is_asked_again_for_nothing(
    client: FlaskClient, stand: Stand
) -> None:
    first = client.get(f"/heard/{slug(stand)}")
    assert "Set-Cookie" not in first.headers
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/heard/{slug(stand)}", headers=tag).status_code == 304
