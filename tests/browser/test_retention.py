"""HR says in a browser for how long what fans wrote is kept."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.visits import go, look, sign_in_to_console
from tests.browser.world import World
from tests.web.test_console_comments import write


def test_hr_says_how_long_what_fans_wrote_is_kept(
    live: Live, world: World, desks: Callable[[], Page]
) -> None:
    write(world, "So kind!")
    desk = desks()
    sign_in_to_console(desk, live, world.email, world.totp)
    go(desk, "Comments")
    words = desk.get_by_label("What fans wrote")
    words.fill("90")
    desk.get_by_role("button", name="Set the days").click()
    expect(desk.get_by_role("status")).to_contain_text("Set.")
    expect(words).to_have_value("90")
    look(desk, "comments")
    # The browser would refuse it before it is sent.
    desk.locator("form", has=words).evaluate("form => { form.noValidate = true }")
    words.fill("9")
    desk.get_by_role("button", name="Set the days").click()
    expect(desk.get_by_role("alert")).to_contain_text("Nothing was changed.")
    expect(words).to_have_value("9")
    look(desk, "comments-refused")
