"""Gestures on the staff phone: two taps, a receipt, a supervisor's tap; what needs the network."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import Live
from tests.browser.screens import LANGUAGES, judged, speak
from tests.browser.staff import another_phone, enrol_somebody, greeted, kept, open_view, waiting
from tests.engagement.generosity import BEER, CAP, Generosity, make_generosity


@pytest.fixture
def generosity(live: Live) -> Generosity:
    return make_generosity(live.app)


def begin(page: Page, live: Live, generosity: Generosity) -> None:
    """Let Alex have a request in hand, and tap what leads to the gestures."""
    generosity.helping(generosity.evening.alex, seat="101, row 4")
    enrol_somebody(page, live, generosity.evening.alex)
    page.get_by_role("link", name="Make it good: Seats").tap()
    expect(page.get_by_role("heading", name="Make it good")).to_be_visible()


def receipt_on(page: Page) -> str:
    """Return the code that a screen shows."""
    shown = page.locator(".receipt-code")
    expect(shown).to_be_visible()
    return (shown.text_content() or "").replace(" ", "")


def test_two_taps_give_and_the_stand_uses_the_receipt_up(
    page: Page, chromium: Browser, live: Live, generosity: Generosity
) -> None:
    begin(page, live, generosity)
    expect(page.locator(".left")).to_have_text("$30.00 left for you to give tonight")
    page.get_by_role("button", name="Beer").tap()
    code = receipt_on(page)
    assert len(code) == 10
    expect(page.locator("main.code")).to_have_css("background-color", "rgb(255, 255, 255)")
    assert generosity.spent() == {generosity.evening.alex.employee_id: BEER}
    with another_phone(chromium) as (_, stand):
        enrol_somebody(stand, live, generosity.evening.blair)
        open_view(stand, live, "claim")
        stand.get_by_label("Receipt code").fill(code.lower())
        stand.get_by_role("button", name="Use it up").tap()
        expect(stand.locator(".hand-out")).to_contain_text("Beer")
        stand.get_by_label("Receipt code").fill(code)
        stand.get_by_role("button", name="Use it up").tap()
        expect(stand.locator(".said")).to_have_text("This receipt has been used.")
    expect(page.locator("main.code")).to_contain_text("Handed out at")
    page.get_by_role("link", name="Next").tap()
    page.get_by_role("link", name="More for Seats").tap()
    expect(page.locator("main")).to_contain_text("Given: show the receipt")
    page.get_by_role("link", name="Make it good").tap()
    expect(page.locator(".left")).to_have_text("$18.00 left for you to give tonight")
    generosity.must_hold()


def test_over_the_cap_it_waits_and_a_supervisor_allows_it_with_one_tap(
    page: Page, chromium: Browser, live: Live, generosity: Generosity
) -> None:
    begin(page, live, generosity)
    seats = page.get_by_role("group", name="Better seats")
    expect(seats.get_by_role("button", name="$30", exact=True)).to_be_visible()
    seats.get_by_role("button", name="$50 a supervisor must allow it").tap()
    expect(page.locator("main.code")).to_contain_text("Waits for a supervisor")
    with another_phone(chromium) as (_, boss):
        enrol_somebody(boss, live, generosity.lead)
        boss.get_by_role("link", name="1 gesture waits for you to allow").tap()
        line = boss.locator("li.line")
        expect(line).to_contain_text("Better seats")
        expect(line).to_contain_text("Alex Usher")
        expect(line).to_contain_text("101, row 4")
        boss.get_by_role("button", name="Allow: Better seats").tap()
        expect(line).to_have_count(0)
        expect(boss.get_by_role("link", name="waits for you to allow")).to_have_count(0)
    assert len(receipt_on(page)) == 10
    # What a supervisor adds is nobody's own authority.
    assert generosity.spent() == {}
    open_view(page, live, "inbox")
    page.get_by_role("link", name=re.compile("Your gesture was allowed.")).tap()
    assert len(receipt_on(page)) == 10
    generosity.must_hold()


def test_what_a_supervisor_declines_says_why_and_what_is_taken_back_asks_nobody(
    page: Page, chromium: Browser, live: Live, generosity: Generosity
) -> None:
    begin(page, live, generosity)
    page.get_by_role("button", name="$50 a supervisor must allow it").tap()
    with another_phone(chromium) as (_, boss):
        enrol_somebody(boss, live, generosity.lead)
        open_view(boss, live, "allow")
        boss.get_by_role("link", name="Decline: Better seats").tap()
        boss.get_by_role("button", name="Come and talk to me first").tap()
        expect(boss.get_by_text("Nothing waits for you.")).to_be_visible()
        expect(page.locator("main.code")).to_contain_text("A supervisor declined it.")
        expect(page.locator("main.code")).to_contain_text("Come and talk to me first")
        open_view(page, live, "floor")
        page.get_by_role("link", name="Make it good: Seats").tap()
        page.get_by_role("button", name="$75 a supervisor must allow it").tap()
        page.get_by_role("button", name="Take it back").tap()
        expect(page.locator("main.code")).to_contain_text("You took it back.")
        open_view(boss, live, "floor")
        open_view(boss, live, "allow")
        expect(boss.get_by_text("Nothing waits for you.")).to_be_visible()
    generosity.must_hold()


@pytest.mark.holds_up_requests
def test_without_a_network_it_is_kept_and_given_once_when_there_is_one(
    phone: BrowserContext, page: Page, live: Live, generosity: Generosity
) -> None:
    sent: list[str] = []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    begin(page, live, generosity)
    phone.set_offline(True)
    expect(page.locator("main")).to_contain_text("the receipt needs the network")
    page.get_by_role("button", name="Beer").tap()
    expect(page.locator("main.code")).to_contain_text("Kept, and not given yet.")
    page.get_by_role("link", name="Next").tap()
    waiting(page, 1)
    page.get_by_role("link", name="Make it good: Seats").tap()
    # What waits here is not there to be given again.
    expect(page.locator(".left")).to_have_text("$18.00 left for you to give tonight")
    (item,) = kept(page, "queue")
    open_view(page, live, f"receipt/{item['id']}")
    page.route("**/v1/sync", lose_the_first)
    phone.set_offline(False)
    code = receipt_on(page)
    assert len(sent) == 2
    assert generosity.left(generosity.evening.alex) == CAP - BEER
    assert code not in str(kept(page, "looks"))
    generosity.must_hold()


def test_a_receipt_is_seen_by_nobody_else_who_uses_the_phone(
    page: Page, live: Live, generosity: Generosity
) -> None:
    begin(page, live, generosity)
    page.get_by_role("button", name="Beer").tap()
    code, address = receipt_on(page), page.url
    open_view(page, live, "evening")
    page.get_by_role("button", name="Somebody else’s turn").tap()
    expect(page.get_by_role("link", name="Alex Usher")).to_be_visible()
    enrol_somebody(page, live, generosity.evening.blair)
    page.goto(address)
    expect(page.get_by_role("alert")).to_contain_text("There is no such gesture.")
    assert code not in page.content().replace(" ", "")


def test_what_was_given_from_another_phone_is_listed_and_its_receipt_is_shown(
    phone: BrowserContext, page: Page, live: Live, generosity: Generosity
) -> None:
    alex = generosity.evening.alex
    _, given = generosity.give(alex, generosity.helping(alex), generosity.beer)
    blair = generosity.evening.blair
    generosity.give(blair, generosity.helping(blair), generosity.beer)
    enrol_somebody(page, live, alex)
    open_view(page, live, "receipts")
    # What a colleague gave is not there.
    expect(page.locator("main .list li")).to_have_count(1)
    expect(page.get_by_role("link", name="Beer $12.00 Given: show the receipt")).to_be_visible()
    assert given["receipt_code"] not in str(kept(page, "looks"))
    phone.set_offline(True)
    expect(page.locator("main")).to_contain_text("as it was at")
    phone.set_offline(False)
    page.get_by_role("link", name="Beer").tap()
    assert receipt_on(page) == given["receipt_code"]


def test_a_lost_answer_at_the_stand_does_not_read_as_used(
    chromium: Browser, live: Live, generosity: Generosity
) -> None:
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if not lost:
            lost.append(route.request.url)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    alex = generosity.evening.alex
    _, given = generosity.give(alex, generosity.helping(alex), generosity.beer)
    # Behind a service worker not every request of a page can be held up.
    with another_phone(chromium, service_workers="block") as (_, page):
        enrol_somebody(page, live, generosity.evening.blair)
        open_view(page, live, "claim")
        page.route("**/v1/gestures/claims", lose_the_first)
        page.get_by_label("Receipt code").fill(given["receipt_code"])
        page.get_by_role("button", name="Use it up").tap()
        expect(page.locator(".said")).to_contain_text("No network.")
        page.get_by_role("button", name="Use it up").tap()
        expect(page.locator(".hand-out")).to_contain_text("Beer")
        generosity.must_hold()


def test_what_was_kept_and_is_too_much_by_then_is_told_and_can_be_asked_for(
    phone: BrowserContext, page: Page, live: Live, generosity: Generosity
) -> None:
    begin(page, live, generosity)
    alex = generosity.evening.alex
    elsewhere = generosity.helping(alex)
    phone.set_offline(True)
    page.get_by_role("button", name="Beer").tap()
    generosity.give(alex, elsewhere, generosity.upgrade, amount_cents=CAP - BEER + 1)
    phone.set_offline(False)
    expect(page.get_by_role("alert")).to_contain_text("This is more than you have left.")
    page.get_by_role("link", name="Choose again").tap()
    button = page.get_by_role("button", name=re.compile("Beer.*a supervisor must allow it"))
    expect(page.get_by_text("$11.99 left for you to give tonight")).to_be_visible()
    button.tap()
    expect(page.locator("main.code")).to_contain_text("Waits for a supervisor")
    page.get_by_role("link", name="Next").tap()
    expect(page.get_by_role("link", name="1 not taken: see why")).to_be_visible()
    assert generosity.left(alex) == BEER - 1
    generosity.must_hold()


@pytest.mark.parametrize("language", LANGUAGES)
def test_gestures_are_accessible_and_large_enough_for_a_thumb(
    page: Page, live: Live, generosity: Generosity, language: str
) -> None:
    alex, lead = generosity.evening.alex, generosity.lead
    mine, theirs = generosity.helping(lead, seat="101, row 4"), generosity.helping(alex, seat="7")
    _, asked = generosity.give(
        alex, theirs, generosity.upgrade, amount_cents=9_000, needs_supervisor=True
    )
    _, given = generosity.give(lead, mine, generosity.beer)
    _, waits = generosity.give(
        lead, mine, generosity.upgrade, amount_cents=9_000, needs_supervisor=True
    )
    enrol_somebody(page, live, lead)
    expect(greeted(page)).to_be_visible()
    speak(page, live, language)
    screens = ["floor", f"request/{mine}", f"gestures/{mine}", "allow", f"decline/{asked['id']}"]
    screens += [f"receipt/{given['id']}", f"receipt/{waits['id']}", "receipts", "claim"]
    shows = {"receipt": ".receipt-code, button.button", "receipts": "main .list li"}
    assert judged(page, live, group="gestures", screens=screens, shows=shows) == {}
