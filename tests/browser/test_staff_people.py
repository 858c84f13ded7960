"""Who uses the phone: enrolment, PINs, one phone for several people, sessions that end."""

from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.identity.queries import get_employee
from backend.identity.services import personnel, sessions
from backend.insight import verify
from tests.browser.conftest import Live
from tests.browser.staff import (
    CAMERA,
    accept,
    choose_pin,
    enrol,
    enter_pin,
    greeted,
    kept,
    on_the_books,
    open_view,
    record_without_pin,
    spoil_tokens,
    turn_over,
    waiting,
)
from tests.browser.world import World
from tests.factories import make_employee
from tests.identity.people import PIN


def dismiss(live: Live, world: World, who: Actor) -> None:
    """Let HR end somebody's employment."""
    with live.app.app_context(), transaction() as session:
        hr = make_employee(session, world.evening.arena, roles=(Role.HR,))
        personnel.change(
            session,
            actor=hr,
            employee_id=who.employee_id,
            changes={"active": False},
            now=clock.now(),
        )


def end_sessions(live: Live, who: Actor) -> None:
    """End somebody's sessions from elsewhere."""
    with live.app.app_context(), transaction() as session:
        sessions.end_all_of_employee(
            session,
            organisation_id=who.organisation_id,
            employee_id=who.employee_id,
            because="signed_out",
            now=clock.now(),
        )


def let_a_second_pass(page: Page) -> None:
    """Let the server notice that a session has ended, which takes it up to a second."""
    page.evaluate("new Promise((resume) => setTimeout(resume, 1100))")


def test_the_code_of_a_slip_comes_in_by_its_address(page: Page, live: Live, world: World) -> None:
    code = world.enrolment_code(world.evening.alex)
    page.goto(f"{live.url}/app#enrol={code}")
    choose_pin(page)
    expect(page.get_by_role("heading", name="Alex Usher")).to_be_visible()


def test_the_code_of_a_slip_is_scanned(page: Page, live: Live, world: World) -> None:
    code = world.enrolment_code(world.evening.alex)
    page.add_init_script(CAMERA % f"{live.url}/app#enrol={code}")
    page.goto(f"{live.url}/app")
    page.get_by_role("button", name="Scan the slip").tap()
    choose_pin(page)
    expect(page.get_by_role("heading", name="Alex Usher")).to_be_visible()


def test_without_a_camera_the_code_is_typed(page: Page, live: Live) -> None:
    refuse = "navigator.mediaDevices.getUserMedia = async () => { throw new Error(); };"
    page.add_init_script(CAMERA % "" + refuse)
    page.goto(f"{live.url}/app")
    page.get_by_role("button", name="Scan the slip").tap()
    expect(page.get_by_text("The camera cannot be used.")).to_be_visible()
    page.get_by_role("button", name="Type the code").tap()
    expect(page.get_by_label("Enrolment code")).to_be_visible()


def test_a_pin_is_tapped_twice_and_is_none_that_anybody_guesses(
    page: Page, live: Live, world: World
) -> None:
    page.goto(f"{live.url}/app#enrol={world.enrolment_code(world.evening.alex)}")
    said = page.locator(".said")

    def tap(digits: str, then: str) -> None:
        for digit in digits:
            page.get_by_role("button", name=digit, exact=True).tap()
        page.get_by_role("button", name=then).tap()

    tap("1234", "Next")
    expect(said).to_contain_text("Too easy to guess")
    tap(PIN, "Next")
    tap("9999", "Enrol this phone")
    expect(said).to_contain_text("two different PINs")
    tap(PIN, "Next")
    tap(PIN, "Enrol this phone")
    expect(greeted(page)).to_be_visible()


def test_a_used_code_is_told_and_another_can_be_typed(page: Page, live: Live, world: World) -> None:
    old = world.enrolment_code(world.evening.alex)
    new = world.enrolment_code(world.evening.alex)
    page.goto(f"{live.url}/app#enrol={old}")
    page.get_by_label("New PIN").fill(PIN)
    page.get_by_role("button", name="Next").click()
    page.get_by_label("The same PIN again").fill(PIN)
    page.get_by_role("button", name="Enrol this phone").click()
    expect(page.locator(".said")).to_contain_text("unknown, used or expired")
    page.get_by_label("Enrolment code").fill(new)
    page.get_by_role("button", name="Next").click()
    choose_pin(page)


