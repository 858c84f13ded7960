"""The web faces in a real browser: as people meet them, and as axe judges them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.foundation import clock
from backend.web.languages import LANGUAGES
from tests.browser.axe import violations
from tests.browser.conftest import PHONE, Live
from tests.browser.visits import sign_in_to_console
from tests.browser.world import World
from tests.http import tokens_of


@pytest.mark.parametrize(
    ("locale", "best", "thanks"),
    [
        ("en-US", "Excellent", "Thank you"),
        ("fr-FR", "Excellent", "Merci"),
        ("es-ES", "Excelente", "Gracias"),
        ("nl-BE", "Uitstekend", "Bedankt"),
        ("zh-CN", "非常好", "谢谢您"),
    ],
)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_fan_rates_with_one_tap_without_scripts(
    chromium: Browser, live: Live, world: World, locale: str, best: str, thanks: str, scheme: Any
) -> None:
    with chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        has_touch=True,
        locale=locale,
        color_scheme=scheme,
        java_script_enabled=False,
    ) as context:
        page = context.new_page()
        page.goto(f"{live.url}/R/{world.unused_code}")
        page.get_by_role("button", name=re.compile(best)).tap()
        expect(page.get_by_role("heading", name=thanks)).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_fans_page_is_accessible(
    phone: BrowserContext, page: Page, live: Live, world: World, language: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{live.url}/r/{world.unused_code}?lang={language}")
    assert violations(page) == []
    page.locator("button[value='5']").tap()
    page.wait_for_url("**/thanks**")
    page.locator("summary").click()
    assert violations(page) == []
    phone.clear_cookies()
    page.goto(f"{live.url}/r/{world.unused_code}?lang={language}")
    assert violations(page) == []


def test_a_fan_adds_a_word_and_changes_the_stars_by_keyboard(
    page: Page, live: Live, world: World
) -> None:
    page.goto(f"{live.url}/r/{world.unused_code}")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Good")
    page.get_by_label("The building").check()
    page.get_by_label("Anything to add?").fill("Warm <b>welcome</b>")
    page.get_by_text("Change it").click()
    page.get_by_label("Excellent").check()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("Your words were saved.")).to_be_visible()
    expect(page.get_by_role("status").first).to_contain_text("Excellent")
    expect(page.get_by_label("Anything to add?")).to_have_value("Warm <b>welcome</b>")


def test_every_target_of_the_fans_page_is_large(page: Page, live: Live, world: World) -> None:
    page.goto(f"{live.url}/r/{world.unused_code}")
    for target in page.locator("button, nav a").all():
        box = target.bounding_box()
        assert box
        assert box["height"] >= 48


def test_hr_reads_the_two_figures(page: Page, live: Live, world: World) -> None:
    sign_in_to_console(page, live, world.email, world.totp)
    expect(page.get_by_text("4 of 6 ratings").first).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("Alex Usher")).first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert violations(page) == []
    page.get_by_role("link", name="Week").click()
    expect(page.get_by_role("row", name=re.compile("Alex Usher"))).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    page.goto(f"{live.url}/hr")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert violations(page) == []


def test_hr_tries_a_draft_of_the_rules_and_publishes_it(
    page: Page, live: Live, world: World
) -> None:
    sign_in_to_console(page, live, world.email, world.totp)
    page.get_by_role("link", name="Rules").click()
    page.get_by_label("Points for 5 of 5").fill("30")
    page.get_by_label("Cents a point costs").fill("2")
    page.get_by_role("button", name="Simulate").click()
    expect(page.get_by_role("row", name=re.compile("Ratings"))).to_contain_text("+60")
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []
    page.get_by_label("In effect from").fill(f"{clock.now() + timedelta(days=3):%Y-%m-%d}")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2, coming")).to_be_visible()


def test_hr_sets_a_budget_and_reads_what_is_left(page: Page, live: Live, world: World) -> None:
    sign_in_to_console(page, live, world.email, world.totp)
    page.get_by_role("link", name="Budget").click()
    page.get_by_label("Points", exact=True).fill("1000")
    page.get_by_label("Money").fill("500.50")
    page.get_by_role("button", name="Set").click()
    expect(page.get_by_text("500.50 USD left")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("of 1,000 points are given"))).to_be_visible()
    page.get_by_label("Last day to spend them").fill("2031-01-31")
    page.get_by_role("button", name="Say so").click()
    expect(page.get_by_text("The last day is 2031-01-31.")).to_be_visible()
    for width in (360, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []


def test_the_first_page_is_accessible(page: Page, live: Live) -> None:
    page.goto(live.url)
    assert violations(page) == []


def test_an_operation_can_be_tried_from_the_documentation(
    page: Page, live: Live, world: World
) -> None:
    """Swagger UI is not ours, so axe does not judge it; that it works here is."""
    token = tokens_of(live.app, world.evening.casey)["access_token"]
    page.goto(f"{live.url}/docs")
    page.get_by_role("button", name="Authorize").first.click()
    page.locator(".auth-container input").first.fill(token)
    page.locator(".auth-btn-wrapper button[type=submit]").first.click()
    page.get_by_role("button", name="Close").first.click()
    page.locator("#operations-tag-me").click()
    page.locator("#operations-me-getMe .opblock-summary-control").click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()
    expect(page.locator(".live-responses-table .response").first).to_contain_text("Casey Stands")
