"""HR reads the bias report: figures beside their intervals, and small groups withheld."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.visits import judge, sign_in_to_console
from tests.browser.world import World
from tests.web.crews import make_departments

WIDTHS = (360, 768, 1280)


def test_groups_are_compared_and_the_report_is_taken_along(
    live: Live, world: World, desks: Callable[[], Page]
) -> None:
    make_departments(world, {"Gates": 8, "Suites": 6, "Parking": 12, "Press": 1})
    page = desks()
    sign_in_to_console(page, live, world.email, world.totp)
    places = page.get_by_role("navigation", name="Console")
    places.get_by_role("link", name="Bias report").click()
    expect(page.get_by_role("heading", name="Bias report", exact=True)).to_be_visible()
    table = page.get_by_role("region", name="By department, as a table")
    expect(table.get_by_role("row", name="Gates")).to_contain_text("72 of 80")
    expect(table.get_by_role("row", name="Press")).not_to_contain_text("%")
    expect(page.get_by_role("heading", name="What this report cannot say")).to_be_visible()
    judge(page, *WIDTHS)
    page.get_by_role("link", name="Download this report").click()
    expect(page.get_by_text("No column of it names people.")).to_be_visible()
    judge(page, *WIDTHS)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download CSV").click()
    assert downloading.value.suggested_filename.startswith("bias-")
