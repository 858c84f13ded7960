"""A member of staff with a phone in a real browser, and what the server knows of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

from playwright.sync_api import Browser, BrowserContext, Error, Page, expect
from sqlalchemy import select

from backend.engagement.models import Greeting
from backend.foundation.actor import Actor
from backend.foundation.db import reading
from tests.browser.conftest import PATIENCE_MS, PHONE, Live
from tests.browser.world import World
from tests.identity.people import PIN, issue_code

# A browser that reads QR codes: the camera shows a canvas, and the first look finds one.
CAMERA = """
globalThis.BarcodeDetector = class {
    async detect() { return [{ rawValue: %r }]; }
};
navigator.mediaDevices.getUserMedia = async () => document.createElement("canvas").captureStream();
"""


def enrol(page: Page, live: Live, world: World, actor: Actor | None = None) -> None:
    """Enrol a phone by typing the code of a slip; end on the floor."""
    enrol_somebody(page, live, actor or world.evening.casey)


def enrol_somebody(page: Page, live: Live, actor: Actor) -> None:
    """Enrol a phone of whoever it is; end on the floor."""
    page.goto(f"{live.url}/app#enrol")
    page.get_by_label("Enrolment code").fill(issue_code(live.app, actor))
    page.get_by_role("button", name="Next").click()
    choose_pin(page)


def choose_pin(page: Page) -> None:
    """Choose a PIN, twice the same; end on the floor."""
    page.get_by_label("New PIN").fill(PIN)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("The same PIN again").fill(PIN)
    page.get_by_role("button", name="Enrol this phone").click()
    expect(greeted(page)).to_be_visible()


def enter_pin(page: Page, who: str) -> None:
    """Sign in as somebody whom the phone knows."""
    page.get_by_role("link", name=who).click()
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Enter").click()


def turn_over(page: Page, live: Live) -> None:
    """Leave the phone to somebody else; end at the door."""
    open_view(page, live, "evening")
    page.get_by_role("button", name="Somebody else’s turn").tap()
    expect(page.get_by_role("link", name="I have an enrolment code")).to_be_visible()


def record_without_pin(phone: BrowserContext, page: Page, tap: Callable[[], None]) -> None:
    """Let Alex, at the door, do what ``tap`` does offline, and enter the PIN once online again."""
    phone.set_offline(True)
    enter_pin(page, "Alex Usher")
    page.get_by_role("button", name="Go on without PIN").tap()
    tap()
    waiting(page, 1)
    phone.set_offline(False)
    page.get_by_role("link", name="Not signed in").tap()
    enter_pin(page, "Alex Usher")
    expect(page.get_by_role("heading", name="Was this you?")).to_be_visible()


def greeted(page: Page) -> Any:
    """Return the button."""
    return page.get_by_role("button", name="Greeted", exact=True)


def waiting(page: Page, number: int) -> None:
    """Expect the phone to say that so many actions wait; none is said by saying nothing."""
    chip = page.locator(".standing .busy")
    if number:
        expect(chip).to_have_text(f" {number} waiting")
    else:
        expect(chip).to_have_count(0)


def accept(page: Page, what: str) -> None:
    """Accept the first open request of a kind; it is kept on the phone, and perhaps sent."""
    page.get_by_role("button", name=f"Accept: {what}").first.tap()
    expect(page.locator(".said")).to_contain_text(f"It is yours, go: {what}")


def open_view(page: Page, live: Live, name: str) -> None:
    """Go to a screen by its address."""
    page.goto(f"{live.url}/app#{name}")


def on_the_books(live: Live, actor: Actor) -> list[tuple[UUID, int]]:
    """Return the greetings that the server has of somebody: id and party."""
    rows = select(Greeting.id, Greeting.party_size).where(
        Greeting.organisation_id == actor.organisation_id,
        Greeting.employee_id == actor.employee_id,
    )
    with live.app.app_context(), reading() as session:
        return [(row.id, row.party_size) for row in session.execute(rows)]


def kept(page: Page, store: str) -> list[Any]:
    """Return what the phone keeps in one of its stores."""
    found: list[Any] = page.evaluate(
        """(store) => new Promise((resume, fail) => {
            const asked = indexedDB.open("on-the-spot");
            asked.onerror = fail;
            asked.onsuccess = () => {
                const all = asked.result.transaction(store).objectStore(store).getAll();
                all.onsuccess = () => { asked.result.close(); resume(all.result); };
            };
        })""",
        store,
    )
    return found


def spoil_tokens(page: Page) -> None:
    """Replace the access token that the phone keeps by one that is not good."""
    page.evaluate(
        """() => new Promise((resume) => {
            const asked = indexedDB.open("on-the-spot");
            asked.onsuccess = () => {
                const writing = asked.result.transaction("people", "readwrite");
                const people = writing.objectStore("people");
                people.getAll().onsuccess = ({ target }) => {
                    for (const one of target.result) {
                        const tokens = one.tokens && { ...one.tokens, access_token: "spoilt" };
                        people.put({ ...one, tokens });
                    }
                };
                writing.oncomplete = () => { asked.result.close(); resume(); };
            };
        })"""
    )


def leads(page: Page) -> None:
    """Wait until the service worker serves the page, as it does from the second visit on."""
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


def lose(page: Page) -> None:
    """Let a tab end as by a dead battery, and close what is left of it.

    One that is closed while it runs hears of a network before it is gone, and may send: the
    browser ends its flight with it.
    """
    with page.expect_event("crash"), suppress(Error):
        page.goto("chrome://crash")
    page.close()


@contextmanager
def another_phone(chromium: Browser, **more: Any) -> Iterator[tuple[BrowserContext, Page]]:
    """Yield one more fresh phone."""
    said = {"viewport": PHONE, "has_touch": True, "locale": "en-US", **more}
    with chromium.new_context(**said) as context:
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        yield context, page
