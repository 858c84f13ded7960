"""How people come in to the console, and how axe judges what they see."""

import os
from pathlib import Path

import pyotp
from playwright.sync_api import Page, expect

from backend.foundation import clock
from tests.browser.axe import has_come, violations
from tests.browser.conftest import Live
from tests.identity.people import PASSWORD

DESKS = (768, 1280)


def judge(page: Page, *widths: int) -> None:
    """Hold that a page is accessible in light and dark, and no wider than each of ``widths``."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        has_come(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []


def look(page: Page, name: str) -> None:
    """Judge a page at a desk, and keep pictures of it where ``SCREENSHOTS`` says."""
    judge(page, *DESKS)
    if folder := os.environ.get("SCREENSHOTS"):
        for width in DESKS:
            page.set_viewport_size({"width": width, "height": 800})
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                picture = Path(folder) / f"{name}-{width}-{scheme}.png"
                page.screenshot(path=picture, full_page=True)


def go(desk: Page, name: str) -> None:
    """Go to a page of the console by its menu."""
    desk.get_by_role("navigation", name="Console").get_by_role("link", name=name).click()
    expect(desk.get_by_role("heading", name=name, exact=True)).to_be_visible()


def sign_in_to_console(page: Page, live: Live, email: str, totp: pyotp.TOTP) -> None:
    """Come in as somebody of HR."""
    page.goto(f"{live.url}/hr")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time code").fill(totp.at(clock.now()))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="The programme")).to_be_visible()
