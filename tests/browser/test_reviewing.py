"""HR decides on a held rating, in a real browser."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Live
from tests.browser.visits import judge, sign_in_to_console
from tests.browser.world import World
from tests.web.crews import hold_rating, make_nights

DESKS = (768, 1280)


def test_a_held_rating_is_asked_about_and_decided_on(
    live: Live, world: World, desks: Callable[[], Page]
) -> None:
    for who in (world.evening.alex, world.evening.blair):
        hold_rating(world, who)
    make_nights(world, greeted=(500, 870, 1_200))
    hr = desks()
    sign_in_to_console(hr, live, world.email, world.totp)
    expect(hr.get_by_role("img", name=re.compile("Five of five: 95.0"))).to_be_visible()
    judge(hr, *DESKS)
    hr.get_by_role("link", name="Held ratings").click()
    expect(hr.get_by_role("rowheader")).to_have_count(2)
    judge(hr, *DESKS)
    hr.get_by_role("link", name="Alex Usher").click()
    hr.get_by_label("What should be known first?").fill("Who lent the phone?")
    hr.get_by_role("button", name="Ask", exact=True).click()
    expect(hr.get_by_text("“Who lent the phone?”")).to_be_visible()
    judge(hr, *DESKS)
    hr.get_by_label("Why? It is kept").fill("An usher lent it to the fan.")
    hr.get_by_role("button", name="Accept it").click()
    expect(hr.get_by_text("The rating counts from now on.")).to_be_visible()
    expect(hr.get_by_role("rowheader")).to_have_count(1)
    hr.get_by_role("link", name="Decided").click()
    hr.get_by_role("link", name="Alex Usher").click()
    expect(hr.get_by_text("An usher lent it to the fan.")).to_be_visible()
    judge(hr, *DESKS)
