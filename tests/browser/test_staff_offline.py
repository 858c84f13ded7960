"""The staff phone without a network: nothing is lost, nothing comes twice, and it says so."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from backend.foundation import clock
from backend.foundation.db import reading
from backend.insight import verify
from backend.web import staff
from tests.browser.conftest import Live
from tests.browser.staff import (
    accept,
    another_phone,
    enrol,
    greeted,
    kept,
    leads,
    lose,
    on_the_books,
    open_view,
    waiting,
)
from tests.browser.world import World
from tests.engagement.stories import tally_of

GREETINGS = 40
SPACING_MS = 11_000


def test_forty_greetings_in_airplane_mode_outlive_the_tab_and_come_once(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    # The evening so far: the phone taps for seven minutes, and ends at the present.
    page.clock.install(time=clock.now() - timedelta(milliseconds=GREETINGS * SPACING_MS))
    enrol(page, live, world)
    leads(page)
    phone.set_offline(True)
    for _ in range(GREETINGS):
        greeted(page).tap()
        page.clock.run_for(SPACING_MS)
    waiting(page, GREETINGS)
    expect(page.locator(".standing")).to_contain_text("No network")
    assert on_the_books(live, world.evening.casey) == []
    lose(page)

    again = phone.new_page()
    again.goto(f"{live.url}/app")
    waiting(again, GREETINGS)
    expect(again.locator(".tonight")).to_contain_text("40 waiting")
    phone.set_offline(False)
    waiting(again, 0)
    assert len(on_the_books(live, world.evening.casey)) == GREETINGS
    expect(again.locator(".tonight strong")).to_have_text(str(GREETINGS))
    with live.app.app_context(), reading() as session:
        tally = tally_of(session, world.evening, world.evening.casey)
        assert (tally.greetings, tally.paid_greetings) == (GREETINGS, GREETINGS)
        assert not list(verify.verify(session, organisation_id=world.evening.organisation_id))


def test_a_whole_story_is_played_in_order_when_the_network_returns(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    phone.set_offline(True)
    page.get_by_role("button", name="Cleaning").tap()
    page.get_by_role("button", name="Done: Cleaning").tap()
    expect(page.get_by_text("The code for the fan needs the network")).to_be_visible()
    phone.set_offline(False)
    expect(page.get_by_alt_text("QR code of the rating page")).to_be_visible()
    page.get_by_role("link", name="Next").tap()
    waiting(page, 0)
    open_view(page, live, "codes")
    page.get_by_role("link", name="Show code: Cleaning, just now").tap()
    expect(page.get_by_alt_text("QR code of the rating page")).to_be_visible()


def test_an_answer_that_was_lost_changes_nothing(
    chromium: Browser, live: Live, world: World
) -> None:
    sent: list[str] = []

    def lose_the_first(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if len(sent) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    # Behind a service worker not every request of a page can be held up.
    with another_phone(chromium, service_workers="block") as (_, page):
        enrol(page, live, world)
        page.route("**/v1/sync", lose_the_first)
        greeted(page).tap()
        page.get_by_role("button", name="Tickets").tap()
        page.get_by_role("button", name="Done: Tickets").tap()
        expect(page.get_by_alt_text("QR code of the rating page")).to_be_visible()
        assert len(sent) == 2
        assert len(on_the_books(live, world.evening.casey)) == 2


@pytest.mark.holds_up_requests
def test_the_phone_waits_as_long_as_the_server_says(page: Page, live: Live, world: World) -> None:
    asked: list[float] = []

    def busy_once(route: Route) -> None:
        asked.append(clock.now().timestamp())
        if len(asked) == 1:
            route.fulfill(status=503, headers={"Retry-After": "3"}, json={"title": "Not ready"})
        else:
            route.continue_()

    enrol(page, live, world)
    page.route("**/v1/sync", busy_once)
    page.get_by_role("link", name="Near me").tap()
    accept(page, "Seats")
    expect(page.locator(".standing")).to_contain_text("Trying again soon")
    waiting(page, 0)
    assert asked[1] - asked[0] >= 3


@pytest.mark.holds_up_requests
def test_an_action_that_cannot_be_read_holds_up_no_other(
    page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    page.route(
        "**/v1/sync",
        lambda route: (
            route.fulfill(status=422, json={"type": "/problems/invalid", "title": "Not valid."})
            if '"party_size":2' in (route.request.post_data or "")
            else route.continue_()
        ),
    )
    for fans in (1, 2, 3):
        page.get_by_role("button", name="Greeted several").tap()
        page.get_by_role("button", name=f"{fans} fan").tap()
    page.get_by_role("link", name="Near me").tap()
    accept(page, "Seats")
    waiting(page, 0)
    expect(page.get_by_role("link", name="1 not taken: see why")).to_be_visible()
    parties = sorted(party for _, party in on_the_books(live, world.evening.casey))
    assert parties == [1, 3]


def test_two_tabs_send_one_queue_once(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    other = phone.new_page()
    other.goto(f"{live.url}/app")
    expect(greeted(other)).to_be_visible()
    phone.set_offline(True)
    for _ in range(3):
        greeted(page).tap()
        greeted(other).tap()
    waiting(page, 6)
    waiting(other, 6)
    phone.set_offline(False)
    waiting(page, 0)
    waiting(other, 0)
    assert len(on_the_books(live, world.evening.casey)) == 6


def test_every_screen_opens_without_a_network_and_nothing_of_v1_is_cached(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    leads(page)
    views = {"evening": "Greetings", "points": "Available", "rewards": "In reach", "near": "Seats"}
    views |= {"inbox": "Nothing yet", "codes": "Nothing is done yet", "ratings": "None to show"}
    for view, text in views.items():
        open_view(page, live, view)
        expect(page.locator("main")).to_contain_text(text)
    phone.set_offline(True)
    page.reload()
    for view, text in views.items():
        open_view(page, live, view)
        expect(page.locator("main")).to_contain_text(text)
        expect(page.locator("main")).to_contain_text("as it was at")
    open_view(page, live, "evening")
    page.get_by_label("Language").select_option("fr")
    expect(page.get_by_role("heading", name="Ma soirée")).to_be_visible()
    cached = page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys()) {
                for (const { url } of await (await caches.open(name)).keys()) found.push(url);
            }
            return found;
        }"""
    )
    assert f"{live.url}/app" in cached
    assert not [address for address in cached if "/v1/" in address]


