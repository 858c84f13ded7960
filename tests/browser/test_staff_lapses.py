"""What the staff phone says and does when an answer is lost, or nobody has shown their PIN."""

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from backend.foundation.db import transaction
from backend.identity.rules import PayBasis
from tests.browser.conftest import Live
from tests.browser.staff import (
    choose_pin,
    enrol,
    enter_pin,
    greeted,
    kept,
    on_the_books,
    open_view,
    record_without_pin,
    turn_over,
    waiting,
)
from tests.browser.world import World
from tests.factories import make_employee

pytestmark = pytest.mark.holds_up_requests

A_MOMENT_MS = 11_000
SAFETY = "Somebody needs medical help"


@pytest.fixture(autouse=True)
def _with_a_clock(page: Page) -> None:
    """Let tests pass the ten seconds in which a greeting can be undone."""
    page.clock.install()


def enrol_both(page: Page, live: Live, world: World) -> None:
    """Make Alex and Blair known to the phone; end at its door."""
    enrol(page, live, world, world.evening.alex)
    turn_over(page, live)
    page.get_by_role("link", name="I have an enrolment code").tap()
    page.get_by_label("Enrolment code").fill(world.enrolment_code(world.evening.blair))
    page.get_by_role("button", name="Next").click()
    choose_pin(page)
    turn_over(page, live)


def test_whoever_was_never_answered_is_not_let_in_while_another_has_the_phone(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    alex, blair = world.evening.alex, world.evening.blair
    enrol_both(page, live, world)
    # The sign-in is answered, the question whose it was is not.
    page.route("**/v1/me", lambda route: route.abort())
    enter_pin(page, "Alex Usher")
    page.get_by_role("button", name="Go on without PIN").tap()
    expect(greeted(page)).to_be_visible()
    page.get_by_role("link", name="Not signed in").tap()
    expect(page.get_by_role("link", name="Blair Gates")).to_be_visible()
    phone.set_offline(True)
    enter_pin(page, "Blair Gates")
    page.get_by_role("button", name="Go on without PIN").tap()
    expect(greeted(page)).to_be_visible()
    page.unroute("**/v1/me")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        phone.set_offline(False)
    assert ended.value.status == 204
    greeted(page).tap()
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 1)
    expect(page.get_by_role("link", name="Not signed in")).to_be_visible()
    assert on_the_books(live, alex) == on_the_books(live, blair) == []
    assert not any(one["tokens"] for one in kept(page, "people"))


def test_whoever_has_the_phone_keeps_it_when_another_was_never_answered(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    alex, blair = world.evening.alex, world.evening.blair
    enrol_both(page, live, world)
    enter_pin(page, "Alex Usher")
    expect(greeted(page)).to_be_visible()
    open_view(page, live, "door")
    page.route("**/v1/me", lambda route: route.abort())
    enter_pin(page, "Blair Gates")
    expect(page.get_by_role("button", name="Go on without PIN")).to_be_visible()
    # Blair gives up, and Alex goes on.
    open_view(page, live, "floor")
    expect(page.get_by_role("heading", name="Alex Usher")).to_be_visible()
    phone.set_offline(True)
    page.unroute("**/v1/me")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        phone.set_offline(False)
    assert ended.value.status == 204
    expect(page.get_by_role("heading", name="Alex Usher")).to_be_visible()
    greeted(page).tap()
    waiting(page, 1)
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 0)
    assert len(on_the_books(live, alex)) == 1
    assert on_the_books(live, blair) == []


def token_expired(route: Route) -> None:
    problem = {"type": "/problems/token-expired", "title": "The access token has expired."}
    route.fulfill(status=401, content_type="application/problem+json", json=problem)


def strand(page: Page, who: str) -> None:
    """Sign in as somebody; the question whose sign-in it was is not answered."""
    page.route("**/v1/me", lambda route: route.abort())
    enter_pin(page, who)
    expect(page.get_by_role("button", name="Go on without PIN")).to_be_visible()
    page.unroute("**/v1/me")


