"""HR reads a board at a desk: both orders, a search, and from a rank to the rating behind it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Live
from tests.browser.visits import judge, sign_in_to_console
from tests.browser.world import World
from tests.web.crews import make_crew

DESKS = (768, 1280)


@pytest.fixture
def desk(live: Live, world: World, desks: Callable[[], Page]) -> Page:
    make_crew(world, people=55)
    page = desks()
    sign_in_to_console(page, live, world.email, world.totp)
    page.get_by_role("navigation", name="Console").get_by_role("link", name="Boards").click()
    expect(page.get_by_role("heading", name="The board")).to_be_visible()
    return page


def test_a_board_is_read_down_to_the_rating_behind_a_rank(desk: Page) -> None:
    table = desk.get_by_role("region", name="The board as a table")
    expect(table.get_by_role("row")).to_have_count(51)
    desk.get_by_text("What counts, and what is usual").click()
    judge(desk, *DESKS)
    desk.get_by_role("link", name="Next").click()
    expect(table.get_by_role("row")).to_have_count(6)
    desk.get_by_role("link", name="By points", exact=True).click()
    expect(table.get_by_role("row").nth(1)).to_contain_text("Usher 54")
    judge(desk, *DESKS)
    desk.get_by_label("Name or badge").fill("alex")
    desk.get_by_role("button", name="Show").click()
    expect(table.get_by_role("row")).to_have_count(2)
    table.get_by_role("link", name="Alex Usher").click()
    desk.get_by_role("link", name="Rating").first.click()
    expect(desk.get_by_role("heading", name="Every step")).to_be_visible()
    judge(desk, *DESKS)


def test_a_board_is_sorted_and_narrowed_without_script(
    live: Live, desk: Page, chromium: Browser
) -> None:
    plain = chromium.new_context(
        java_script_enabled=False, storage_state=desk.context.storage_state()
    ).new_page()
    plain.goto(f"{live.url}/hr/boards")
    plain.get_by_label("Class of post").select_option("Section")
    plain.get_by_role("button", name="Show").click()
    plain.get_by_role("link", name="Name", exact=True).click()
    rows = plain.get_by_role("region", name="The board as a table").get_by_role("row")
    expect(rows).to_have_count(28)
    expect(rows.nth(1)).to_contain_text("Usher 01")
    plain.get_by_role("link", name=re.compile("^Name")).click()
    expect(rows.nth(1)).to_contain_text("Usher 53")
    plain.context.close()


def test_a_printed_board_is_the_board_alone(desk: Page) -> None:
    desk.emulate_media(media="print")
    expect(desk.get_by_role("region", name="The board as a table")).to_be_visible()
    expect(desk.get_by_text("As of")).to_be_visible()
    for hidden in (
        desk.get_by_role("navigation", name="Console"),
        desk.get_by_role("button", name="Show"),
        desk.get_by_role("link", name="Next"),
    ):
        expect(hidden).to_be_hidden()