def test_a_new_release_is_taken_up_when_the_screen_goes_dark(
    page: Page, live: Live, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol(page, live, world)
    leads(page)
    monkeypatch.setattr(staff, "bundle_digest", lambda: "next")
    page.evaluate(
        """async () => {
            const registration = await navigator.serviceWorker.getRegistration();
            const coming = (await registration.update()).installing;
            while (coming?.state === "installing") {
                await new Promise((installed) => coming.addEventListener("statechange", installed));
            }
        }"""
    )
    with page.expect_event("load"):
        page.evaluate(
            """() => {
                Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
                document.dispatchEvent(new Event("visibilitychange"));
            }"""
        )
    expect(greeted(page)).to_be_visible()
    # The old release is dropped before the new one is in charge.
    assert page.evaluate("caches.keys()") == ["app next"]


def test_what_is_kept_is_little_and_goes_with_its_person(
    page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    open_view(page, live, "evening")
    # Until the server has said something, there is a dash.
    expect(page.locator(".figures dd").first).to_have_text("0")
    assert kept(page, "looks")
    page.get_by_role("button", name="Sign out").tap()
    expect(page.get_by_label("Badge number")).to_be_visible()
    # Whoever is next in line for the lock is served when the session was closed.
    page.evaluate("navigator.locks.request('sync', () => {})")
    assert kept(page, "looks") == []
    assert kept(page, "queue") == []
    assert kept(page, "people") == []
    assert page.evaluate("Object.keys(localStorage).concat(Object.keys(sessionStorage))") == []
