"""How people come in, and how axe judges what they see."""

from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Page, expect

from backend.foundation import clock
from backend.foundation.actor import Actor
from tests.browser.conftest import Live
from tests.browser.world import World
from tests.identity.people import PASSWORD, PIN

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()


def violations(page: Page) -> list[str]:
    """Return what axe finds wrong with a page; it runs beside the page's own policy."""
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("axe.run()")
    return [
        f"{rule['id']}: {node['html']} {node['failureSummary']}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


def judge(page: Page, *widths: int) -> None:
    """Hold that a page is accessible in light and dark, and no wider than each of ``widths``."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []


def enrol(page: Page, live: Live, world: World, actor: Actor | None = None) -> None:
    """Come in as somebody with a new phone, Casey unless ``actor`` is given."""
    page.goto(f"{live.url}/app")
    code = world.enrolment_code(actor or world.evening.casey)
    page.get_by_label("Enrolment code").fill(code)
    page.get_by_label("Your new PIN").fill(PIN)
    page.get_by_role("button", name="Enrol this phone").click()
    expect(page.get_by_role("button", name="Greeted")).to_be_visible()


def sign_in_to_console(page: Page, live: Live, email: str, totp: pyotp.TOTP) -> None:
    """Come in as somebody of HR."""
    page.goto(f"{live.url}/hr")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("One-time code").fill(totp.at(clock.now()))
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="The programme")).to_be_visible()
