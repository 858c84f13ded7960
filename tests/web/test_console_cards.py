"""HR's page of cards: packs made, printed, scanned by whom, and rated."""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from backend.engagement.models import Card, CardPack
from backend.foundation.audit import AuditRow
from backend.foundation.db import reading
from tests.browser.world import World, make_world
from tests.http import headers_for
from tests.web.test_console import NOBODY, OURS, signed_in
from tests.web.test_console_people import rows
from tests.web.test_console_places import scanned
from tests.web.test_hostile_words import CORPUS, as_text


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def make(client: FlaskClient, **said: str) -> Any:
    return client.post("/hr/cards", data={"count": "10"} | said, headers=OURS)


def packs(world: World) -> list[UUID]:
    """Return the packs of an organisation, in the order of their serials."""
    with world.app.app_context(), reading() as session:
        mine = CardPack.organisation_id == world.evening.organisation_id
        return list(
            session.scalars(select(CardPack.id).where(mine).order_by(CardPack.first_serial))
        )


def scan(world: World, who: Any, first: str, last: str) -> None:
    """Let somebody who is on shift scan the cards that they hand out."""
    body = {"id": str(uuid4()), "first_serial": first, "last_serial": last}
    answer = world.app.test_client().post(
        "/v1/cards/scans", json=body, headers=headers_for(world.app, who)
    )
    assert answer.status_code == 201, answer.json


def rate(world: World, address: str, stars: int) -> None:
    code = address.rsplit("/", 1)[1]
    done = world.app.test_client().post(f"/r/{code}", data={"stars": str(stars)})
    assert done.status_code == 303


def test_a_pack_is_made_once_with_its_cards_and_stands_in_the_audit(
    client: FlaskClient, world: World
) -> None:
    page = client.get("/hr/cards")
    assert '<a href="/hr/cards" aria-current="page">Cards</a>' in page.text
    assert "No pack was made yet." in page.text
    post_id = str(world.evening.arena.gate_post_id)
    done = make(client, count="20", post_id=post_id, note="Opening <b>night</b>")
    assert done.headers["Location"] == "/hr/cards?done=pack_made"
    [pack_id] = packs(world)
    with world.app.app_context(), reading() as session:
        cards = select(func.count()).select_from(Card).where(Card.pack_id == pack_id)
        acts = select(AuditRow.act).where(AuditRow.subject_id == pack_id)
        assert session.scalar(cards) == 20
        assert session.scalars(acts).all() == ["card_pack.made"]
    page = client.get("/hr/cards")
    [line] = rows(page)
    assert "Gate 1, lane 1" in line
    assert "“Opening <b>night</b>”" in line
    assert "Harper Hr" in line
    assert "None of 20" in line
    assert "<b>night" not in page.text


def test_a_pack_says_who_scanned_its_cards_and_how_many_were_rated(
    client: FlaskClient, world: World
) -> None:
    evening = world.evening
    make(client)
    [serial] = re.findall(r'<th scope="row">(\S+)-000001', client.get("/hr/cards").text)
    [pack_id] = packs(world)
    addresses = scanned(client.get(f"/hr/cards/{pack_id}.pdf").data)[1:]
    for who, first, last in ((evening.alex, 1, 3), (evening.blair, 4, 8)):
        scan(world, who, f"{serial}-{first:06}", f"{serial}-{last:06}")
    for number, stars in ((0, 5), (9, 5), (8, 2)):
        rate(world, addresses[number], stars)
    [line] = rows(client.get("/hr/cards"))
    assert "8 of 10 Blair Gates: 5 Alex Usher: 3 3 2 not scanned before, 1 of them" in line


