"""The page that a code in the building opens, as a browser without scripts meets it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import clock
from tests.engagement.fans import Stand, make_stand

LARGEST_TOTAL = 20_000


@pytest.fixture
def stand(app: Flask) -> Stand:
    return make_stand(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def ask(client: FlaskClient, stand: Stand, **fields: str) -> str:
    """Ask by the form, and return where it is followed."""
    said = {"id": str(uuid4()), "category": "cleaning", **fields}
    answer = client.post(f"/ask/{stand.section_code}", data=said)
    assert answer.status_code == 303
    return answer.headers["Location"]


@pytest.mark.parametrize(
    ("language", "tag", "question", "send"),
    [
        ("en", "en", "What do you need?", "Ask for help"),
        ("fr", "fr", "De quoi avez-vous besoin ?", "Demander de l’aide"),
        ("es", "es", "¿Qué necesita?", "Pedir ayuda"),
        ("nl-NL", "nl", "Wat heeft u nodig?", "Hulp vragen"),
        ("zh-CN", "zh-Hans", "您需要什么帮助？", "请求帮助"),
    ],
)
def test_it_asks_in_eight_pictures_and_the_readers_language(
    client: FlaskClient, stand: Stand, language: str, tag: str, question: str, send: str
) -> None:
    for address in (f"/ask/{stand.section_code}", f"/ASK/{stand.section_code}"):
        page = client.get(address, headers={"Accept-Language": language})
        assert page.status_code == 200
        assert f'<html lang="{tag}" dir="ltr">' in page.text
        assert question in page.text
        assert send in page.text
        assert "<bdi>101</bdi> · <bdi>Home against Away</bdi>" in page.text
        assert page.text.count('type="radio"') == 8
        assert re.search(r'<meta name="description" content="[^"]+">', page.text)
        assert "<script" not in page.text


def test_everything_comes_in_less_than_twenty_kilobytes(client: FlaskClient, stand: Stand) -> None:
    asked = client.get(f"/ask/{stand.section_code}?lang=fr")
    followed = client.get(ask(client, stand))
    [script] = re.findall(r'<script src="(/static/[^"]+)" defer>', followed.text)
    total = len(followed.data) + len(client.get(script).data)
    assert len(asked.data) + len(str(asked.headers)) < LARGEST_TOTAL / 2
    assert total + len(str(followed.headers)) < LARGEST_TOTAL
    for text in (asked.text, followed.text):
        assert not re.findall(r'(?:src|href|action)="(?!/|data:,")', text)


def test_a_fan_follows_until_it_is_done_and_rates(client: FlaskClient, stand: Stand) -> None:
    bowl, address = stand.bowl, ask(client, stand, seat="Row 4", note="A <b>wet</b> seat")
    assert address.startswith("/ask/follow/")
    page = client.get(address)
    assert "We have it" in page.text
    assert "Row 4" in page.text
    assert "A &lt;b&gt;wet&lt;/b&gt; seat" in page.text
    [request] = stand.open_near(bowl.casey)
    stand.step(bowl.casey, request["id"], "accept")
    page = client.get(address)
    assert "Casey is on the way" in page.text
    assert "Stands" not in page.text
    stand.step(bowl.casey, request["id"], "resolve")
    page = client.get(address)
    assert page.headers["Cache-Control"] == "no-store"
    [rate] = re.findall(r'href="(/r/\w{26})"', page.text)
    assert client.get(rate).status_code == 200
    assert client.post(rate, data={"stars": "5"}).status_code == 303
    page = client.get(address)
    assert "You have said how it went" in page.text
    assert "/r/" not in page.text
    stand.must_hold()


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient, stand: Stand) -> None:
    address = ask(client, stand)
    page = client.get(address)
    assert page.headers["Cache-Control"] == "private, no-cache"
    again = client.get(address, headers={"If-None-Match": page.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_opening_a_page_records_nothing(client: FlaskClient, stand: Stand) -> None:
    for method in ("GET", "HEAD", "OPTIONS"):
        client.open(f"/ask/{stand.section_code}", method=method, headers={"Purpose": "prefetch"})
    assert stand.open_near(stand.bowl.casey) == []


def test_a_form_sent_twice_is_one_ask(client: FlaskClient, stand: Stand) -> None:
    once = str(uuid4())
    assert ask(client, stand, id=once) == ask(client, stand, id=once)
    assert len(stand.open_near(stand.bowl.casey)) == 1
    other = client.post(
        f"/ask/{stand.section_code}?lang=fr", data={"id": once, "category": "tickets"}
    )
    assert other.headers["Location"] == f"/ask/{stand.section_code}?lang=fr"


def test_a_fan_takes_it_back_or_asks_for_somebody_else(client: FlaskClient, stand: Stand) -> None:
    first = ask(client, stand)
    stand.solve(stand.bowl.casey)
    assert client.post(f"{first}/unsolved").headers["Location"] == first
    page = client.get(first)
    assert "Somebody else sees to it now" in page.text
    assert client.post(f"{first}/cancel?lang=es").headers["Location"] == f"{first}?lang=es"
    assert "Gracias por avisarnos." in client.get(f"{first}?lang=es").text
    late = client.post(f"{first}/unsolved")
    assert (late.status_code, late.mimetype) == (409, "text/html")
    assert "This is over already" in late.text


def test_whoever_has_rated_asks_for_somebody_else_there(client: FlaskClient, stand: Stand) -> None:
    address = ask(client, stand)
    stand.solve(stand.bowl.casey)
    [rate] = re.findall(r'href="(/r/\w{26})"', client.get(address).text)
    thanks = client.post(rate, data={"stars": "2"}, follow_redirects=True)
    [unsolved] = re.findall(r'action="(/r/\w{26}/unsolved)"', thanks.text)
    assert client.post(unsolved).headers["Location"] == address
    stranger = stand.app.test_client().post(unsolved)
    assert stranger.status_code == 403
    assert "<form" not in stranger.text


def test_while_nothing_is_on_it_says_so_kindly(client: FlaskClient, stand: Stand) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=4)):
        for answer in (
            client.get(f"/ask/{stand.section_code}"),
            client.post(f"/ask/{stand.section_code}", data={"category": "other"}),
        ):
            assert answer.status_code == 409
            assert "Nothing is on here right now" in answer.text


@pytest.mark.parametrize(
    "code", ["nope", "0" * 45, "%00", "<script>", "é" * 45, "x" * 5000, "%E2%80%AE", "%ED%A0%80"]
)
def test_an_unknown_code_or_address_is_a_404_in_words(client: FlaskClient, code: str) -> None:
    for path in (f"/ask/{code}", f"/ask/follow/{code}", f"/heard/{code}"):
        for method in ("GET", "POST"):
            answer = client.open(path, method=method, data={"category": "other"})
            if method == "POST" and not path.startswith("/ask/" + code):
                assert answer.status_code in {404, 405}
                continue
            assert answer.status_code == 404
            assert answer.content_type.startswith("text/html")
            assert "<script" not in answer.text


@pytest.mark.parametrize(
    "fields",
    [
        {"category": "beer"},
        {"category": ""},
        {"category": "other", "id": "7"},
        {"category": "other", "note": "x" * 10_000},
        {"category": "other", "note": "nul\x00"},
        {"category": "other", "seat": "x" * 41},
    ],
)
def test_what_cannot_be_kept_is_said_and_what_was_typed_stays(
    client: FlaskClient, stand: Stand, fields: dict[str, str]
) -> None:
    said = {"id": str(uuid4()), "seat": "Row <4>", **fields}
    answer = client.post(f"/ask/{stand.section_code}", data=said)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    if "seat" not in fields:
        assert 'value="Row &lt;4&gt;"' in answer.text
    assert stand.open_near(stand.bowl.casey) == []


@pytest.mark.parametrize(
    "note", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</textarea><script>"]
)
def test_a_hostile_note_is_text_everywhere(client: FlaskClient, stand: Stand, note: str) -> None:
    page = client.get(ask(client, stand, note=note, seat=note[:40]))
    assert not re.findall(r"<script(?! src=\"/static/)|<img", page.text)
    refused = client.post(
        f"/ask/{stand.section_code}", data={"category": "", "note": note, "seat": note}
    )
    assert "<script" not in refused.text
    assert refused.text.count("</textarea>") == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"category=%ff%fe", "application/x-www-form-urlencoded"),
        (b'{"category": "other"}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"note=" + b"5" * 1_000_000, "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
def test_a_body_that_no_browser_sends_is_refused_in_words(
    client: FlaskClient, stand: Stand, body: bytes, kind: str
) -> None:
    answer = client.post(f"/ask/{stand.section_code}", data=body, content_type=kind)
    assert 400 <= answer.status_code < 500
    assert answer.mimetype == "text/html"
    assert stand.open_near(stand.bowl.casey) == []
