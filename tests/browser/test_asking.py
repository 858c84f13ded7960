"""What fans do on their own phones, in a real browser: ask, follow, rate, read what was done."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from backend.web.languages import LANGUAGES, Language
from tests.browser.axe import sticks_out
from tests.browser.conftest import PHONE, Live
from tests.browser.seats import Seat, judge_on_phone, make_seat
from tests.browser.world import World

SCHEMES = ("light", "dark")


@pytest.fixture
def seat(live: Live, world: World) -> Seat:
    return make_seat(live, world)


@pytest.mark.parametrize(
    ("locale", "need", "send", "done"),
    [
        ("en-US", "Cleaning", "Ask for help", "Done"),
        ("fr-FR", "Nettoyage", "Demander de l’aide", "C’est fait"),
        ("es-ES", "Limpieza", "Pedir ayuda", "Hecho"),
        ("nl-NL", "Schoonmaak", "Hulp vragen", "Klaar"),
        ("zh-CN", "清洁", "请求帮助", "已完成"),
    ],
)
def test_a_fan_asks_follows_and_rates_without_scripts(
    chromium: Browser, seat: Seat, locale: str, need: str, send: str, done: str
) -> None:
    casey = seat.world.evening.casey
    with chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        has_touch=True,
        locale=locale,
        java_script_enabled=False,
    ) as context:
        page = context.new_page()
        page.goto(f"{seat.live.url}/ASK/{seat.code}")
        page.get_by_role("radio", name=need).tap()
        page.locator("[name=seat]").fill("Row 4, seat 12")
        page.get_by_role("button", name=send).tap()
        page.wait_for_url("**/ask/follow/**")
        seat.step(casey, resolve=False)
        page.locator("a.button").first.tap()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Casey")
        seat.step(casey, resolve=True)
        page.locator("a.button").first.tap()
        expect(page.get_by_role("heading", name=done)).to_be_visible()
        page.locator("a.button").first.tap()
        page.locator("button[value='5']").tap()
        page.wait_for_url("**/thanks**")


def test_with_scripts_the_page_looks_by_itself_and_less_often_without_news(
    page: Page, seat: Seat
) -> None:
    page.clock.install()
    page.goto(seat.url)
    page.get_by_role("radio", name="Directions").tap()
    page.get_by_role("button", name="Ask for help").tap()
    page.wait_for_url("**/ask/follow/**")
    answers: list[int] = []
    page.on("response", lambda answer: answers.append(answer.status))
    with page.expect_response("**/ask/follow/**"):
        page.clock.run_for(8_000)
    expect(page.get_by_role("heading", name="We have it")).to_be_visible()
    seat.step(seat.world.evening.casey, resolve=False)
    with page.expect_response("**/ask/follow/**"):
        page.clock.run_for(8_000)
    expect(page.get_by_role("heading", name="Casey is on the way")).to_be_visible()
    seat.step(seat.world.evening.casey, resolve=True)
    with page.expect_response("**/ask/follow/**"):
        page.clock.run_for(8_000)
    expect(page.get_by_role("link", name="How did it go?")).to_be_visible()
    answers.clear()
    page.clock.run_for(600_000)
    assert answers == []
    page.get_by_role("button", name=re.compile("not solved")).tap()
    expect(page.get_by_text("Somebody else sees to it now")).to_be_visible()
    page.get_by_role("button", name="Not needed any more").tap()
    expect(page.get_by_text("Thank you for telling us.")).to_be_visible()


def test_it_is_asked_by_keyboard(page: Page, seat: Seat) -> None:
    page.goto(seat.url)
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Cleaning")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("Row 7")
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ask/follow/**")
    expect(page.get_by_text("Cleaning · Row 7")).to_be_visible()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_page_of_fans_is_accessible(
    page: Page, seat: Seat, language: str, scheme: Any
) -> None:
    casey = seat.world.evening.casey
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{seat.url}?lang={language}")
    judge_on_phone(page)
    page.locator(".need").nth(2).tap()
    judge_on_phone(page)
    page.locator("button").tap()
    page.wait_for_url("**/ask/follow/**")
    judge_on_phone(page)
    seat.step(casey, resolve=False)
    page.reload()
    judge_on_phone(page)
    seat.step(casey, resolve=True)
    page.reload()
    judge_on_phone(page)
    page.goto(f"{seat.heard}?lang={language}")
    judge_on_phone(page)
    page.locator("button[value=not_yet]").tap()
    page.wait_for_url("**#e*")
    judge_on_phone(page)
    for unknown in ("ask", "ask/nope", "heard/nope"):
        page.goto(f"{seat.live.url}/{unknown}?lang={language}")
        judge_on_phone(page)


def test_where_lines_run_the_other_way_so_does_the_page(
    page: Page, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LANGUAGES, "ar", Language(name="العربية", tag="ar", direction="rtl"))
    page.goto(f"{seat.live.url}/r/{seat.world.unused_code}?lang=ar")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    choice = page.locator("button[value='5']")
    words, stars = (
        choice.locator("span").first.bounding_box(),
        choice.locator(".stars").bounding_box(),
    )
    assert words
    assert stars
    assert stars["x"] < words["x"]
    assert not sticks_out(page)
    page.goto(f"{seat.url}?lang=ar")
    page.get_by_role("radio", name="Cleaning").tap()
    page.locator("button").tap()
    page.wait_for_url("**/ask/follow/**")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    judge_on_phone(page)
    page.goto(f"{seat.heard}?lang=ar")
    judge_on_phone(page)


def test_a_fan_says_whether_it_works_and_why_not(page: Page, seat: Seat) -> None:
    page.goto(seat.heard)
    expect(page.get_by_text("There is not enough to tell yet.")).to_be_hidden()
    page.get_by_role("button", name="Not yet").tap()
    page.get_by_label("Why not?").fill("Still <b>too</b> long")
    page.get_by_role("button", name="Send").tap()
    expect(page.get_by_label("Why not?")).to_be_hidden()
    expect(page.get_by_role("status")).to_contain_text("Not yet")
    expect(page.get_by_text("too long")).to_be_hidden()
