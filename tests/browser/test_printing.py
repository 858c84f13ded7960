"""HR prints what hangs in the arena and the cards that are handed out, in a real browser."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.visits import go, look, sign_in_to_console
from tests.browser.world import World
from tests.http import headers_for
from tests.web.test_console_places import scanned


@pytest.fixture
def desk(live: Live, world: World, desks: Callable[[], Page]) -> Page:
    page = desks()
    sign_in_to_console(page, live, world.email, world.totp)
    return page


def printed(desk: Page, link: Locator) -> list[str]:
    """Take the file behind a link, and return what the codes in it say."""
    with desk.expect_download() as taken:
        link.click()
    return scanned(Path(taken.value.path()).read_bytes())


def test_a_place_is_found_and_its_sheet_lets_a_fan_ask(desk: Page, page: Page) -> None:
    go(desk, "Places")
    look(desk, "places")
    desk.get_by_label("Name or code").fill("lane 1")
    desk.get_by_role("button", name="Show").click()
    table = desk.get_by_role("region", name="Places, as a table")
    expect(table.get_by_role("row")).to_have_count(2)
    [address] = printed(desk, table.get_by_role("link", name="The sheet for Gate 1, lane 1 on A4"))
    page.goto(address)
    expect(page.get_by_text("Gate 1, lane 1")).to_be_visible()
    assert violations(page) == []
    desk.get_by_label("Name or code").fill("nowhere")
    desk.get_by_role("button", name="Show").click()
    expect(desk.get_by_text("No place is found by that.")).to_be_visible()
    desk.get_by_text("Make all sheets void…").click()
    look(desk, "places-none")
    desk.get_by_role("button", name="Make all sheets of The Arena void").click()
    expect(desk.get_by_role("status")).to_contain_text("Print and hang new ones.")
    page.goto(address)
    expect(page.get_by_role("radio")).to_have_count(0)


def test_a_pack_is_made_printed_handed_out_and_rated(
    live: Live, desk: Page, world: World, page: Page
) -> None:
    go(desk, "Cards")
    look(desk, "cards-none")
    go(desk, "Places")
    desk.get_by_role("link", name="Make cards for Gate 1, lane 1").click()
    expect(desk.get_by_label("For which post")).to_have_value(str(world.evening.arena.gate_post_id))
    desk.get_by_label("How many,").fill("10")
    desk.get_by_label("A word for the cover").fill("Opening night, for Alex")
    desk.get_by_role("button", name="Make it").click()
    expect(desk.get_by_role("status")).to_contain_text("The pack is made")
    table = desk.get_by_role("region", name="Packs, as a table")
    expect(table.get_by_role("row")).to_have_count(2)
    cover, *cards = printed(desk, table.get_by_role("link", name="on Letter"))
    scan = {"id": str(uuid4()), "pack_code": cover}
    headers = headers_for(live.app, world.evening.alex)
    answer = live.app.test_client().post("/v1/cards/scans", json=scan, headers=headers)
    assert answer.status_code == 201
    page.goto(cards[0])
    page.locator("button[value='5']").tap()
    page.wait_for_url("**/thanks**")
    desk.reload()
    expect(table.get_by_role("cell", name="10 of 10 Alex Usher: 10")).to_be_visible()
    look(desk, "cards")


def test_a_pack_that_cannot_be_made_says_why(desk: Page) -> None:
    go(desk, "Cards")
    desk.get_by_label("How many,").fill("15")
    desk.locator("form.rules").evaluate("(form) => { form.noValidate = true; }")
    desk.get_by_role("button", name="Make it").click()
    expect(desk.get_by_role("alert")).to_contain_text("Nothing was made.")
    expect(desk.get_by_text("Must be a multiple of ten.")).to_be_visible()
    look(desk, "cards-refused")
