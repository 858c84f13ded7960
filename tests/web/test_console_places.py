"""HR's page of places: found by a word, each with its sheet, and all of them made void."""

import re
from html import unescape
from typing import Any
from uuid import UUID

import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from backend.engagement.models import AskVersion
from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.venues.models import Zone
from backend.venues.rules import ZoneKind
from tests.browser.world import World, console_access, make_world
from tests.engagement.decks import pictures_of
from tests.factories import make_employee
from tests.web.test_console import NOBODY, OURS, sign_in, signed_in
from tests.web.test_console_people import rows

SHEET = "/hr/places/{}/ask-sheet.pdf"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def build(world: World, code: str, name: str, kind: ZoneKind = ZoneKind.SUITE) -> UUID:
    """Add a zone to the arena."""
    arena, zone_id = world.evening.arena, new_id()
    with world.app.app_context(), transaction() as session:
        row = Zone(
            organisation_id=arena.organisation_id,
            id=zone_id,
            venue_id=arena.venue_id,
            code=code,
            name=name,
            kind=kind,
        )
        session.add(row)
    return zone_id


def scanned(pdf: bytes) -> list[str]:
    """Return what the codes on the pages of a PDF say."""
    return [found.text for page in pictures_of(pdf) for found in zxingcpp.read_barcodes(page)]


def renew(client: FlaskClient, venue_id: UUID, **headers: str) -> Any:
    return client.post(f"/hr/places/{venue_id}/renew", headers=headers or OURS)


def renewals(world: World) -> tuple[list[int], list[str]]:
    """Return the versions of the arena's codes, and what the audit says of them."""
    venue_id = world.evening.arena.venue_id
    with world.app.app_context(), reading() as session:
        versions = session.scalars(
            select(AskVersion.version).where(AskVersion.venue_id == venue_id)
        ).all()
        acts = session.scalars(select(AuditRow.act).where(AuditRow.subject_id == venue_id)).all()
    return list(versions), list(acts)


def test_zones_and_posts_are_listed_by_their_codes_with_their_sheets(
    client: FlaskClient, world: World
) -> None:
    arena = world.evening.arena
    page = client.get("/hr/places")
    assert '<a href="/hr/places" aria-current="page">Places</a>' in page.text
    listed = rows(page)
    assert any("Gate 1, lane 1 Gate 1 Gate, post" in row for row in listed)
    assert any("Gate, zone" in row for row in listed)
    codes = [row.split()[0] for row in listed]
    assert codes == sorted(codes)
    for place_id in (arena.gate_id, arena.gate_post_id, arena.section_id, arena.venue_id):
        assert f'href="{SHEET.format(place_id)}?paper=a4"' in page.text
    assert f'href="/hr/cards?post_id={arena.gate_post_id}"' in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=bAlcony", {"Zz-1", "Zz-2"}),
        ("q=zz-2", {"Zz-2"}),
        ("q=balcony&kind=suite", {"Zz-2"}),
        ("q=balcony&what=posts", set()),
        ("q=balcony&what=zones&kind=parking", {"Zz-1"}),
        ("q=%25", set()),
        ("q=%00", set()),
        ("q=%3Cscript%3E", set()),
    ],
)
def test_places_are_found_by_a_word_and_narrowed(
    client: FlaskClient, world: World, query: str, found: set[str]
) -> None:
    build(world, "Zz-1", "North balcony", ZoneKind.PARKING)
    build(world, "Zz-2", "South <b>balcony</b>")
    page = client.get(f"/hr/places?{query}")
    assert {row.split()[0] for row in rows(page)} == found
    assert "<b>balcony" not in page.text
    assert "<script>" not in page.text


def test_the_posts_of_a_zone_are_found_by_its_name(client: FlaskClient) -> None:
    listed = rows(client.get("/hr/places?q=gate+1&what=posts"))
    assert any("Gate 1, lane 1" in row for row in listed)


@pytest.mark.parametrize(
    "query",
    ["kind=king", "what=all", "after=x", "after=WzFd", "venue_id=x"],
)
def test_a_choice_that_is_not_there_is_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/hr/places?{query}").status_code == 422


