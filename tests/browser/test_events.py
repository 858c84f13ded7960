"""HR's events in a browser: a roster comes as a file, a shift goes again, people are counted."""

import re
from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from backend.foundation import clock
from backend.foundation.db import transaction
from backend.identity.queries import get_employee
from tests.browser.conftest import Live
from tests.browser.visits import go, look, sign_in_to_console
from tests.browser.world import World
from tests.factories import make_employee

HEAD = "event_code,badge_number,zone_code,post_code,starts_at,ends_at\n"


@pytest.fixture
def desk(live: Live, world: World, desks: Callable[[], Page]) -> Page:
    page = desks()
    sign_in_to_console(page, live, world.email, world.totp)
    return page


def roster(world: World, *, post: str) -> str:
    """Return the row of somebody who comes for the next hour, and has done nothing yet."""
    with world.app.app_context(), transaction() as session:
        who = make_employee(session, world.evening.arena, name="Finn Free")
        badge = get_employee(
            session, organisation_id=who.organisation_id, employee_id=who.employee_id
        ).badge_number
    start = clock.now().astimezone(ZoneInfo("America/New_York"))
    times = (at.isoformat(timespec="minutes") for at in (start, start + timedelta(hours=1)))
    return f"2026-11-21,{badge},G1,{post},{','.join(times)}\n"


def take(desk: Page, content: str) -> None:
    file = {"name": "roster.csv", "mimeType": "text/csv", "buffer": (HEAD + content).encode()}
    desk.get_by_label("CSV, in UTF-8").set_input_files(file)  # type: ignore[arg-type]
    desk.get_by_role("button", name="Import").click()


def test_an_evening_is_staffed_and_counted(desk: Page, world: World) -> None:
    row = roster(world, post="G1-1")
    go(desk, "Events")
    look(desk, "events")
    desk.get_by_role("link", name="Import shifts").click()
    take(desk, row.replace("G1-1", "G1-9"))
    expect(desk.get_by_role("alert")).to_contain_text("Nothing was imported.")
    expect(desk.get_by_role("row", name=re.compile("post_code"))).to_be_visible()
    look(desk, "import-refused")
    take(desk, row)
    expect(desk.get_by_role("status")).to_contain_text("1 row read: 1 added")

    go(desk, "Events")
    desk.get_by_role("link", name="Home against Away").click()
    desk.get_by_label("Name, badge, post or zone").fill("finn")
    desk.get_by_role("button", name="Show").click()
    finn = desk.get_by_role("row", name=re.compile("Finn Free"))
    finn.get_by_text("Take away…").click()
    look(desk, "event")
    finn.get_by_label("Why it was a mistake").fill("Another Finn was meant.")
    finn.get_by_role("button", name="Take it away").click()
    expect(desk.get_by_role("status")).to_contain_text("Taken away. The employee is told.")
    expect(desk.get_by_role("row", name=re.compile("Alex Usher"))).to_be_visible()
    expect(finn).to_have_count(0)

    for said, answer in (("many", "Nothing was changed."), ("18000", "The greeted share goes")):
        desk.get_by_label("People through the gates").fill(said)
        desk.get_by_role("button", name="Keep").click()
        expect(desk.locator("[role=alert], [role=status]")).to_contain_text(answer)
    go(desk, "The programme")
    expect(desk.get_by_text("of 18,000 through the gates").first).to_be_visible()