def test_two_people_share_a_phone_and_each_queue_goes_out_under_its_own_name(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world, world.evening.alex)
    open_view(page, live, "evening")
    page.get_by_role("button", name="Somebody else’s turn").tap()
    expect(page.get_by_role("link", name="Alex Usher")).to_be_visible()
    page.get_by_role("link", name="I have an enrolment code").tap()
    page.get_by_label("Enrolment code").fill(world.enrolment_code(world.evening.blair))
    page.get_by_role("button", name="Next").click()
    choose_pin(page)
    phone.set_offline(True)
    greeted(page).tap()
    waiting(page, 1)
    open_view(page, live, "evening")
    page.get_by_role("button", name="Somebody else’s turn").tap()
    expect(page.get_by_role("link", name="Blair Gates")).to_contain_text("1 waiting")
    # No network, no PIN: what Alex does is held until Alex has proved to be Alex.
    enter_pin(page, "Alex Usher")
    page.get_by_role("button", name="Go on without PIN").tap()
    expect(greeted(page)).to_be_visible()
    for _ in range(2):
        greeted(page).tap()
    waiting(page, 2)
    expect(page.locator(".tonight strong")).to_have_text("–")
    phone.set_offline(False)
    page.get_by_role("link", name="Not signed in").tap()
    expect(page.get_by_role("link", name="Blair Gates")).not_to_contain_text("waiting")
    assert len(on_the_books(live, world.evening.blair)) == 1
    assert on_the_books(live, world.evening.alex) == []
    enter_pin(page, "Alex Usher")
    expect(page.get_by_role("heading", name="Was this you?")).to_be_visible()
    page.get_by_role("button", name="Mine, send").tap()
    waiting(page, 0)
    assert len(on_the_books(live, world.evening.alex)) == 2
    tokens = {one["name"]: bool(one["tokens"]) for one in kept(page, "people")}
    assert tokens == {"Alex Usher": True, "Blair Gates": False}
    with live.app.app_context(), reading() as session:
        assert not list(verify.verify(session, organisation_id=world.evening.organisation_id))


def test_what_somebody_else_recorded_in_my_name_is_thrown_away(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world, world.evening.alex)
    turn_over(page, live)
    record_without_pin(phone, page, greeted(page).tap)
    page.get_by_role("button", name="Not mine, throw away").tap()
    waiting(page, 0)
    assert on_the_books(live, world.evening.alex) == []