def test_pages_follow_each_other_and_keep_the_filter(client: FlaskClient, world: World) -> None:
    for number in range(53):
        build(world, f"T-{number:02}", f"Terrace {number:02}")
    first = client.get("/hr/places?q=terrace&kind=suite")
    assert len(rows(first)) == 50
    [following] = re.findall(r'href="(/hr/places\?[^"]*after=[^"]+)"', first.text)
    second = rows(client.get(unescape(following)))
    assert [row.split()[0] for row in second] == ["T-50", "T-51", "T-52"]


@pytest.mark.parametrize(("paper", "height"), [("a4", "841.89"), ("letter", "792.00")])
def test_a_sheet_is_a_file_whose_code_opens_the_fans_page(
    app: Flask, client: FlaskClient, world: World, paper: str, height: str
) -> None:
    path = SHEET.format(world.evening.arena.gate_post_id)
    answer = client.get(f"{path}?paper={paper}")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    assert answer.headers["Cache-Control"] == "no-store"
    name = answer.headers["Content-Disposition"]
    assert name == 'attachment; filename="ask-sheet-gate-1-lane-1.pdf"'
    assert f"{height}]".encode() in answer.data
    [address] = scanned(answer.data)
    opened = app.test_client().get(address.removeprefix("HTTP://ARENA.TEST"))
    assert opened.status_code == 200
    assert "Gate 1, lane 1" in opened.text


def test_all_sheets_of_a_venue_are_one_file(client: FlaskClient, world: World) -> None:
    answer = client.get(SHEET.format(world.evening.arena.venue_id))
    shown = rows(client.get("/hr/places"))
    assert len(set(scanned(answer.data))) == len(shown) > 3


def test_sheets_that_were_made_void_open_nothing_any_more(
    app: Flask, client: FlaskClient, world: World
) -> None:
    arena = world.evening.arena
    path = SHEET.format(arena.section_id)
    [old] = scanned(client.get(path).data)
    done = renew(client, arena.venue_id)
    assert done.headers["Location"] == f"/hr/places?done=sheets_renewed&venue_id={arena.venue_id}"
    assert "No sheet printed so far is good any more." in client.get(done.headers["Location"]).text
    assert renewals(world) == ([2], ["ask_codes.renewed"])
    [new] = scanned(client.get(path).data)
    statuses = [
        app.test_client().get(address.removeprefix("HTTP://ARENA.TEST")).status_code
        for address in (old, new)
    ]
    assert statuses == [404, 200]


def test_another_organisations_are_neither_printed_nor_made_void(
    app: Flask, client: FlaskClient
) -> None:
    other = make_world(app)
    theirs = other.evening.arena
    for place_id in (theirs.gate_id, theirs.gate_post_id, theirs.venue_id, NOBODY):
        assert client.get(SHEET.format(place_id)).status_code == 404
    assert client.get(f"/hr/places?venue_id={theirs.venue_id}").status_code == 404
    for venue_id in (theirs.venue_id, NOBODY):
        assert renew(client, venue_id).status_code == 404
    assert renewals(other) == ([], [])


@pytest.mark.parametrize("query", ["paper=a3", "paper=", "size=a4"])
def test_paper_that_is_not_there_is_refused(client: FlaskClient, world: World, query: str) -> None:
    path = SHEET.format(world.evening.arena.gate_id)
    assert client.get(f"{path}?{query}").status_code == 422


def test_a_form_of_another_site_makes_nothing_void(client: FlaskClient, world: World) -> None:
    venue_id = world.evening.arena.venue_id
    assert renew(client, venue_id, Origin="https://elsewhere.test").status_code == 403
    assert renewals(world) == ([], [])


def test_only_who_prints_cards_may_look_and_print(app: Flask, world: World) -> None:
    arena = world.evening.arena
    with app.app_context(), transaction() as session:
        paying = make_employee(session, arena, roles=(Role.PAYROLL,))
        email, totp = console_access(app, session, paying)
    client = app.test_client()
    assert client.get(SHEET.format(arena.gate_id)).headers["Location"] == "/hr/sign-in"
    sign_in(client, email, totp)
    for path in ("/hr/places", SHEET.format(arena.gate_id), "/hr/cards", f"/hr/cards/{NOBODY}.pdf"):
        assert client.get(path).status_code == 403
    assert renew(client, arena.venue_id).status_code == 403
    assert client.post("/hr/cards", data={"count": "10"}, headers=OURS).status_code == 403
    menu = client.get("/hr/payroll").text
    assert "/hr/places" not in menu
    assert "/hr/cards" not in menu
    assert renewals(world) == ([], [])
