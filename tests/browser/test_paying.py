"""HR makes a batch and payroll takes it, at two desks in a real browser."""

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pyotp
from playwright.sync_api import Page, expect

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from tests.browser.conftest import Live
from tests.browser.visits import judge
from tests.browser.world import console_access
from tests.identity.people import PASSWORD
from tests.rewards.payrolls import committed

DESKS = (768, 1280)


def come_in(page: Page, live: Live, who: Actor) -> pyotp.TOTP:
    with live.app.app_context(), transaction() as session:
        email, totp = console_access(live.app, session, who)
    page.goto(f"{live.url}/hr")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time code").fill(totp.at(clock.now()))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation", name="Console")).to_be_visible()
    page.get_by_role("link", name="Payroll").click()
    expect(page.get_by_role("heading", name="Payroll", exact=True)).to_be_visible()
    return totp


def test_a_batch_is_made_by_hr_and_taken_by_payroll(
    live: Live, desks: Callable[[], Page], tmp_path: Path
) -> None:
    office, _ = committed(live.app, ushers=2)
    hr, payroll = desks(), desks()
    come_in(hr, live, office.hr[0])
    judge(hr, *DESKS)
    hr.get_by_role("button", name="Make a batch").click()
    expect(hr.get_by_text("The batch was made.")).to_be_visible()
    judge(hr, *DESKS)

    totp = come_in(payroll, live, office.payroll[0])
    payroll.get_by_role("link", name="Batch 1").click()
    judge(payroll, *DESKS)
    payroll.get_by_role("link", name="Download a file").click()
    judge(payroll, *DESKS)
    # The code after the one that signed in.
    code = totp.at(clock.now() + timedelta(seconds=30))
    payroll.get_by_label("One-time code").fill(code)
    with payroll.expect_download() as download:
        payroll.get_by_role("button", name="Download CSV").click()
    payroll.get_by_role("link", name="Back").click()
    kept = tmp_path / "payroll.csv"
    download.value.save_as(kept)
    sha256 = hashlib.sha256(kept.read_bytes()).hexdigest()
    payroll.get_by_label("SHA-256 of the CSV file that payroll has").fill(sha256)
    payroll.get_by_role("button", name="Payroll has it").click()
    expect(payroll.get_by_role("heading", name="With payroll")).to_be_visible()

    payroll.get_by_role("link", name=re.compile("Usher 0")).click()
    expect(payroll.get_by_role("rowheader", name=re.compile("Game of"))).to_have_count(2)
    payroll.get_by_label("Amount in USD").fill("-2.50")
    payroll.get_by_label("Why?").fill("A day too many.")
    payroll.get_by_role("button", name="Ask").click()
    expect(payroll.get_by_text("You asked for this")).to_be_visible()
    judge(payroll, *DESKS)

    hr.goto(f"{live.url}/hr/payroll")
    hr.get_by_role("link", name=re.compile("Usher 0")).click()
    hr.get_by_role("button", name="Approve").click()
    expect(hr.get_by_text("Approved. The next batch carries it.")).to_be_visible()
    judge(hr, *DESKS)


def test_the_pages_where_hr_corrects_and_closes_are_accessible(
    live: Live, desks: Callable[[], Page]
) -> None:
    office, _ = committed(live.app, ushers=1)
    hr = desks()
    come_in(hr, live, office.hr[0])
    usher = office.ushers[0]
    hr.goto(f"{live.url}/hr/adjustments/of/{usher.employee_id}")
    hr.get_by_label("Points, below zero to take them").fill("100")
    hr.get_by_label("Why? The employee reads it.").first.fill("Stayed late, twice.")
    judge(hr, *DESKS)
    hr.get_by_role("button", name="Adjust").click()
    expect(hr.get_by_text("It takes effect when another person agrees.")).to_be_visible()
    judge(hr, *DESKS)
    hr.get_by_role("link", name="Usher 0").click()
    expect(hr.get_by_text("You proposed this")).to_be_visible()
    judge(hr, *DESKS)
    for place in ("Appeals", "Seasons", "Audit"):
        hr.get_by_role("link", name=place, exact=True).click()
        expect(hr.get_by_role("heading", name=place, exact=True)).to_be_visible()
        judge(hr, *DESKS)
    hr.goto(f"{live.url}/hr/seasons/{office.arena.season_id}")
    judge(hr, *DESKS)
