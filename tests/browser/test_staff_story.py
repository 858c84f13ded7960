"""One evening from the slip of paper to the points, on five screens, as an arena plays it."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from backend.engagement.models import Greeting
from backend.engagement.services import places
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading
from backend.insight import verify
from backend.settings import Settings
from tests.browser.conftest import Live
from tests.browser.staff import (
    accept,
    another_phone,
    choose_pin,
    greeted,
    leads,
    lose,
    on_the_books,
    open_view,
    waiting,
)
from tests.browser.test_board import SOON, enter
from tests.engagement.bowls import Bowl, committed_bowl, covers_of
from tests.engagement.stories import decoded
from tests.identity.people import issue_code

GREETINGS = 40
SPACING_MS = 11_000


@pytest.fixture
def bowl(live: Live) -> Bowl:
    return committed_bowl(live.app, now=clock.now())


def arrive(page: Page, live: Live, who: Actor) -> None:
    """Enrol by what the QR on a slip leads to."""
    page.goto(f"{live.url}/app#enrol={issue_code(live.app, who)}")
    choose_pin(page)


def ask(fan: Page, live: Live, bowl: Bowl) -> None:
    """Let a fan in Dana's section ask for help, by the code that hangs there."""
    settings: Settings = live.app.extensions["on_the_spot.settings"]
    key = settings.secrets.code_key
    code = places.place_code(bowl.posts["102"], version=1, code_key=key)
    fan.goto(f"{live.url}/ask/{code}")
    fan.get_by_role("radio", name="Seats").tap()
    fan.locator("[name=seat]").fill("Row 4, seat 12")
    fan.get_by_role("button", name="Ask for help").tap()
    fan.wait_for_url("**/ask/follow/**")


def fight(first: BrowserContext, second: BrowserContext) -> None:
    """Let two phones take what they took without a network, both at once."""
    for phone in (first, second):
        (page,) = phone.pages
        page.get_by_role("link", name="Near me").tap()
        expect(page.get_by_role("button", name="Accept: Seats")).to_be_visible()
        phone.set_offline(True)
        accept(page, "Seats")
        waiting(page, 1)
    for phone in (first, second):
        phone.set_offline(False)
    for phone in (first, second):
        waiting(phone.pages[0], 0)


def greetings_of(live: Live, bowl: Bowl) -> int:
    """Return how many greetings the books of the organisation have, of whomever."""
    count = select(func.count()).where(Greeting.organisation_id == bowl.organisation_id)
    with live.app.app_context(), reading() as session:
        return session.scalar(count) or 0


def test_an_evening_from_the_slip_to_the_points(
    phone: BrowserContext,
    page: Page,
    desks: Callable[[], Page],
    chromium: Browser,
    live: Live,
    bowl: Bowl,
) -> None:
    # Forty greetings without a network: Casey taps for seven minutes, which end at the present.
    page.clock.install(time=clock.now() - timedelta(milliseconds=GREETINGS * SPACING_MS))
    arrive(page, live, bowl.casey)
    leads(page)
    phone.set_offline(True)
    for _ in range(GREETINGS):
        greeted(page).tap()
        page.clock.run_for(SPACING_MS)
    waiting(page, GREETINGS)
    lose(page)
    casey = phone.new_page()
    casey.goto(f"{live.url}/app")
    waiting(casey, GREETINGS)
    assert on_the_books(live, bowl.casey) == []
    phone.set_offline(False)
    waiting(casey, 0)
    assert greetings_of(live, bowl) == len(on_the_books(live, bowl.casey)) == GREETINGS
    expect(casey.locator(".tonight strong")).to_have_text(str(GREETINGS))
    board = desks()
    enter(board, live, bowl.robin)
    expect(board.get_by_text("Every post has somebody.")).to_be_visible()

    with (
        another_phone(chromium) as (rival, ellis),
        another_phone(chromium) as (_, colleague),
        another_phone(chromium) as (_, fan),
    ):
        arrive(ellis, live, bowl.ellis)
        ask(fan, live, bowl)

        # One wins; the other is told, and has nothing in hand.
        fight(phone, rival)
        with live.app.app_context(), reading() as session:
            (cover,) = covers_of(session, bowl)
        won = cover.left_by == bowl.casey.employee_id
        winner, loser = (casey, ellis) if won else (ellis, casey)
        loser.get_by_role("link", name="1 not taken: see why").tap()
        expect(loser.locator("li.line")).to_contain_text("Somebody else was quicker and has it.")
        open_view(loser, live, "floor")
        expect(loser.locator(".hands li:not(.cover)")).to_have_count(0)

        # The winner is away, which the board shows, and a colleague stands in with one tap.
        expect(board.locator("#missing")).to_contain_text("is helping: Seats", timeout=SOON)
        # Section 103 has two neighbours, of whom either may be the one.
        neighbours = {one.employee_id: one for one in (bowl.dana, bowl.finn)}
        assert cover.asked_id is not None
        arrive(colleague, live, neighbours[cover.asked_id])
        colleague.get_by_role("button", name="I stand in").tap()
        expect(colleague.locator("li.cover")).to_contain_text("You stand in")
        expect(board.locator("#map .helping")).to_contain_text("stands in", timeout=SOON)
        expect(board.get_by_text("Every post has somebody.")).to_be_visible()

        # Done: the fan scans what the screen shows, and says how it went.
        open_view(winner, live, "floor")
        winner.get_by_role("button", name="Done: Seats").tap()
        expect(winner.get_by_alt_text("QR code of the rating page")).to_be_visible()
        fan.goto(decoded(winner.screenshot()))
        fan.get_by_role("button", name=re.compile("Excellent")).tap()
        expect(fan.get_by_role("heading", name="Thank you")).to_be_visible()
        expect(board.locator("#map .helping")).to_have_count(0, timeout=SOON)

        winner.get_by_role("link", name="Next").tap()
        open_view(winner, live, "points")
        pending = winner.locator(".figures div", has_text="Pending").locator("dd")
        # A resolved request and a rating, and whatever the winner had greeted.
        had = GREETINGS if won else 0
        expect(pending).to_have_text(str(had + 25))
        expect(winner.locator("li.line", has_text="+15")).to_contain_text("available on")
    with live.app.app_context(), reading() as session:
        assert list(verify.verify(session, organisation_id=bowl.organisation_id)) == []