def test_the_file_has_a_cover_and_every_card(app: Flask, client: FlaskClient, world: World) -> None:
    make(client)
    [pack_id] = packs(world)
    answer = client.get(f"/hr/cards/{pack_id}.pdf?paper=letter")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    named = answer.headers["Content-Disposition"]
    assert re.fullmatch(r'attachment; filename="cards-[0-9a-z]{4}-000001\.pdf"', named)
    found = scanned(answer.data)
    assert len(set(found)) == 11
    cover, first = found[0], found[1]
    assert cover.startswith("HTTP://ARENA.TEST/P/")
    asked = app.test_client().get(first.removeprefix("HTTP://ARENA.TEST"))
    assert "One tap is all it takes." in asked.text


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"count": ""}, "count"),
        ({"count": "ten"}, "count"),
        ({"count": "15"}, "count"),
        ({"count": "0"}, "count"),
        ({"count": "510"}, "count"),
        ({"count": "-10"}, "count"),
        ({"count": "9" * 30}, "count"),
        ({"post_id": "x"}, "post_id"),
        ({"note": "x" * 201}, "note"),
        ({"note": "nul\x00"}, "note"),
    ],
)
def test_what_cannot_be_made_is_refused_at_its_field(
    client: FlaskClient, world: World, wrong: dict[str, str], field: str
) -> None:
    page = make(client, **wrong)
    assert page.status_code == 422
    assert re.findall(r'name="([a-z_]+)"[^>]* aria-invalid="true"', page.text) == [field]
    assert f'id="{field}-wrong"' in page.text
    assert packs(world) == []


@pytest.mark.parametrize("said", list(CORPUS.values()), ids=list(CORPUS))
def test_a_hostile_word_for_the_cover_is_text(client: FlaskClient, world: World, said: str) -> None:
    assert make(client, note=said[:200]).status_code == 303
    as_text(client.get("/hr/cards").text)
    refused = make(client, note=said[:200], count="7")
    assert refused.status_code == 422
    as_text(refused.text)
    [pack_id] = packs(world)
    assert client.get(f"/hr/cards/{pack_id}.pdf").status_code == 200


def test_the_newest_packs_stand_first_and_pages_follow_each_other(
    client: FlaskClient, world: World
) -> None:
    for _ in range(26):
        make(client)
    first = client.get("/hr/cards").text
    [following] = re.findall(r'href="([^"]+after=[^"]+)"', first)
    numbers = [
        int(number)
        for text in (first, client.get(following).text)
        for number in re.findall(r'<th scope="row">\S+-(\d{6})', text)
    ]
    assert numbers == [1 + 10 * place for place in reversed(range(26))]
    assert client.get("/hr/cards?after=x").status_code == 422


def test_a_post_is_chosen_ahead_by_who_comes_from_the_places(
    client: FlaskClient, world: World
) -> None:
    post_id = world.evening.arena.gate_post_id
    page = client.get(f"/hr/cards?post_id={post_id}").text
    assert f'<option value="{post_id}" selected>' in page
    assert client.get("/hr/cards?post_id=%3Cb%3E").status_code == 200


def test_another_organisations_packs_and_posts_are_out_of_reach(
    app: Flask, client: FlaskClient, world: World
) -> None:
    other = make_world(app)
    make(signed_in(app, other))
    [theirs] = packs(other)
    for pack_id in (theirs, NOBODY):
        assert client.get(f"/hr/cards/{pack_id}.pdf").status_code == 404
    assert rows(client.get("/hr/cards")) == []
    refused = make(client, post_id=str(other.evening.arena.gate_post_id))
    assert refused.status_code == 404
    assert 'role="alert"' in refused.text
    assert packs(world) == []


def test_a_form_of_another_site_makes_nothing(client: FlaskClient, world: World) -> None:
    elsewhere = {"Origin": "https://elsewhere.test"}
    assert client.post("/hr/cards", data={"count": "10"}, headers=elsewhere).status_code == 403
    assert packs(world) == []


def test_a_form_that_is_sent_twice_makes_one_pack(client: FlaskClient, world: World) -> None:
    page = client.get("/hr/cards").text
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    for _ in range(2):
        sent = client.post("/hr/cards", data=form | {"count": "10"}, headers=OURS)
        assert sent.status_code == 303
    assert len(packs(world)) == 1