def test_whoever_is_refused_late_takes_nobody_elses_sign_in_along(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol_both(page, live, world)
    strand(page, "Alex Usher")
    asked = []

    def refuse_the_first_late(route: Route) -> None:
        asked.append(route)
        if len(asked) == 1:
            return
        if len(asked) == 2:
            token_expired(asked[0])
        route.continue_()

    page.route("**/v1/me", refuse_the_first_late)
    phone.set_offline(True)
    with page.expect_request("**/v1/me"):
        phone.set_offline(False)
    open_view(page, live, "door")
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        enter_pin(page, "Blair Gates")
    assert ended.value.status == 204
    expect(page.get_by_role("heading", name="Blair Gates")).to_be_visible()
    expect(page.get_by_role("link", name="Not signed in")).to_have_count(0)


def test_the_session_of_whoever_is_refused_late_ends(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol_both(page, live, world)
    strand(page, "Alex Usher")
    # Its access token lives a quarter of an hour; what renews it lives longer.
    page.route("**/v1/me", token_expired)
    page.route("**/v1/sessions/current", token_expired, times=1)
    phone.set_offline(True)
    with page.expect_response(lambda answer: answer.status == 204) as ended:
        phone.set_offline(False)
    assert ended.value.request.method == "DELETE"
    expect(page.get_by_role("button", name="Enter")).to_be_visible()


def test_ending_a_session_is_tried_again(page: Page, live: Live, world: World) -> None:
    enrol_both(page, live, world)
    strand(page, "Alex Usher")
    open_view(page, live, "door")
    page.route("**/v1/sessions/current", lambda route: route.abort(), times=1)
    with page.expect_event("requestfailed", lambda one: one.method == "DELETE"):
        enter_pin(page, "Blair Gates")
    expect(page.get_by_role("heading", name="Blair Gates")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        page.clock.run_for(A_MOMENT_MS)
    assert ended.value.status == 204


def test_what_was_recorded_without_a_pin_holds_nothing_else_up(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    alex = world.evening.alex
    enrol(page, live, world, alex)
    turn_over(page, live)
    record_without_pin(phone, page, greeted(page).tap)
    open_view(page, live, "floor")
    greeted(page).tap()
    waiting(page, 2)
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 1)
    assert len(on_the_books(live, alex)) == 1
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as ended:
        turn_over(page, live)
    assert ended.value.status == 204
    assert len(kept(page, "queue")) == 1


def test_what_hangs_on_something_without_a_pin_waits_with_it(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    alex = world.evening.alex
    enrol(page, live, world, alex)
    turn_over(page, live)
    record_without_pin(phone, page, page.get_by_role("button", name="Tickets", exact=True).tap)
    open_view(page, live, "floor")
    page.get_by_role("link", name="More for Tickets").tap()
    page.get_by_role("button", name="Put it back for others").tap()
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 2)
    # The phone goes back to the floor by itself, perhaps a moment after it has kept the step.
    expect(greeted(page)).to_be_visible()
    open_view(page, live, "held")
    page.get_by_role("button", name="Mine, send").tap()
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 0)
    assert kept(page, "refused") == []
    assert len(on_the_books(live, alex)) == 1


def test_a_sixth_in_hand_is_told_to_be_everybodys(page: Page, live: Live, world: World) -> None:
    enrol(page, live, world)
    for what in ("Directions", "Seats", "Cleaning", "Access", "Tickets", "Other"):
        page.get_by_role("button", name=what, exact=True).tap()
        expect(page.locator(".hands")).to_contain_text(what)
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 0)
    page.get_by_role("link", name="1 not taken").tap()
    expect(page.get_by_text("Five in hand are the most")).to_be_visible()


@pytest.mark.parametrize("what", ["greeting", "request"])
def test_what_came_after_the_season_is_told(
    page: Page, live: Live, world: World, what: str
) -> None:
    def late(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for one in body["results"]:
            one["result"] |= {"outcome": "season_closed", "points": 0}
            if one["result"]["request"]:
                one["result"]["request"] |= {"status": "season_closed", "owner_id": None}
        route.fulfill(response=answer, json=body)

    enrol(page, live, world)
    page.route("**/v1/sync", late)
    if what == "greeting":
        greeted(page).tap()
    else:
        page.get_by_role("button", name="Seats", exact=True).tap()
    waiting(page, 1)
    page.clock.run_for(A_MOMENT_MS)
    waiting(page, 0)
    (told,) = kept(page, "refused")
    assert (told["code"], told["unpaid"]) == ("season-closed", True)
    page.get_by_role("link", name="1 not taken").tap()
    expect(page.get_by_text("The season is closed")).to_be_visible()


def test_nobody_is_said_to_have_a_call_for_safety_before_they_do(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world)
    open_view(page, live, "safety")
    button = page.get_by_role("button", name=SAFETY).or_(page.get_by_role("link", name=SAFETY))
    expect(button).to_be_visible()
    phone.set_offline(True)
    button.tap()
    expect(page.locator(".said")).to_contain_text("Call now.")
    waiting(page, 2)
    phone.set_offline(False)
    expect(page.locator(".said")).to_have_text("The command centre has it now")


def test_whoever_has_no_post_says_where_it_is_first(page: Page, live: Live, world: World) -> None:
    with live.app.app_context(), transaction() as session:
        president = make_employee(
            session, world.evening.arena, name="Vic President", pay_basis=PayBasis.SALARIED
        )
    held_back = []

    def hold_back(route: Route) -> None:
        held_back.append(route)

    page.route("**/v1/venues/*", hold_back, times=1)
    enrol(page, live, world, president)
    expect(page.get_by_label("Where are you?")).to_be_visible()
    open_view(page, live, "safety")
    where = page.get_by_label("Where are you?")
    expect(where).to_be_visible()
    button = page.get_by_role("button", name=SAFETY).or_(page.get_by_role("link", name=SAFETY))
    button.tap()
    expect(page.locator(".said")).to_contain_text("Say where you are")
    assert kept(page, "queue") == []
    held_back[0].continue_()
    where.select_option("101")
    expect(where).to_have_value(str(world.evening.arena.section_id))
    button.tap()
    expect(page.locator(".said")).to_have_text("The command centre has it now")
    assert kept(page, "refused") == []


def test_where_nothing_is_on_nobody_is_asked_where_they_are(
    page: Page, live: Live, world: World
) -> None:
    def nothing_on(route: Route) -> None:
        route.fulfill(json={"event": None, "post": None, "zone": None, "shift": None})

    page.route("**/v1/me/duty*", nothing_on)
    enrol(page, live, world)
    expect(page.locator(".who")).to_contain_text("No event")
    open_view(page, live, "safety")
    expect(page.get_by_label("Where are you?")).to_have_count(0)
    button = page.get_by_role("button", name=SAFETY).or_(page.get_by_role("link", name=SAFETY))
    button.tap()
    expect(greeted(page)).to_be_visible()


def test_a_call_for_safety_without_a_pin_is_not_said_to_go_out(
    phone: BrowserContext, page: Page, live: Live, world: World
) -> None:
    enrol(page, live, world, world.evening.alex)
    turn_over(page, live)
    phone.set_offline(True)
    enter_pin(page, "Alex Usher")
    page.get_by_role("button", name="Go on without PIN").tap()
    expect(greeted(page)).to_be_visible()
    page.get_by_role("link", name="Safety or health").tap()
    button = page.get_by_role("button", name=SAFETY).or_(page.get_by_role("link", name=SAFETY))
    button.tap()
    expect(page.locator(".said")).to_contain_text("only after your PIN")
