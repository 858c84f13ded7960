"""Every state of the page that thanks a fan, in a real browser, as axe and a thumb judge it."""

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backend.integrity.rules import suggestions
from backend.web.languages import LANGUAGES
from tests.browser.conftest import Live
from tests.browser.seats import Seat, judge_on_phone, make_seat
from tests.browser.world import World


@pytest.fixture
def seat(live: Live, world: World) -> Seat:
    return make_seat(live, world)


def look(page: Page, name: str) -> None:
    """Judge a page, and keep a picture of it where ``SCREENSHOTS`` says."""
    judge_on_phone(page)
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"thanks-{name}.png", full_page=True)


def rated(page: Page, seat: Seat, language: str) -> str:
    """Let a fan ask and be helped by Casey, and rate it; return the address of the thanks."""
    page.goto(f"{seat.url}?lang={language}")
    page.locator(".need").nth(2).tap()
    page.locator("button").tap()
    page.wait_for_url("**/ask/follow/**")
    seat.step(seat.world.evening.casey, resolve=False)
    seat.step(seat.world.evening.casey, resolve=True)
    page.reload()
    page.locator("a.button").first.tap()
    page.locator("button[value='2']").tap()
    page.wait_for_url("**/thanks**")
    return page.url


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_thanks_are_accessible_whatever_is_said_and_asked(
    page: Page, seat: Seat, monkeypatch: pytest.MonkeyPatch, language: str, scheme: Any
) -> None:
    monkeypatch.setattr(suggestions, "ONE_OF", 1)
    page.emulate_media(color_scheme=scheme)
    rated(page, seat, language)
    expect(page.locator("[name=suggested]")).to_have_count(2)
    look(page, f"question-{language}-{scheme}")
    page.locator("[name=suggested][value=yes]").check()
    page.locator("[name=reason][value=venue]").check()
    page.locator("summary").click()
    page.locator("[name=stars][value='4']").check()
    page.locator("textarea").fill("Warm, and quick.")
    page.locator("form button").first.tap()
    page.wait_for_url("**saved=yes**")
    expect(page.locator("p.said[role=status]")).to_be_visible()
    expect(page.locator("[name=suggested][value=yes]")).to_be_checked()
    look(page, f"saved-{language}-{scheme}")
    # A browser lets a script write more than a hand could.
    page.locator("textarea").evaluate("(field) => { field.value = 'x'.repeat(3_000); }")
    page.locator("form button").first.tap()
    expect(page.locator("p.said[role=alert]")).to_be_visible()
    look(page, f"refused-{language}-{scheme}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_thanks_are_accessible_while_what_was_not_solved_is_seen_to(
    page: Page, seat: Seat, language: str, scheme: Any
) -> None:
    page.emulate_media(color_scheme=scheme)
    thanks = rated(page, seat, language)
    page.locator("form[action*=unsolved] button").tap()
    page.wait_for_url("**/ask/follow/**")
    page.goto(thanks)
    expect(page.locator("form[action*=unsolved]")).to_have_count(0)
    expect(page.locator("main li[aria-current=step]")).to_have_count(1)
    look(page, f"received-{language}-{scheme}")
    for resolve, name in ((False, "on-the-way"), (True, "done")):
        before = page.locator("main li[aria-current=step]").inner_text()
        seat.step(seat.world.evening.blair, resolve=resolve)
        page.reload()
        expect(page.locator("main li[aria-current=step]")).not_to_have_text(before)
        look(page, f"{name}-{language}-{scheme}")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("ended_by", ["fan", "staff"])
def test_thanks_are_accessible_when_nobody_comes_any_more(
    page: Page, seat: Seat, language: str, scheme: Any, ended_by: str
) -> None:
    page.emulate_media(color_scheme=scheme)
    thanks = rated(page, seat, language)
    page.locator("form[action*=unsolved] button").tap()
    page.wait_for_url("**/ask/follow/**")
    if ended_by == "staff":
        seat.turn_down(seat.world.hr)
    else:
        page.locator("form[action*=cancel] button").tap()
        expect(page.locator("form[action*=cancel]")).to_have_count(0)
    page.goto(thanks)
    expect(page.locator("main li[aria-current=step]")).to_have_count(0)
    expect(page.locator("h2")).to_have_count(1)
    look(page, f"ended-by-{ended_by}-{language}-{scheme}")
