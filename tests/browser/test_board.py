"""The supervisors' board in a real browser: who is missing, one tap for relief, and axe."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import update

from backend.engagement.queries.covers import list_open_of
from backend.engagement.rules import Moment
from backend.engagement.services import covers, requests
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.models import Device
from backend.identity.queries import get_employee
from backend.notify.messages import MessageKind
from tests.browser.axe import violations
from tests.browser.conftest import Live
from tests.browser.staff import choose_pin
from tests.browser.world import World, make_world
from tests.engagement.bowls import Bowl, committed_bowl, covers_of, goes, told
from tests.engagement.stories import opened
from tests.identity.people import PASSWORD, PIN, issue_code

WIDTHS = (412, 1280)
# The board looks every five seconds.
SOON = 20_000
SCHEMES: tuple[Any, ...] = ("light", "dark")


@pytest.fixture
def bowl(live: Live) -> Bowl:
    return committed_bowl(live.app, now=clock.now())


def enter(page: Page, live: Live, who: Actor) -> None:
    page.goto(f"{live.url}/board")
    page.get_by_label("Enrolment code").fill(issue_code(live.app, who))
    page.get_by_label("Your new PIN").fill(PIN)
    page.get_by_role("button", name="Enrol this device").click()


def sign_in(page: Page, live: Live, who: Actor) -> None:
    with live.app.app_context(), reading() as session:
        named = {"organisation_id": who.organisation_id, "employee_id": who.employee_id}
        badge = get_employee(session, **named).badge_number
    page.get_by_label("Badge number").fill(badge)
    page.get_by_label("PIN", exact=True).fill(PIN)
    page.get_by_role("button", name="Sign in").click()


def leaves(live: Live, bowl: Bowl, who: Actor) -> UUID:
    """Let ``who`` leave their post for a request at the gate; return the request's id."""
    with live.app.app_context(), transaction() as session:
        return goes(session, bowl, who, moment=Moment.present(clock.now())).id


def as_it_is_seen(page: Page, check: Callable[[], None]) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 915})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            check()


def test_a_supervisor_sees_who_is_missing_and_sends_relief_with_one_tap(
    page: Page, live: Live, bowl: Bowl
) -> None:
    enter(page, live, bowl.robin)
    expect(page.get_by_role("heading", name="Home against Away")).to_be_visible()
    expect(page.get_by_text("Every post has somebody.")).to_be_visible()
    expect(page.get_by_text("Nobody is waiting.")).to_be_visible()
    request_id = leaves(live, bowl, bowl.casey)
    with live.app.app_context(), transaction() as session:
        opened(session, bowl.blair, moment=Moment.present(clock.now()))
    missing = page.locator("#missing")
    expect(missing).to_contain_text("Casey Stands is helping: Seats", timeout=SOON)
    expect(missing).to_contain_text("Dana Stands was asked")
    expect(page.locator("#waiting")).to_contain_text("Seats · Gate 1 · 12")
    expect(page.locator("#counts .uncovered")).to_contain_text("1")

    def check() -> None:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    as_it_is_seen(page, check)
    page.get_by_role("button", name="Send relief to Aisle A, 101").click()
    expect(page.locator("#said")).to_contain_text(re.compile("was asked to go to Aisle A"))
    with live.app.app_context(), reading() as session:
        (cover,) = covers_of(session, bowl)
        sent, cover_id = cover.asked_id, cover.id
    assert sent != bowl.dana.employee_id
    with live.app.app_context(), transaction() as session:
        covers.take(session, actor=bowl.ellis, cover_id=cover_id, now=clock.now())
    helping = page.locator("#map .helping")
    expect(helping).to_contain_text("Helping, covered", timeout=SOON)
    expect(helping).to_contain_text("Ellis Stands stands in")
    expect(page.get_by_text("Every post has somebody.")).to_be_visible()
    as_it_is_seen(page, check)
    with live.app.app_context(), transaction() as session:
        requests.release(
            session,
            actor=bowl.casey,
            request_id=request_id,
            moment=Moment.present(clock.now()),
        )
        owned = {"organisation_id": bowl.organisation_id}
        assert list_open_of(session, **owned, employee_id=bowl.casey.employee_id) == []
    expect(helping).to_have_count(0, timeout=SOON)


def lose(route: Route) -> None:
    assert route.fetch().status == 200
    route.abort()


def reliefs_of(live: Live, bowl: Bowl) -> int:
    crew = (bowl.dana, bowl.ellis, bowl.finn, bowl.alex, bowl.blair)
    with live.app.app_context(), reading() as session:
        return len(told(session, crew, MessageKind.RELIEF_SENT))


def test_relief_whose_answer_was_lost_is_sent_once(page: Page, live: Live, bowl: Bowl) -> None:
    page.clock.install()
    leaves(live, bowl, bowl.casey)
    enter(page, live, bowl.robin)
    button = page.get_by_role("button", name="Send relief to Aisle A, 101")
    page.route("**/relief", lose, times=1)
    button.click()
    expect(page.locator("#said")).to_contain_text("No connection.")
    page.clock.run_for(2_500)
    button.click()
    expect(page.locator("#said")).to_contain_text(re.compile("was asked to go to Aisle A"))
    assert reliefs_of(live, bowl) == 1


