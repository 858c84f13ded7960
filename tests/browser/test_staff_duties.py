"""What is not served at the post: the command centre's matters, and what an event leaves over."""

from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select, update

from backend.engagement.models import Request, RequestFollowUp, RequestStep
from backend.engagement.rules import Moment, Status, Step
from backend.engagement.services import follow_ups
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.notify.messages import MessageKind
from backend.venues.models import Venue
from tests.browser.conftest import Live
from tests.browser.staff import choose_pin, greeted, leads, open_view, waiting
from tests.engagement.bowls import Bowl, committed_bowl, goes, told
from tests.identity.people import issue_code

NUMBER = "+1 215 555 0100"


@pytest.fixture
def bowl(live: Live) -> Bowl:
    bowl = committed_bowl(live.app, now=clock.now())
    with live.app.app_context(), transaction() as session:
        known = update(Venue).where(Venue.id == bowl.arena.venue_id)
        session.execute(known.values(command_centre_phone=NUMBER))
    return bowl


def arrive(page: Page, live: Live, who: Actor) -> None:
    page.goto(f"{live.url}/app#enrol={issue_code(live.app, who)}")
    choose_pin(page)


def in_hand(live: Live, bowl: Bowl, who: Actor) -> UUID:
    with live.app.app_context(), transaction() as session:
        return goes(session, bowl, who, moment=Moment.present(clock.now())).id


def safety_steps(live: Live, bowl: Bowl) -> list[tuple[Status, str]]:
    """Return what went to the command centre: how it stands, and the concern."""
    with live.app.app_context(), reading() as session:
        rows = session.execute(
            select(Request.status, RequestStep.detail)
            .join(RequestStep, RequestStep.request_id == Request.id)
            .where(Request.organisation_id == bowl.organisation_id, RequestStep.step == Step.SAFETY)
        )
        return [(status, detail["concern"]) for status, detail in rows]


def test_one_tap_calls_the_command_centre_and_hands_the_request_over(
    page: Page, live: Live, bowl: Bowl
) -> None:
    in_hand(live, bowl, bowl.casey)
    arrive(page, live, bowl.casey)
    page.get_by_role("link", name="More for Seats").tap()
    page.get_by_role("link", name="Safety or health").tap()
    call = page.get_by_role("link", name="Somebody needs medical help")
    expect(call).to_have_attribute("href", "tel:+12155550100")
    expect(call).to_contain_text(f"Calls {NUMBER}")
    call.tap()
    expect(page.locator(".said")).to_have_text("The command centre has it now")
    expect(page.locator(".hands li:not(.cover)")).to_have_count(0)
    waiting(page, 0)
    assert safety_steps(live, bowl) == [(Status.CANCELLED, "medical")]
    with live.app.app_context(), reading() as session:
        assert told(session, bowl.robin, MessageKind.SAFETY_HANDED_OVER)
    expect(page.locator(".tonight strong")).to_have_text("0")


def test_without_a_network_the_number_is_there_and_the_matter_is_told_later(
    phone: BrowserContext, page: Page, live: Live, bowl: Bowl
) -> None:
    arrive(page, live, bowl.casey)
    leads(page)
    open_view(page, live, "safety")
    expect(page.get_by_role("link", name="Somebody is in danger")).to_be_visible()
    open_view(page, live, "floor")
    expect(page.locator(".who .soft")).to_have_text("Aisle A")
    phone.set_offline(True)
    page.reload()
    page.get_by_role("link", name="Safety or health").tap()
    page.get_by_role("link", name="Somebody is in danger").tap()
    waiting(page, 2)
    assert safety_steps(live, bowl) == []
    phone.set_offline(False)
    waiting(page, 0)
    assert safety_steps(live, bowl) == [(Status.CANCELLED, "safety")]


def left_over(live: Live, bowl: Bowl, who: Actor) -> UUID:
    """Let the event end with something of ``who`` undone; return the request's id."""
    request_id = in_hand(live, bowl, who)
    with live.app.app_context():
        follow_ups.name_owners(now=clock.now() + timedelta(hours=3))
    return request_id


def test_what_an_event_left_over_is_listed_with_its_deadline_and_done(
    page: Page, live: Live, bowl: Bowl
) -> None:
    request_id = left_over(live, bowl, bowl.casey)
    arrive(page, live, bowl.casey)
    page.get_by_role("link", name="1 fan waits for you: until").tap()
    expect(page.locator("li.work")).to_contain_text("Seats")
    page.get_by_role("link", name="See to it: Seats").tap()
    page.get_by_role("button", name="The fan was called or written to").tap()
    expect(page.get_by_text("Nothing is left over.")).to_be_visible()
    with live.app.app_context(), reading() as session:
        row = session.get_one(RequestFollowUp, (bowl.organisation_id, request_id))
        assert (row.done_by, row.note) == (
            bowl.casey.employee_id,
            "The fan was called or written to",
        )
    open_view(page, live, "floor")
    expect(greeted(page)).to_be_visible()
    expect(page.get_by_role("link", name="1 fan waits")).to_have_count(0)


def test_a_late_one_is_said_to_be_late_and_nothing_is_written_without_a_network(
    phone: BrowserContext, page: Page, live: Live, bowl: Bowl
) -> None:
    request_id = left_over(live, bowl, bowl.casey)
    with live.app.app_context(), transaction() as session:
        row = session.get_one(RequestFollowUp, (bowl.organisation_id, request_id))
        row.due_at = clock.now() - timedelta(hours=1)
    arrive(page, live, bowl.casey)
    open_view(page, live, "inbox")
    message = "Something from the event is yours to see to within a day."
    page.get_by_role("link", name=message).tap()
    expect(page.locator("li.work")).to_contain_text("late since")
    page.get_by_role("link", name="See to it: Seats").tap()
    phone.set_offline(True)
    page.get_by_label("Or in your words").fill("Sent a new ticket")
    page.get_by_role("button", name="It is done").tap()
    expect(page.locator(".said")).to_contain_text("nothing is written down yet")
    phone.set_offline(False)
    page.get_by_role("button", name="It is done").tap()
    expect(page.get_by_text("Nothing is left over.")).to_be_visible()
