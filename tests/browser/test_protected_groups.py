"""HR imports protected groups, compares them, and deletes them with one press."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select

from backend.foundation import clock
from backend.foundation.db import reading
from backend.identity.models import Employee
from tests.browser.conftest import Live
from tests.browser.visits import judge, sign_in_to_console
from tests.browser.world import World
from tests.identity.groups import HEADER
from tests.web.crews import make_departments

WIDTHS = (360, 768, 1280)


def file_of(world: World, *more: str) -> FilePayload:
    with world.app.app_context(), reading() as session:
        mine = Employee.organisation_id == world.evening.organisation_id
        people = session.execute(select(Employee.badge_number, Employee.name).where(mine)).all()
    groups = {"Gates": "40 or over", "Parking": "under 40"}
    rows = [
        f"{badge},{groups[name.split()[0]]}" for badge, name in people if name.split()[0] in groups
    ]
    content = "\n".join((HEADER, *rows, *more)).encode()
    return FilePayload(name="groups.csv", mimeType="text/csv", buffer=content)


def test_groups_are_imported_compared_and_deleted(
    live: Live, world: World, desks: Callable[[], Page]
) -> None:
    make_departments(world, {"Gates": 8, "Suites": 6, "Parking": 12})
    page = desks()
    sign_in_to_console(page, live, world.email, world.totp)
    page.get_by_role("navigation", name="Console").get_by_role("link", name="Bias report").click()
    page.get_by_role("link", name="Protected groups").click()
    expect(page.get_by_role("heading", name="Protected groups")).to_be_visible()
    judge(page, *WIDTHS)
    page.get_by_label("Attribute").fill("Age band")
    page.get_by_label("Deleted on").fill(str(clock.now().date() + timedelta(days=90)))
    page.get_by_label("Purpose").fill("To see whether older people are rated alike.")
    page.get_by_label("CSV").set_input_files(file_of(world, "X-404,40 or over"))
    page.get_by_role("button", name="Import").click()
    wrong = page.get_by_role("region", name="What is wrong, as a table")
    expect(wrong).to_contain_text("nobody here has this badge")
    expect(page.get_by_label("Purpose")).to_have_value(
        "To see whether older people are rated alike."
    )
    judge(page, *WIDTHS)
    page.get_by_label("CSV").set_input_files(file_of(world))
    page.get_by_role("button", name="Import").click()
    expect(page.get_by_role("status")).to_contain_text("Imported.")
    judge(page, *WIDTHS)
    page.get_by_role("link", name="Bias report").last.click()
    page.get_by_label("Grouped by").select_option("Age band")
    page.get_by_role("button", name="Show").click()
    table = page.get_by_role("region", name="By age band, as a table")
    expect(table.get_by_role("row", name="under 40")).to_contain_text("of 100 or more")
    expect(page.get_by_role("region", name="By department, as a table")).to_have_count(0)
    judge(page, *WIDTHS)
    page.get_by_role("link", name="Protected groups").click()
    page.get_by_role("button", name="Delete Age band now").click()
    expect(page.get_by_role("status")).to_contain_text("Deleted, everything of it.")
    expect(page.get_by_text("Nothing is.")).to_be_visible()
