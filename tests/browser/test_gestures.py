"""HR says in a browser what may be given on the spot, and how much, and reads what it cost."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from backend.foundation.db import transaction
from tests.browser.conftest import Live
from tests.browser.visits import go, look, sign_in_to_console
from tests.browser.world import World
from tests.engagement.generosity import give, make_kind


@pytest.fixture
def desk(live: Live, world: World, desks: Callable[[], Page]) -> Page:
    page = desks()
    sign_in_to_console(page, live, world.email, world.totp)
    return page


def test_hr_sets_up_what_may_be_given_and_reads_what_it_cost(desk: Page, world: World) -> None:
    go(desk, "Gestures")
    look(desk, "gestures-none")
    make = desk.get_by_role("group", name="Let something be given")
    make.get_by_label("Name").fill("A very large beer")
    make.get_by_label("Price").fill("12000")
    desk.get_by_role("button", name="Make it").click()
    expect(desk.get_by_role("alert")).to_contain_text("Nothing was changed.")
    expect(make.get_by_label("Name")).to_have_value("A very large beer")
    look(desk, "gestures-refused")
    make.get_by_label("Price").fill("12.50")
    desk.get_by_role("button", name="Make it").click()
    expect(desk.get_by_role("status")).to_contain_text("It can be given from now on.")

    caps = desk.get_by_role("group", name="At one event, in USD")
    caps.get_by_label("Employee").fill("50")
    desk.get_by_role("button", name="Set the caps").click()
    expect(desk.get_by_role("status")).to_contain_text("Set.")
    expect(caps.get_by_label("Employee")).to_have_value("50.00")

    desk.get_by_role("link", name="A very large beer").click()
    desk.get_by_label("Name").fill("A beer")
    look(desk, "gesture")
    desk.get_by_role("button", name="Change it").click()
    expect(desk.get_by_role("status")).to_contain_text("Changed.")
    desk.get_by_role("button", name="Withdraw: A beer").click()
    expect(desk.get_by_role("status")).to_contain_text("Withdrawn.")
    look(desk, "gestures")
    desk.get_by_role("button", name="Put back: A beer").click()
    expect(desk.get_by_role("status")).to_contain_text("Put back.")

    with world.app.app_context(), transaction() as session:
        give(session, world.evening.alex, make_kind(session, world.hr, "A pretzel"))
    desk.get_by_role("link", name="What gestures cost").click()
    expect(desk.get_by_role("row", name=re.compile("Home against Away .* Drink 1"))).to_be_visible()
    look(desk, "gesture-costs")
    desk.get_by_role("link", name="Home against Away").click()
    expect(desk.get_by_role("heading", name=re.compile("Home against Away, "))).to_be_visible()
