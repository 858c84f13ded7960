"""The staff phone on the floor, with a network: greet, help, show the code, hand over, rewards."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from backend.engagement.models import Request
from backend.engagement.rules import Moment
from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.identity.rules import PayBasis
from backend.integrity.rules import Verdict
from tests.browser.conftest import Live
from tests.browser.staff import (
    accept,
    another_phone,
    enrol,
    greeted,
    kept,
    on_the_books,
    open_view,
    waiting,
)
from tests.browser.world import World
from tests.engagement.stories import decoded, opened, tally_of
from tests.engagement.theatres import make_theatre
from tests.factories import make_employee

A_MOMENT_MS = 11_000


@pytest.fixture(autouse=True)
def _with_a_clock(page: Page) -> None:
    """Let tests pass the ten seconds in which a greeting can be undone."""
    page.clock.install()


def help_with(page: Page, what: str) -> None:
    page.get_by_role("button", name=what, exact=True).tap()
    expect(page.locator(".hands")).to_contain_text(what)


def test_one_tap_helps_one_tap_shows_the_code_and_the_fan_rates_it(
    page: Page, chromium: Browser, live: Live, world: World
) -> None:
    enrol(page, live, world)
    help_with(page, "Food, drink")
    page.get_by_role("button", name="Done: Food, drink").tap()
    code = page.get_by_alt_text("QR code of the rating page")
    expect(code).to_be_visible()
    expect(page.locator("main.code")).to_have_css("background-color", "rgb(255, 255, 255)")
    address = decoded(page.screenshot())
    said = (page.locator(".letters").text_content() or "").replace(" ", "")
    assert address.endswith(said)
    with another_phone(chromium) as (_, fan):
        fan.goto(address)
        fan.get_by_role("button", name=re.compile("Excellent")).tap()
        expect(fan.get_by_role("heading", name="Thank you")).to_be_visible()
    page.get_by_role("link", name="Next").tap()
    expect(page.locator(".hands li:not(.cover)")).to_have_count(0)
    page.clock.run_for(A_MOMENT_MS)
    # A greeting, a resolved request and a rating.
    expect(page.locator(".tonight strong")).to_have_text("26")
    with live.app.app_context(), reading() as session:
        assert tally_of(session, world.evening, world.evening.casey).resolved == 1


def test_a_greeting_waits_ten_seconds_and_can_be_taken_back(
    page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    greeted(page).tap()
    waiting(page, 1)
    page.get_by_role("button", name="Undo").tap()
    waiting(page, 0)
    page.clock.run_for(A_MOMENT_MS)
    assert on_the_books(live, world.evening.casey) == []
    greeted(page).tap()
    waiting(page, 1)
    assert on_the_books(live, world.evening.casey) == []
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 0)
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    assert len(on_the_books(live, world.evening.casey)) == 1


def test_a_mistaken_call_for_help_can_be_taken_back(page: Page, live: Live, world: World) -> None:
    enrol(page, live, world)
    help_with(page, "Tickets")
    page.get_by_role("button", name="Undo").tap()
    expect(page.locator(".hands li:not(.cover)")).to_have_count(0)
    waiting(page, 0)


def test_fast_taps_on_three_needs_are_three_and_a_trembling_one_is_one(
    page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    page.evaluate(
        """(names) => {
            const buttons = [...document.querySelectorAll(".needs button")];
            // All within one turn: none of them is written down before the last is tapped.
            for (const name of names) buttons.find((one) => one.innerText === name).click();
        }""",
        ["Tickets", "Cleaning", "Cleaning", "Seats", "Tickets"],
    )
    expect(page.locator(".hands li:not(.cover)")).to_have_count(3)
    waiting(page, 3)
    queued = [item["category"] for item in kept(page, "queue")]
    assert queued == ["tickets", "cleaning", "seating"]


def test_a_second_tap_counts_once_its_screen_was_left_however_quick_it_comes(
    page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    # No time passes on this phone from here on.
    page.clock.pause_at(clock.now() + timedelta(minutes=1))
    for parties in (1, 2):
        page.get_by_role("button", name="Greeted several").tap()
        four = page.get_by_role("button", name="4 fans", exact=True)
        four.evaluate("(button) => { button.click(); button.click(); }")
        expect(greeted(page)).to_be_visible()
        waiting(page, parties)


def test_holding_the_button_or_the_one_beside_it_asks_how_many(
    page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    page.get_by_role("button", name="Greeted several").tap()
    page.get_by_role("button", name="4 fans").tap()
    expect(page.locator(".said")).to_have_text("Greeted 4 fans")
    box = greeted(page).bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.clock.run_for(500)
    expect(page.get_by_role("heading", name="How many fans?")).to_be_visible()
    page.mouse.up()
    page.get_by_role("button", name="50 fans").tap()
    waiting(page, 2)
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 0)
    assert sorted(party for _, party in on_the_books(live, world.evening.casey)) == [4, 50]


def test_of_two_phones_that_accept_one_request_the_loser_is_told(
    page: Page, chromium: Browser, live: Live, world: World
) -> None:
    enrol(page, live, world)
    with another_phone(chromium) as (_, other):
        enrol(other, live, world, world.evening.blair)
        for one in (page, other):
            one.get_by_role("link", name="Near me").tap()
            expect(one.get_by_role("button", name="Accept: Seats")).to_be_visible()
        other.context.set_offline(True)
        accept(other, "Seats")
        waiting(other, 1)
        accept(page, "Seats")
        waiting(page, 0)
        other.context.set_offline(False)
        other.get_by_role("link", name="1 not taken: see why").tap()
        line = other.locator("li.line")
        expect(line).to_contain_text("Accepting: Seats")
        expect(line).to_contain_text("Somebody else was quicker and has it.")
        other.get_by_role("button", name="Put away").tap()
        expect(other.locator("li.line")).to_have_count(0)
        open_view(other, live, "floor")
        expect(other.locator(".hands li:not(.cover)")).to_have_count(0)
    open_view(page, live, "floor")
    expect(page.locator(".hands li:not(.cover)")).to_have_count(1)


def test_a_request_is_handed_over_and_the_colleague_is_told(
    page: Page, chromium: Browser, live: Live, world: World
) -> None:
    enrol(page, live, world)
    for what in ("Cleaning", "Tickets"):
        help_with(page, what)
    page.get_by_role("link", name="More for Cleaning").tap()
    page.get_by_role("link", name="Hand over").tap()
    page.get_by_role("button", name=re.compile("Blair Gates")).tap()
    expect(page.locator(".said")).to_have_text("Handed over to Blair Gates")
    page.get_by_role("link", name="More for Tickets").tap()
    page.get_by_role("link", name="Add a helper").tap()
    page.get_by_role("button", name=re.compile("Blair Gates")).tap()
    waiting(page, 0)
    with another_phone(chromium) as (_, other):
        enrol(other, live, world, world.evening.blair)
        expect(other.locator(".hands li:not(.cover)")).to_have_count(2)
        expect(other.get_by_role("link", name="Inbox")).to_contain_text("2")
        other.get_by_role("link", name="Inbox").tap()
        message = "A colleague handed a request over to you."
        expect(other.get_by_role("link", name=re.compile(message))).to_be_visible()
        expect(other.get_by_role("link", name="Inbox").locator(".badge")).to_have_count(0)


def test_a_request_is_put_back_for_others_or_taken_off_the_list(
    page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    help_with(page, "Cleaning")
    page.get_by_role("link", name="More for Cleaning").tap()
    page.get_by_role("button", name="Put it back for others").tap()
    waiting(page, 0)
    page.get_by_role("link", name="Near me").tap()
    accept(page, "Cleaning")
    page.get_by_role("link", name="Greet", exact=True).tap()
    page.get_by_role("link", name="More for Cleaning").tap()
    page.get_by_role("button", name="Not needed any more").tap()
    waiting(page, 0)
    expect(page.locator(".hands li:not(.cover)")).to_have_count(0)


def test_salaried_staff_say_where_they_are(page: Page, live: Live, world: World) -> None:
    with live.app.app_context(), transaction() as session:
        vice_president = make_employee(
            session, world.evening.arena, name="Vic President", pay_basis=PayBasis.SALARIED
        )
    enrol(page, live, world, vice_president)
    page.get_by_label("Where are you?").select_option("101")
    help_with(page, "Tickets")
    expect(page.locator(".hands li:not(.cover)")).to_contain_text("101")
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 0)
    expect(page.locator(".hands li:not(.cover)")).to_have_count(1)
    expect(page.get_by_role("link", name=re.compile("not taken"))).to_have_count(0)


def test_with_events_at_two_venues_salaried_staff_say_which_is_theirs(
    page: Page, live: Live, world: World
) -> None:
    arena = world.evening.arena
    with live.app.app_context(), transaction() as session:
        theatre = make_theatre(session, arena)
        president = make_employee(session, arena, name="Vic President", pay_basis=PayBasis.SALARIED)
    enrol(page, live, world, president)
    which = page.get_by_label("Which event are you at?")
    expect(which).to_have_value(str(theatre.venue_id))
    where = page.get_by_label("Where are you?")
    where.select_option("Stalls")
    which.select_option(str(arena.venue_id))
    expect(where.get_by_role("option", name="101")).to_be_attached()
    expect(where).to_have_value("")
    where.select_option("101")
    help_with(page, "Tickets")
    expect(page.locator(".hands li:not(.cover)")).to_contain_text("101")
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 0)
    with live.app.app_context(), reading() as session:
        mine = select(Request.event_id, Request.verdict).where(
            Request.opened_by == president.employee_id
        )
        assert session.execute(mine).one() == (arena.event_id, Verdict.VERIFIED)


def test_the_sixth_in_hand_stays_open_for_others(page: Page, live: Live, world: World) -> None:
    enrol(page, live, world)
    for what in ("Directions", "Seats", "Cleaning", "Access", "Tickets", "Other"):
        help_with(page, what)
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 0)
    expect(page.locator(".hands li:not(.cover)")).to_have_count(5)
    page.get_by_role("link", name="Near me").tap()
    expect(page.get_by_role("button", name="Accept: Other")).to_be_visible()


def test_what_others_open_appears_by_itself(page: Page, live: Live, world: World) -> None:
    enrol(page, live, world)
    badge = page.get_by_role("link", name="Near me").locator(".badge")
    expect(badge).to_contain_text("1")
    with live.app.app_context(), transaction() as session:
        opened(session, world.evening.blair, moment=Moment.present(clock.now()))
    for _ in range(100):
        # The phone's minutes pass in a moment, its calls do not.
        page.clock.run_for(5_000)
        if "2" in (badge.text_content() or ""):
            break
    expect(badge).to_contain_text("2")
