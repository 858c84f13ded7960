"""HR takes a board along: the one-time code once more, and then a file."""

import csv
from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import select

from backend.foundation import clock
from backend.foundation.db import reading
from backend.identity.models import Employee
from tests.browser.conftest import Live
from tests.browser.visits import judge, sign_in_to_console
from tests.browser.world import World
from tests.web.crews import make_crew

WIDTHS = (360, 768, 1280)


def code_of_sign_in(live: Live, world: World) -> str:
    """Return the code that signed HR in, which that of the moment need not be any more."""
    with live.app.app_context(), reading() as session:
        step = session.scalars(
            select(Employee.totp_last_step).where(Employee.id == world.hr.employee_id)
        ).one()
    assert step is not None
    return world.totp.generate_otp(step)


def test_a_board_is_taken_along_with_a_code_that_was_not_used_yet(
    live: Live, world: World, desks: Callable[[], Page]
) -> None:
    make_crew(world, people=55)
    page = desks()
    sign_in_to_console(page, live, world.email, world.totp)
    used = code_of_sign_in(live, world)
    page.goto(f"{live.url}/hr/boards?search=usher&sort=name&order=raw")
    page.get_by_role("link", name="Download this board").click()
    expect(page.get_by_role("heading", name="Download the board")).to_be_visible()
    judge(page, *WIDTHS)
    page.get_by_label("One-time code").fill(used)
    page.get_by_role("button", name="Download CSV").click()
    expect(page.get_by_role("alert")).to_contain_text("This is not right")
    judge(page, *WIDTHS)
    # The next code, which is taken already: nobody waits for half a minute.
    page.get_by_label("One-time code").fill(world.totp.at(clock.now() + timedelta(seconds=30)))
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download CSV").click()
    assert downloading.value.suggested_filename.endswith(".csv")
    with open(downloading.value.path(), newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names == ["Alex Usher", *(f"Usher {n:02}" for n in range(55))]
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download Excel").click()
    assert downloading.value.suggested_filename.endswith(".xlsx")
    page.goto(page.url)
    expect(page.get_by_text("no other is asked for")).to_be_visible()
    judge(page, *WIDTHS)
    page.get_by_role("link", name="Back").click()
    expect(page.get_by_label("Name or badge")).to_have_value("usher")
