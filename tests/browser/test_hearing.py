"""HR tells fans what was done, and reads why it does not work yet, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.visits import go, look, sign_in_to_console
from tests.browser.world import World
from tests.web.test_console_heard import answered, slug, write


@pytest.fixture
def desk(live: Live, world: World, desks: Callable[[], Page]) -> Page:
    page = desks()
    sign_in_to_console(page, live, world.email, world.totp)
    return page


def test_hr_writes_to_fans_and_a_fan_answers_and_is_read(
    live: Live, desk: Page, world: World, page: Page
) -> None:
    go(desk, "Heard")
    look(desk, "heard-none")
    desk.get_by_role("link", name="Write an entry").click()
    desk.get_by_label("About").select_option(label="Food and drink")
    desk.get_by_label("What fans asked for").fill("Shorter queues for food")
    desk.get_by_label("What was done").fill("Two more stands in the upper concourse.")
    look(desk, "heard-new")
    desk.get_by_role("button", name="Tell the fans").click()
    expect(desk.get_by_role("status")).to_have_text("Written. Fans read it from now on.")
    page.goto(f"{live.url}/heard/{slug(world)}")
    page.get_by_role("button", name="Not yet").tap()
    page.get_by_label("Why not?").fill("They close at half time.")
    page.get_by_role("button", name="Send").tap()
    expect(page.get_by_label("Why not?")).to_be_hidden()
    desk.goto(f"{live.url}/hr")
    desk.get_by_role("link", name="What fans say does not work yet").click()
    expect(desk.get_by_text("They close at half time.")).to_be_visible()
    look(desk, "whys")
    desk.get_by_label("Why?").fill("It names nobody.")
    desk.get_by_role("button", name="Show it").click()
    expect(desk.get_by_text("Nothing waits.")).to_be_visible()
    look(desk, "whys-none")
    desk.get_by_role("link", name="Shown").click()
    expect(desk.get_by_text("They close at half time.")).to_be_visible()
    page.goto(f"{live.url}/heard/{slug(world)}")
    page.get_by_text("in the words of fans").tap()
    expect(page.get_by_text("They close at half time.")).to_be_visible()


def test_hr_changes_an_entry_and_withdraws_it(desk: Page, world: World) -> None:
    entry_id = write(world)
    write(world, asked="Ramps at gate 4, so that wheelchairs need not go round the whole arena")
    answered(world, entry_id, yes=11, no=2)
    go(desk, "Heard")
    expect(desk.get_by_text("It works for 11 of 13 who answered")).to_be_visible()
    look(desk, "heard")
    desk.get_by_role("link", name="Shorter queues for food").click()
    desk.get_by_label("What was done").fill("Three more stands.")
    desk.get_by_role("button", name="Change it").click()
    expect(desk.get_by_role("status")).to_contain_text("Changed.")
    expect(desk.get_by_label("What was done")).to_have_value("Three more stands.")
    desk.get_by_text("Withdraw…").click()
    look(desk, "heard-entry")
    desk.get_by_role("button", name="Withdraw it").click()
    expect(desk.get_by_role("status")).to_contain_text("Withdrawn.")
    look(desk, "heard-withdrawn")
    desk.get_by_role("link", name="Back to all entries").click()
    expect(desk.get_by_text("Withdrawn.")).to_be_visible()