def test_who_signs_out_in_airplane_mode_is_sent_and_forgotten_with_the_network(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    phone.set_offline(True)
    greeted(page).tap()
    waiting(page, 1)
    open_view(page, live, "evening")
    page.get_by_role("button", name="Sign out").tap()
    expect(page.get_by_role("link", name="Casey Stands")).to_contain_text("1 waiting")
    phone.set_offline(False)
    expect(page.get_by_label("Badge number")).to_be_visible()
    assert len(on_the_books(live, world.evening.casey)) == 1
    # Whoever is next in line for the lock is served when the session was closed.
    page.evaluate("navigator.locks.request('sync', () => {})")
    assert kept(page, "people") == []


def test_who_signs_out_is_forgotten_also_where_the_session_was_over_before(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    phone.set_offline(True)
    open_view(page, live, "evening")
    page.get_by_role("button", name="Sign out").tap()
    expect(page.get_by_label("Badge number")).to_be_visible()
    end_sessions(live, world.evening.casey)
    let_a_second_pass(page)
    with page.expect_response(lambda answer: answer.url.endswith("/v1/sessions/refresh")):
        phone.set_offline(False)
    page.evaluate("navigator.locks.request('sync', () => {})")
    assert kept(page, "people") == []


@pytest.mark.parametrize("ended", [False, True], ids=["signed in", "session ended"])
def test_a_language_chosen_in_airplane_mode_is_told_as_soon_as_it_can_be(
    phone: BrowserContext, page: Page, live: Live, world: World, *, ended: bool
) -> None:
    enrol(page, live, world)
    open_view(page, live, "evening")
    choice = page.get_by_label("Language")
    expect(choice).to_be_visible()
    phone.set_offline(True)
    expect(page.locator(".chip", has_text="No network")).to_be_visible()
    choice.select_option("es")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    assert any(kept(page, "people")[0]["language"] == "es" for _ in range(200))
    if ended:
        end_sessions(live, world.evening.casey)
        let_a_second_pass(page)
    with page.expect_response(lambda answer: answer.request.method == "PATCH" and answer.ok):
        phone.set_offline(False)
        if ended:
            page.get_by_role("link", name="Sin sesión").tap()
            page.get_by_role("link", name="Casey Stands").tap()
            page.get_by_label("PIN").fill(PIN)
            page.get_by_role("button", name="Entrar").tap()
    expect(page.locator("html")).to_have_attribute("lang", "es")
    with live.app.app_context(), reading() as session:
        casey = world.evening.casey
        who = {"organisation_id": casey.organisation_id, "employee_id": casey.employee_id}
        assert get_employee(session, **who).language == "es"


def test_an_address_that_nobody_can_read_stops_nothing(page: Page, live: Live) -> None:
    page.goto(f"{live.url}/app#enrol=50%")
    expect(page.get_by_label("New PIN")).to_be_visible()


def test_somebody_signs_in_again_by_badge_and_pin(page: Page, live: Live, world: World) -> None:
    enrol(page, live, world)
    open_view(page, live, "evening")
    page.get_by_role("button", name="Sign out").tap()
    page.get_by_label("Badge number").fill("NOBODY")
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Enter").tap()
    expect(page.locator(".said")).to_contain_text("look at what you typed")
    with live.app.app_context(), reading() as session:
        casey = world.evening.casey
        who = {"organisation_id": casey.organisation_id, "employee_id": casey.employee_id}
        badge = get_employee(session, **who).badge_number
    page.get_by_label("Badge number").fill(badge)
    page.get_by_label("PIN").fill(PIN)
    page.get_by_role("button", name="Enter").tap()
    expect(greeted(page)).to_be_visible()


def test_of_who_was_dismissed_every_action_is_refused_with_the_reason(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    phone.set_offline(True)
    for _ in range(2):
        greeted(page).tap()
    page.get_by_role("button", name="Tickets").tap()
    waiting(page, 3)
    dismiss(live, world, world.evening.casey)
    let_a_second_pass(page)
    phone.set_offline(False)
    waiting(page, 0)
    page.get_by_role("link", name="3 not taken: see why").tap()
    lines = page.locator("li.line")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("2 × Greeting")
    expect(lines.last).to_contain_text("Greeting: Tickets")
    for line in lines.all():
        expect(line).to_contain_text("You do not work here any more.")
    assert on_the_books(live, world.evening.casey) == []
    # Nor can they come back in, and the list stays until it is read.
    open_view(page, live, "door")
    enter_pin(page, "Casey Stands")
    expect(page.locator(".said")).to_contain_text("You do not work here any more.")


def test_of_whose_session_was_ended_the_queue_is_kept_until_the_pin_is_entered(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    phone.set_offline(True)
    greeted(page).tap()
    end_sessions(live, world.evening.casey)
    let_a_second_pass(page)
    phone.set_offline(False)
    page.get_by_role("link", name="Not signed in").tap()
    enter_pin(page, "Casey Stands")
    expect(greeted(page)).to_be_visible()
    waiting(page, 0)
    expect(page.get_by_role("link", name="not taken")).to_have_count(0)
    assert len(on_the_books(live, world.evening.casey)) == 1


def test_two_tabs_renew_spent_tokens_once(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    other = phone.new_page()
    other.goto(f"{live.url}/app")
    expect(greeted(other)).to_be_visible()
    renewed: list[str] = []
    phone.on(
        "request",
        lambda asked: renewed.append(asked.url) if asked.url.endswith("/refresh") else None,
    )
    spoil_tokens(page)
    # What is kept is shown at once: the renewal comes behind it.
    with phone.expect_event("request", lambda asked: asked.url.endswith("/refresh")):
        for one in (page, other):
            open_view(one, live, "points")
    for one in (page, other):
        expect(one.locator(".figures")).to_be_visible()
        expect(one.get_by_role("link", name="Not signed in")).to_have_count(0)
    assert len(renewed) == 1


@pytest.mark.holds_up_requests
def test_a_lost_renewal_signs_nobody_out(page: Page, live: Live, world: World) -> None:
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        if not lost:
            lost.append(route.request.url)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    enrol(page, live, world)
    page.route("**/v1/sessions/refresh", lose_the_first)
    spoil_tokens(page)
    page.get_by_role("link", name="Near me").tap()
    accept(page, "Seats")
    waiting(page, 0)
    assert lost
    expect(page.get_by_role("link", name="Not signed in")).to_have_count(0)
    open_view(page, live, "floor")
    expect(page.locator(".hands li:not(.cover)")).to_have_count(1)


def test_what_was_done_off_duty_is_kept_and_said_to_earn_nothing(
    page: Page, live: Live, world: World
) -> None:
    with live.app.app_context(), transaction() as session:
        off = make_employee(session, world.evening.arena, name="Oli Off")
    page.clock.install(time=clock.now() - timedelta(seconds=30))
    enrol(page, live, world, off)
    for _ in range(2):
        greeted(page).tap()
    page.clock.run_for(11_000)
    page.get_by_role("link", name="2 not taken: see why").tap()
    expect(page.locator("li.line")).to_contain_text("outside your shift: it earns nothing")
    assert len(on_the_books(live, off)) == 2
