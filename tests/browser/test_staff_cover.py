"""The staff phone and posts that were left: asked, standing in, relieved, and back again."""

import re
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from backend.engagement.rules import Moment
from backend.engagement.services import covers, reliefs, requests
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from tests.browser.conftest import Live
from tests.browser.screens import LANGUAGES, judged, speak
from tests.browser.staff import another_phone, enrol_somebody, greeted, kept, open_view
from tests.engagement.bowls import Bowl, committed_bowl, covers_of, goes

AISLE = "Aisle A, 101"


@pytest.fixture
def bowl(live: Live) -> Bowl:
    return committed_bowl(live.app, now=clock.now())


def leaves(live: Live, bowl: Bowl, who: Actor) -> UUID:
    """Let ``who`` leave their post for a request at the gate; return the request's id."""
    with live.app.app_context(), transaction() as session:
        return goes(session, bowl, who, moment=Moment.present(clock.now())).id


def comes_back(live: Live, who: Actor, request_id: UUID) -> None:
    with live.app.app_context(), transaction() as session:
        moment = Moment.present(clock.now())
        requests.release(session, actor=who, request_id=request_id, moment=moment)


def covered_by(live: Live, bowl: Bowl) -> UUID | None:
    with live.app.app_context(), reading() as session:
        (cover,) = covers_of(session, bowl)
        return cover.covered_by


def look(page: Page, live: Live) -> None:
    """Look at the floor anew."""
    open_view(page, live, "points")
    open_view(page, live, "floor")


def test_who_is_asked_stands_in_with_one_tap_and_learns_who_is_back(
    page: Page, chromium: Browser, live: Live, bowl: Bowl
) -> None:
    enrol_somebody(page, live, bowl.dana)
    request_id = leaves(live, bowl, bowl.casey)
    look(page, live)
    line = page.locator("li.cover")
    expect(line).to_contain_text(f"{AISLE} is empty")
    expect(line).to_contain_text("Casey Stands is away helping")
    page.get_by_role("button", name=f"I stand in: {AISLE}").tap()
    expect(line).to_contain_text(f"You stand in: {AISLE}")
    assert covered_by(live, bowl) == bowl.dana.employee_id
    with another_phone(chromium) as (_, other):
        enrol_somebody(other, live, bowl.casey)
        expect(other.locator("li.cover")).to_contain_text(f"Your post: {AISLE}")
        expect(other.locator("li.cover")).to_contain_text("Dana Stands stands in.")
    comes_back(live, bowl.casey, request_id)
    look(page, live)
    expect(line).to_contain_text(f"Casey Stands is back: {AISLE}")
    page.reload()
    expect(line).to_contain_text("You are free since")
    page.get_by_role("button", name="OK", exact=True).tap()
    expect(line).to_have_count(0)


def test_the_relief_that_a_supervisor_sends_arrives_and_leads_to_the_post(
    page: Page, live: Live, bowl: Bowl
) -> None:
    enrol_somebody(page, live, bowl.ellis)
    request_id = leaves(live, bowl, bowl.casey)
    with live.app.app_context(), transaction() as session:
        reliefs.send(
            session,
            actor=bowl.robin,
            post_id=bowl.posts["101"],
            employee_id=bowl.ellis.employee_id,
            now=clock.now(),
        )
    open_view(page, live, "inbox")
    message = page.get_by_role("link", name=re.compile("You are asked to relieve a post."))
    message.tap()
    expect(page.get_by_role("heading", name=AISLE)).to_be_visible()
    page.get_by_role("button", name="I stand in", exact=True).tap()
    expect(page.locator("main")).to_contain_text("For Casey Stands, since")
    assert covered_by(live, bowl) == bowl.ellis.employee_id
    page.get_by_role("button", name="Stop", exact=True).tap()
    expect(page.locator(".said")).to_contain_text("You no longer stand in")
    assert covered_by(live, bowl) is None
    comes_back(live, bowl.casey, request_id)
    open_view(page, live, "inbox")
    message.tap()
    expect(page.locator("main")).to_contain_text("Nobody is needed there any more.")
    open_view(page, live, "floor")
    expect(page.locator("li.cover")).to_have_count(0)


@pytest.mark.holds_up_requests
def test_whoever_taps_second_is_told_that_a_colleague_is_there(
    page: Page, live: Live, bowl: Bowl
) -> None:
    def be_second(route: Route) -> None:
        with live.app.app_context(), transaction() as session:
            (cover,) = covers_of(session, bowl)
            covers.take(session, actor=bowl.ellis, cover_id=cover.id, now=clock.now())
        route.continue_()

    enrol_somebody(page, live, bowl.dana)
    leaves(live, bowl, bowl.casey)
    look(page, live)
    button = page.get_by_role("button", name=f"I stand in: {AISLE}")
    expect(button).to_be_visible()
    page.route("**/v1/covers/*/take", be_second)
    button.tap()
    expect(page.locator(".said")).to_have_text("A colleague stands in there already.")
    expect(page.locator("li.cover")).to_have_count(0)
    assert covered_by(live, bowl) == bowl.ellis.employee_id


def test_standing_in_is_not_kept_for_later(
    phone: BrowserContext, page: Page, live: Live, bowl: Bowl
) -> None:
    enrol_somebody(page, live, bowl.dana)
    leaves(live, bowl, bowl.casey)
    look(page, live)
    button = page.get_by_role("button", name=f"I stand in: {AISLE}")
    expect(button).to_be_visible()
    phone.set_offline(True)
    button.tap()
    expect(page.locator(".said")).to_contain_text("No network.")
    assert kept(page, "queue") == []
    phone.set_offline(False)
    button.tap()
    expect(page.locator("li.cover")).to_contain_text(f"You stand in: {AISLE}")


@pytest.mark.parametrize("language", LANGUAGES)
def test_posts_that_were_left_are_accessible_and_large_enough_for_a_thumb(
    page: Page, live: Live, bowl: Bowl, language: str
) -> None:
    leaves(live, bowl, bowl.casey)
    leaves(live, bowl, bowl.finn)
    with live.app.app_context(), transaction() as session:
        first, second = covers_of(session, bowl)
        covers.take(session, actor=bowl.dana, cover_id=first.id, now=clock.now())
        second.asked_id, second.asked_at = bowl.dana.employee_id, clock.now()
        ids = [first.id, second.id]
    enrol_somebody(page, live, bowl.dana)
    expect(greeted(page)).to_be_visible()
    speak(page, live, language)
    screens = ["floor", *(f"cover/{one}" for one in ids)]
    shows = {"floor": "li.cover", "cover": ".choices button"}
    assert judged(page, live, group="covers", screens=screens, shows=shows) == {}
