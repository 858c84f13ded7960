"""Serial cards on the staff phone, where phones are banned: taken once at the break, or offline."""

from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from backend.foundation.actor import Actor
from tests.browser.conftest import Live
from tests.browser.staff import CAMERA, choose_pin, greeted, leads, open_view, waiting
from tests.engagement.decks import Deck, make_deck
from tests.identity.people import PIN, issue_code

A_MOMENT_MS = 11_000


@pytest.fixture(autouse=True)
def _with_a_clock(page: Page) -> None:
    """Let tests pass the ten seconds in which a scan can be undone."""
    page.clock.install()


@pytest.fixture
def deck(live: Live) -> Deck:
    return make_deck(live.app)


def arrive(page: Page, live: Live, who: Actor) -> None:
    page.goto(f"{live.url}/app#enrol={issue_code(live.app, who)}")
    choose_pin(page)


def take_serials(page: Page, first: str, last: str) -> None:
    page.get_by_label("First serial").fill(first)
    page.get_by_label("Last serial").fill(last)
    page.get_by_role("button", name="These cards are mine").tap()


def mine(page: Page) -> Any:
    return page.locator(".figures dd").first


def test_serials_typed_in_airplane_mode_are_bound_once_when_the_network_returns(
    phone: BrowserContext, page: Page, live: Live, deck: Deck
) -> None:
    arrive(page, live, deck.evening.blair)
    leads(page)
    phone.set_offline(True)
    page.get_by_role("link", name="My evening").tap()
    page.get_by_role("link", name="Cards I hand out").tap()
    take_serials(page, deck.serials[0], deck.serials[-1])
    waiting(page, 1)
    page.reload()
    expect(page.locator("li.line")).to_contain_text("not sent yet")
    page.clock.run_for(A_MOMENT_MS)
    assert deck.pack()["bound"] == 0
    phone.set_offline(False)
    waiting(page, 0)
    expect(mine(page)).to_have_text("10")
    expect(page.locator("li.line")).to_contain_text("10 cards are yours.")
    assert deck.pack()["bound"] == 10
    deck.must_hold()


def test_a_pack_scanned_by_the_phones_own_camera_waits_behind_the_door(
    page: Page, live: Live, deck: Deck
) -> None:
    page.goto(f"{live.url}/P/{deck.pack_code}")
    page.get_by_label("Enrolment code").fill(issue_code(live.app, deck.evening.blair))
    page.get_by_role("button", name="Next").click()
    for label, button in (("New PIN", "Next"), ("The same PIN again", "Enrol this phone")):
        page.get_by_label(label).fill(PIN)
        page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="A pack of cards")).to_be_visible()
    page.get_by_role("button", name="These cards are mine").tap()
    waiting(page, 1)
    page.clock.run_for(A_MOMENT_MS)
    expect(mine(page)).to_have_text("10")
    assert deck.rate(3)[0] == 201
    assert deck.points(deck.evening.blair) > 0


def test_a_pack_that_was_taken_by_mistake_is_put_back_within_ten_seconds(
    page: Page, live: Live, deck: Deck
) -> None:
    arrive(page, live, deck.evening.blair)
    page.goto(f"{live.url}/app#pack={deck.pack_code}")
    page.get_by_role("button", name="These cards are mine").tap()
    page.get_by_role("button", name="Undo").tap()
    waiting(page, 0)
    page.clock.run_for(A_MOMENT_MS)
    assert deck.pack()["bound"] == 0
    open_view(page, live, "floor")
    open_view(page, live, "cards")
    expect(page.get_by_text("No cards tonight.")).to_be_visible()


def test_cards_of_somebody_else_and_rated_ones_are_named(
    page: Page, live: Live, deck: Deck
) -> None:
    arrive(page, live, deck.evening.blair)
    deck.rate(0)
    deck.scan(deck.evening.alex, first_serial=deck.serials[1], last_serial=deck.serials[1])
    open_view(page, live, "cards")
    take_serials(page, deck.serials[0], deck.serials[-1])
    page.clock.run_for(A_MOMENT_MS)
    expect(mine(page)).to_have_text("8")
    line = page.locator("li.line")
    expect(line).to_contain_text(f"1 was somebody’s before: {deck.serials[1]}.")
    expect(line).to_contain_text(
        f"1 was rated before it was scanned, and is nobody’s: {deck.serials[0]}."
    )
    # The phone is somebody else's for a while: what is mine is there when I am back.
    open_view(page, live, "evening")
    page.get_by_role("button", name="Somebody else’s turn").tap()
    page.get_by_role("link", name="Blair Gates").tap()
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Enter").click()
    expect(greeted(page)).to_be_visible()
    open_view(page, live, "cards")
    expect(mine(page)).to_have_text("8")


def test_the_pack_is_scanned_in_the_app(
    phone: BrowserContext, page: Page, live: Live, deck: Deck
) -> None:
    phone.add_init_script(CAMERA % f"{live.url.upper()}/P/{deck.pack_code}")
    arrive(page, live, deck.evening.blair)
    open_view(page, live, "cards")
    page.get_by_role("button", name="Scan the pack").tap()
    waiting(page, 1)
    page.clock.run_for(A_MOMENT_MS)
    expect(mine(page)).to_have_text("10")


def test_what_is_no_pack_is_told(page: Page, live: Live, deck: Deck) -> None:
    arrive(page, live, deck.evening.blair)
    page.goto(f"{live.url}/app#pack={deck.codes[0]}")
    page.get_by_role("button", name="These cards are mine").tap()
    page.clock.run_for(A_MOMENT_MS)
    page.get_by_role("link", name="1 not taken: see why").tap()
    expect(page.locator("li.line")).to_contain_text("This is not the QR of a pack of yours.")
    assert deck.pack()["bound"] == 0
