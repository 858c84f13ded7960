"""HR finds somebody at a desk, reads their story, hands out a slip, and takes in a list."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import Page, expect

from backend.engagement.rules import Moment
from backend.engagement.services import ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from tests.browser.conftest import Live
from tests.browser.visits import judge, sign_in_to_console
from tests.browser.world import World
from tests.engagement.stories import resolved
from tests.engagement.suspects import phone
from tests.identity.people import enrol
from tests.web.crews import make_crew
from tests.web.wishes import ask

DESKS = (768, 1280)


@pytest.fixture
def desk(live: Live, world: World, desks: Callable[[], Page]) -> Page:
    page = desks()
    sign_in_to_console(page, live, world.email, world.totp)
    return page


def hold_a_rating(world: World, who: Actor) -> None:
    now = clock.now()
    with world.app.app_context(), transaction() as session:
        code = resolved(session, who, moment=Moment.present(now)).code
        ratings.receive(
            session, code=code, given=GivenAnswer(stars=5), sighting=phone(staff=True), now=now
        )


def find(desk: Page, name: str) -> None:
    """Go to somebody by the menu, the search and the list."""
    desk.get_by_role("navigation", name="Console").get_by_role("link", name="People").click()
    desk.get_by_label("Name or badge").fill(name)
    desk.get_by_role("button", name="Show").click()
    desk.get_by_role("region", name="People").get_by_role("link", name=name).click()
    expect(desk.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_somebody_is_found_and_their_story_is_read(desk: Page, world: World) -> None:
    make_crew(world, people=55)
    alex = world.evening.alex
    ask(world, alex, days_ago=1)
    hold_a_rating(world, alex)
    enrol(world.app, alex)
    desk.get_by_role("navigation", name="Console").get_by_role("link", name="People").click()
    table = desk.get_by_role("region", name="People, as a table")
    expect(table.get_by_role("row")).to_have_count(51)
    judge(desk, *DESKS)
    desk.get_by_role("link", name="Next").click()
    expect(table.get_by_role("row").nth(1)).to_be_visible()
    find(desk, "Alex Usher")
    story = desk.get_by_role("region", name="Timeline, as a table")
    expect(story.get_by_text("Dinner: asked for")).to_be_visible()
    expect(story.get_by_text("Waits for a person")).to_be_visible()
    expect(desk.get_by_text("It came from a phone that staff use.")).to_be_visible()
    judge(desk, *DESKS)
    desk.get_by_role("link", name="Ratings", exact=True).click()
    expect(story.get_by_role("row")).to_have_count(8)
    story.get_by_role("link", name="Rated 2 of 5").click()
    expect(desk.get_by_role("heading", name="Every step")).to_be_visible()


def test_an_account_is_ended_and_a_phone_taken_back(desk: Page, world: World) -> None:
    casey = world.evening.casey
    enrol(world.app, casey)
    find(desk, "Casey Stands")
    desk.get_by_label("Last day of work").fill(str(clock.now().date() + timedelta(days=9)))
    desk.get_by_role("button", name="Set the last day").click()
    expect(desk.get_by_role("status")).to_have_text("The last day was said.")
    desk.get_by_role("button", name="Revoke My phone").click()
    expect(desk.get_by_role("status")).to_contain_text("Revoked.")
    desk.get_by_text("Deactivate…").click()
    judge(desk, *DESKS)
    desk.get_by_role("button", name="Deactivate Casey Stands").click()
    expect(desk.get_by_role("heading", name="Deactivated")).to_be_visible()
    judge(desk, *DESKS)


def test_a_slip_is_scanned_printed_and_gone_when_it_was_left(
    live: Live, desk: Page, world: World, tmp_path: Path
) -> None:
    find(desk, "Blair Gates")
    desk.get_by_role("button", name="Make an enrolment slip").click()
    slip = desk.get_by_role("article")
    expect(slip.get_by_text("Blair Gates")).to_be_visible()
    code = slip.locator(".code").inner_text().replace("\u202f", "")
    picture = tmp_path / "slip.png"
    slip.screenshot(path=picture)
    [scanned] = zxingcpp.read_barcodes(Image.open(picture))
    assert scanned.text == f"{live.url}/app#enrol={code}"
    judge(desk, *DESKS)
    desk.emulate_media(media="print")
    expect(slip).to_be_visible()
    for hidden in (
        desk.get_by_role("navigation", name="Console"),
        desk.get_by_role("button", name="Print"),
        desk.get_by_role("heading", name="Enrolment slip: Blair Gates"),
    ):
        expect(hidden).to_be_hidden()
    desk.emulate_media(media="screen")
    # What a browser keeps of a page for the way back is as the page was after this.
    desk.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(desk.get_by_text("its code is no longer shown")).to_be_visible()
    assert code[:5] not in desk.content()
    desk.get_by_role("link", name="Back to Blair Gates").click()
    expect(desk.get_by_role("heading", name="Blair Gates", exact=True)).to_be_visible()


def test_a_list_is_refused_row_by_row_and_then_taken(desk: Page, world: World) -> None:
    header = "badge_number,name,department,employment_kind,pay_basis,roles\n"
    desk.get_by_role("navigation", name="Console").get_by_role("link", name="People").click()
    desk.get_by_role("link", name="Import a list").click()

    def send(rows: str) -> None:
        desk.get_by_label("CSV, in UTF-8").set_input_files(
            {"name": "people.csv", "mimeType": "text/csv", "buffer": (header + rows).encode()}
        )
        desk.get_by_role("button", name="Import").click()

    send("W-1,Wanda,Parking,temp,hourly,\nW-2,Will,Parking,king,hourly,\n")
    expect(desk.get_by_role("row").nth(1)).to_contain_text("employment_kind")
    judge(desk, *DESKS)
    send("W-1,Wanda,Parking,temp,hourly,\nW-2,Will,Parking,temp,hourly,\n")
    expect(desk.get_by_role("status")).to_contain_text("2 added")
    judge(desk, *DESKS)
