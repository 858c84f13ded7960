"""Every screen of the staff phone in three languages: axe, sizes, keyboard, and on two screens."""

import re
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.engagement.rules import Moment
from backend.engagement.services import ratings, requests
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import clock
from backend.foundation.db import transaction
from backend.rewards.rules import Merit
from backend.rewards.services import redemptions
from backend.settings import Settings
from tests.browser.conftest import Live
from tests.browser.screens import LANGUAGES, SIZES, faults, judged, speak
from tests.browser.staff import accept, another_phone, enrol, greeted, open_view, waiting
from tests.browser.world import World
from tests.engagement.stories import accepted, opened, resolved
from tests.identity.people import PIN
from tests.rewards.wallets import give_available, make_reward

SCREENS = [
    *("floor", "party", "near", "evening", "points", "rewards", "ratings", "codes", "inbox"),
    *("refused", "door", "badge", "enrol", "safety"),
]


@dataclass(frozen=True, kw_only=True)
class Furnished:
    """A phone on which there is something on every screen, and the addresses of what is."""

    page: Page
    screens: list[str]


@pytest.fixture
def furnished(
    phone: BrowserContext, page: Page, chromium: Browser, live: Live, world: World
) -> Furnished:
    """Let Alex have rewards, ratings, a message, requests, and something refused."""
    alex, blair = world.evening.alex, world.evening.blair
    now = clock.now()
    moment = Moment.present(now)
    settings: Settings = live.app.extensions["on_the_spot.settings"]
    with live.app.app_context(), transaction() as session:
        give_available(session, alex, points=500, now=now)
        rewards = [
            make_reward(session, world.evening.supervisor, now=now, name=name, points=points)
            for name, points in (("A jersey", 100), ("A cap", 50), ("A week in the sun", 9_000))
        ]
        redemption = redemptions.ask(
            session,
            actor=alex,
            reward_id=rewards[0].id,
            reward_version=1,
            merit=Merit(),
            now=now,
        )
        handed = accepted(session, blair, moment=moment)
        requests.hand_over(
            session,
            actor=blair,
            request_id=handed.id,
            employee_id=alex.employee_id,
            keep_percent=0,
            moment=moment,
        )
        opened(session, blair, moment=moment)
        done = accepted(session, alex, moment=moment)
        requests.resolve(
            session,
            actor=alex,
            request_id=done.id,
            moment=moment,
            code_key=settings.secrets.code_key,
            code_hours=72,
        )
        # So long ago that they cannot be corrected any more, and may be read.
        past = Moment.present(now - timedelta(minutes=20))
        for stars in (5, 4, 5, 3, 5):
            code = resolved(session, alex, moment=past).code
            ratings.receive(session, code=code, given=GivenAnswer(stars=stars), now=past.at)
    enrol(page, live, world, alex)
    expect(page.locator(".hands li:not(.cover)")).to_have_count(1)
    open_view(page, live, "near")
    expect(page.get_by_role("button", name="Accept: Seats").first).to_be_visible()
    phone.set_offline(True)
    accept(page, "Seats")
    with another_phone(chromium) as (_, other):
        enrol(other, live, world, blair)
        open_view(other, live, "near")
        accept(other, "Seats")
        waiting(other, 0)
    phone.set_offline(False)
    waiting(page, 0)
    ids = [f"request/{handed.id}", f"colleagues/{handed.id}/hand_over", f"code/{done.id}"]
    ids += [f"reward/{rewards[1].id}", f"redemption/{redemption.id}"]
    return Furnished(page=page, screens=[*SCREENS, *ids])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_is_accessible_and_large_enough_for_a_thumb(
    furnished: Furnished, live: Live, language: str
) -> None:
    page = furnished.page
    speak(page, live, language)
    shows = {"code": "img.qr", "refused": "li.line"}
    screens = furnished.screens
    assert judged(page, live, group="evening", screens=screens, shows=shows) == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pin_pad_is_accessible(page: Page, live: Live, language: str) -> None:
    page.goto(f"{live.url}/app#enrol=ABC")
    page.locator(f"button[lang={language}]").tap()
    expect(page.locator("html")).to_have_attribute("lang", language)
    assert faults(page, "pin-pad") == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_greeted_is_in_sight_however_much_is_in_hand(
    page: Page, live: Live, world: World, width: int, height: int
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    enrol(page, live, world)
    for what in ("Directions", "Seats", "Cleaning", "Access", "Tickets"):
        page.get_by_role("button", name=what, exact=True).tap()
    expect(page.locator(".hands li:not(.cover)")).to_have_count(5)
    expect(greeted(page)).to_be_in_viewport(ratio=1)
    expect(page.get_by_role("button", name="Undo")).to_be_in_viewport(ratio=1)


def test_the_phone_is_used_by_keyboard_and_says_what_happened(
    page: Page, live: Live, world: World
) -> None:
    page.goto(f"{live.url}/app")
    page.get_by_label("Enrolment code").focus()
    page.keyboard.type(world.enrolment_code(world.evening.casey))
    page.keyboard.press("Enter")
    for _ in range(2):
        page.get_by_label("PIN").focus()
        page.keyboard.type(PIN)
        page.keyboard.press("Enter")
    greeted(page).focus()
    page.keyboard.press("Enter")
    expect(page.locator("[aria-live=polite]")).to_have_text("Greeted")
    page.get_by_role("link", name=re.compile("Near me")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Near me")).to_be_focused()