def test_a_post_that_is_left_again_gets_relief_of_its_own(
    page: Page, live: Live, bowl: Bowl
) -> None:
    request_id = leaves(live, bowl, bowl.casey)
    enter(page, live, bowl.robin)
    button = page.get_by_role("button", name="Send relief to Aisle A, 101")
    page.route("**/relief", lose, times=1)
    button.click()
    expect(page.locator("#said")).to_contain_text("No connection.")
    with live.app.app_context(), transaction() as session:
        moment = Moment.present(clock.now())
        requests.release(session, actor=bowl.casey, request_id=request_id, moment=moment)
    expect(page.get_by_text("Every post has somebody.")).to_be_visible(timeout=SOON)
    leaves(live, bowl, bowl.casey)
    expect(button).to_be_visible(timeout=SOON)
    button.click()
    expect(page.locator("#said")).to_contain_text(re.compile("was asked to go to Aisle A"))
    assert reliefs_of(live, bowl) == 2


def test_relief_that_is_still_under_way_keeps_its_key(page: Page, live: Live, bowl: Bowl) -> None:
    keys = []

    def hold(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        problem = {"type": "/problems/still-running", "title": "It is still running."}
        route.fulfill(status=409, content_type="application/problem+json", json=problem)

    page.clock.install()
    leaves(live, bowl, bowl.casey)
    enter(page, live, bowl.robin)
    button = page.get_by_role("button", name="Send relief to Aisle A, 101")
    page.route("**/relief", hold)
    for number in (1, 2):
        button.click()
        expect(page.locator("#said")).to_contain_text("still running")
        page.clock.run_for(2_500)
        assert len(keys) == number
    assert keys[0] == keys[1]


def test_the_focus_stays_where_it_was_when_the_board_is_written_anew(
    page: Page, live: Live, bowl: Bowl
) -> None:
    leaves(live, bowl, bowl.casey)
    enter(page, live, bowl.robin)
    button = page.get_by_role("button", name="Send relief to Aisle A, 101")
    button.focus()
    leaves(live, bowl, bowl.finn)
    expect(page.locator("#missing li")).to_have_count(2, timeout=SOON)
    expect(button).to_be_focused()


def test_every_target_of_the_board_is_large(page: Page, live: Live, bowl: Bowl) -> None:
    leaves(live, bowl, bowl.casey)
    enter(page, live, bowl.robin)
    expect(page.locator("#missing button")).to_have_count(1)
    for target in page.locator("#board button:visible").all():
        box = target.bounding_box()
        assert box
        assert box["height"] >= 48


def test_nothing_changed_is_answered_without_a_body(page: Page, live: Live, bowl: Bowl) -> None:
    statuses: list[int] = []
    page.on(
        "response",
        lambda answer: statuses.append(answer.status) if "coverage" in answer.url else None,
    )
    enter(page, live, bowl.robin)
    with page.expect_response(lambda answer: "coverage" in answer.url and answer.status == 304):
        pass
    assert statuses == [200, 304]


def test_the_board_is_for_supervisors(page: Page, live: Live, bowl: Bowl) -> None:
    page.goto(f"{live.url}/board")
    for way in ("Badge and PIN", "E-mail and password", "Enrolment code"):
        page.get_by_role("button", name=way).click()
        assert violations(page) == []
    enter(page, live, bowl.casey)
    expect(page.locator("#said")).to_contain_text("The board is for supervisors.")
    expect(page.locator("#board")).to_be_hidden()


def test_who_signs_out_comes_back_by_badge_and_pin(page: Page, live: Live, bowl: Bowl) -> None:
    enter(page, live, bowl.robin)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Badge number")).to_be_visible()
    assert page.evaluate("sessionStorage.length") == 0


def test_a_phone_that_staff_enrolled_needs_no_second_code(
    page: Page, live: Live, bowl: Bowl
) -> None:
    page.goto(f"{live.url}/app#enrol={issue_code(live.app, bowl.robin)}")
    choose_pin(page)
    page.goto(f"{live.url}/board")
    sign_in(page, live, bowl.robin)
    expect(page.get_by_role("heading", name="Home against Away")).to_be_visible()


def test_a_device_that_was_enrolled_for_the_board_is_known_to_the_staff_page(
    page: Page, live: Live, bowl: Bowl
) -> None:
    enter(page, live, bowl.robin)
    expect(page.get_by_role("heading", name="Home against Away")).to_be_visible()
    page.goto(f"{live.url}/app")
    expect(page.get_by_label("Badge number")).to_be_visible()
    assert page.evaluate("localStorage.length") == 0


def test_an_enrolment_that_hr_has_ended_is_forgotten(page: Page, live: Live, bowl: Bowl) -> None:
    enter(page, live, bowl.robin)
    page.get_by_role("button", name="Sign out").click()
    with live.app.app_context(), transaction() as session:
        theirs = Device.organisation_id == bowl.organisation_id
        session.execute(update(Device).where(theirs).values(revoked_at=clock.now()))
    sign_in(page, live, bowl.robin)
    expect(page.get_by_label("Enrolment code")).to_be_visible()
    expect(page.get_by_label("Badge number")).to_be_hidden()


def test_hr_looks_at_it_from_the_desk(page: Page, live: Live) -> None:
    world: World = make_world(live.app)
    page.goto(f"{live.url}/board")
    page.get_by_role("button", name="E-mail and password").click()
    page.get_by_label("E-mail").fill(world.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time code").fill(world.totp.at(clock.now()))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="All posts")).to_be_visible()
