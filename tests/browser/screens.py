"""How every screen of the staff phone is judged: by axe, by its sizes, in each language.

Who looks at the screens themselves says where to put pictures of them:
``SCREENSHOTS=/tmp/screens scripts/test tests/browser -k "accessible or doors"``.
"""

import os
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.axe import small_targets, sticks_out, violations
from tests.browser.conftest import Live
from tests.browser.staff import open_view

LANGUAGES = ("en", "fr", "es")
SIZES = ((360, 740), (412, 915), (320, 568))

# Which screens each test judges; together they are all that the app has.
JUDGED: Mapping[str, Collection[str]] = {
    "evening": {
        *("floor", "party", "near", "request", "colleagues", "code", "safety", "refused"),
        *("evening", "points", "ratings", "codes", "rewards", "reward", "redemption", "inbox"),
        *("door", "badge", "enrol"),
    },
    "gestures": {
        *("floor", "request", "gestures", "receipt", "receipts", "allow", "decline", "claim"),
    },
    "covers": {"floor", "cover"},
    "cards": {"cards", "pack"},
    "follow ups": {"floor", "follow_ups", "follow_up"},
    "doors": {"door", "pin", "refusals", "badge", "enrol"},
    "what was recorded without a PIN": {"floor", "held"},
}


def judged(
    page: Page,
    live: Live,
    *,
    group: str,
    screens: Collection[str],
    shows: Mapping[str, str] | None = None,
) -> dict[str, list[str]]:
    """Return what is wrong with screens, given by their addresses; nothing where all is well.

    ``shows`` says by a selector what must be on a screen before it is judged.
    """
    assert {name_of(screen) for screen in screens} == set(JUDGED[group])
    found = {}
    for screen in screens:
        open_view(page, live, screen)
        settled(page)
        for selector in filter(None, [(shows or {}).get(name_of(screen))]):
            expect(page.locator(selector)).not_to_have_count(0)
        found[screen] = faults(page, name_of(screen))
    return {screen: wrong for screen, wrong in found.items() if wrong}


def faults(page: Page, name: str) -> list[str]:
    """Return what axe and a thumb find wrong with what is shown."""
    language = page.locator("html").get_attribute("lang")
    return [*violations(page), *ill_sized(page, f"{name}-{language}")]


def ill_sized(page: Page, picture: str) -> list[str]:
    """Return what is too small, or too wide, on any of the sizes of a screen."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width}: small: {one}" for one in small_targets(page)]
        found += [f"{width}: sticks out"] if sticks_out(page) else []
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{picture}-{width}.png")
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})
    return found


def name_of(address: str) -> str:
    """Return which screen an address opens."""
    return re.split("[/=]", address)[0]


def speak(page: Page, live: Live, language: str) -> None:
    """Choose a language as who is signed in does."""
    open_view(page, live, "evening")
    page.locator("select").select_option(language)
    expect(page.locator("html")).to_have_attribute("lang", language)


def settled(page: Page) -> None:
    """Wait until a screen shows what it has asked for."""
    expect(page.locator("#title")).to_be_visible()
    # Nothing is looked up any more: "Looking…" in each language.
    expect(page.get_by_text(re.compile("Looking…|Chargement…|Cargando…"))).to_have_count(0)
