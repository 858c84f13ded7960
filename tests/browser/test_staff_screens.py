"""No screen of the staff phone is left out: who comes and goes, cards, and what is left over."""

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from backend.engagement.rules import Moment
from backend.engagement.services import follow_ups, requests
from backend.foundation import clock
from backend.foundation.db import transaction
from tests.browser.conftest import Live
from tests.browser.screens import JUDGED, LANGUAGES, faults, judged, speak
from tests.browser.staff import accept, enrol, enrol_somebody, greeted, kept, open_view, waiting
from tests.browser.world import World
from tests.engagement.bowls import committed_bowl, goes
from tests.engagement.decks import make_deck
from tests.engagement.stories import opened
from tests.identity.people import PIN

# The module that the page runs is there already, and says what it shows.
NAMES = """async () => {
    const page = document.querySelector("script[type=module]").src;
    const { INSIDE, OUTSIDE } = await import(page);
    const { LATER } = await import(new URL("./views/later.js", page));
    return [INSIDE, OUTSIDE, LATER].flatMap(Object.keys);
}"""


def test_every_screen_that_the_app_has_is_judged_somewhere(page: Page, live: Live) -> None:
    page.goto(f"{live.url}/app")
    expect(page.locator("#title")).to_be_visible()
    assert set(page.evaluate(NAMES)) == set().union(*JUDGED.values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_doors_of_a_shared_phone_are_accessible(
    phone: BrowserContext, page: Page, live: Live, world: World, language: str
) -> None:
    alex, blair = world.evening.alex, world.evening.blair
    moment = Moment.present(clock.now())
    with live.app.app_context(), transaction() as session:
        request = opened(session, blair, moment=moment)
    enrol(page, live, world, alex)
    open_view(page, live, "near")
    # The first of those that are near is the one at the gate.
    expect(page.get_by_role("button", name="Accept: Seats")).to_have_count(2)
    phone.set_offline(True)
    accept(page, "Seats")
    with live.app.app_context(), transaction() as session:
        requests.accept(session, actor=blair, request_id=request.id, moment=moment)
    phone.set_offline(False)
    waiting(page, 0)
    [alone] = kept(page, "people")
    open_view(page, live, "evening")
    page.get_by_role("button", name="Somebody else’s turn").tap()
    page.locator(f"button[lang={language}]").tap()
    expect(page.locator("html")).to_have_attribute("lang", language)
    screens = ["door", f"refusals/{alone['id']}", "badge", "enrol", f"pin/{alone['id']}"]
    shows = {"door": "a.notice", "refusals": "li.line"}
    assert judged(page, live, group="doors", screens=screens, shows=shows) == {}

    # Without a network no PIN is checked: what is recorded then waits to be owned.
    phone.set_offline(True)
    enter(page)
    expect(page.locator(".notice-box")).to_be_visible()
    assert faults(page, "pin-offline") == []
    page.locator(".notice-box button").tap()
    page.locator(".greeted").tap()
    expect(page.locator(".standing .busy")).to_be_visible()
    assert faults(page, "floor-without-pin") == []
    phone.set_offline(False)
    open_view(page, live, f"pin/{alone['id']}")
    enter(page)
    expect(page.locator("li.line")).to_have_count(1)
    speak(page, live, language)
    group = "what was recorded without a PIN"
    assert judged(page, live, group=group, screens=["floor", "held"]) == {}


def enter(page: Page) -> None:
    page.locator("[name=pin]").fill(PIN)
    page.locator("[name=pin]").press("Enter")


@pytest.mark.parametrize("language", LANGUAGES)
def test_cards_are_accessible(page: Page, live: Live, language: str) -> None:
    deck = make_deck(live.app)
    deck.scan(deck.evening.alex, first_serial=deck.serials[1], last_serial=deck.serials[2])
    deck.rate(0)
    enrol_somebody(page, live, deck.evening.blair)
    speak(page, live, language)
    open_view(page, live, f"pack={deck.pack_code}")
    page.locator("button.main").tap()
    expect(page.locator(".undo")).to_be_visible()
    open_view(page, live, "near")
    open_view(page, live, "cards")
    expect(page.locator("li.line .unsent")).to_be_visible()
    assert faults(page, "cards-unsent") == []
    # Whatever is done next that cannot be undone sends it.
    open_view(page, live, "safety")
    page.locator("button.alarm").first.tap()
    expect(page.locator(".greeted")).to_be_visible()
    screens = ["cards", f"pack={deck.pack_code}"]
    shows = {"cards": "li.line b"}
    assert judged(page, live, group="cards", screens=screens, shows=shows) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_event_left_over_is_accessible(page: Page, live: Live, language: str) -> None:
    bowl = committed_bowl(live.app, now=clock.now())
    with live.app.app_context(), transaction() as session:
        request = goes(session, bowl, bowl.casey, moment=Moment.present(clock.now()))
    with live.app.app_context():
        follow_ups.name_owners(now=clock.now() + timedelta(hours=3))
    enrol_somebody(page, live, bowl.casey)
    expect(greeted(page)).to_be_visible()
    speak(page, live, language)
    screens = ["floor", "follow_ups", f"follow_up/{request.id}"]
    shows = {"floor": "a.notice", "follow_ups": "li.work", "follow_up": "form.thumb"}
    assert judged(page, live, group="follow ups", screens=screens, shows=shows) == {}
