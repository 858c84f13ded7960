"""What fans' pages cost to load, and that they are of use on the slowest networks."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from backend.engagement.services import places
from backend.settings import Settings
from backend.web.languages import LANGUAGES
from tests.browser.conftest import PHONE, Live
from tests.browser.world import World

RATE_BYTES, ASK_BYTES = 15_000, 20_000
# Bits a second down and up, and milliseconds there and back: GPRS, an early 3G, an arena's Wi-Fi.
NETWORKS = {
    "2g": (50_000, 20_000, 500),
    "3g": (400_000, 400_000, 400),
    "wifi": (4_000_000, 3_000_000, 40),
}


@dataclass
class Traffic:
    """What went over the wire: the addresses asked for, and bytes with headers."""

    asked: list[str] = field(default_factory=list)
    received: float = 0

    def clear(self) -> None:
        """Begin anew."""
        self.asked.clear()
        self.received = 0


@contextmanager
def a_phone(chromium: Browser, *, scripts: bool) -> Iterator[tuple[BrowserContext, Page]]:
    with chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        has_touch=True,
        java_script_enabled=scripts,
    ) as context:
        yield context, context.new_page()


def watch(context: BrowserContext, page: Page, network: str | None = None) -> Traffic:
    """Count what ``page`` loads, on a network that is as slow as its profile says."""
    traffic, wire = Traffic(), context.new_cdp_session(page)

    def finished(event: dict[str, float]) -> None:
        traffic.received += event["encodedDataLength"]

    def asked(event: dict[str, dict[str, str]]) -> None:
        if not event["request"]["url"].startswith("data:"):
            traffic.asked.append(event["request"]["url"])

    wire.on("Network.loadingFinished", finished)
    wire.on("Network.requestWillBeSent", asked)
    wire.send("Network.enable")
    if network:
        down, up, latency = NETWORKS[network]
        wire.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "downloadThroughput": down / 8,
                "uploadThroughput": up / 8,
                "latency": latency,
            },
        )
    return traffic


def ask_code(live: Live, world: World) -> str:
    settings: Settings = live.app.extensions["on_the_spot.settings"]
    section_id = world.evening.arena.section_id
    return places.place_code(section_id, version=1, code_key=settings.secrets.code_key)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rate_and_ask_pages_are_one_small_answer_each(
    chromium: Browser, live: Live, world: World, scripts: bool, language: str
) -> None:
    with a_phone(chromium, scripts=scripts) as (context, page):
        traffic = watch(context, page)
        for address, most in (
            (f"{live.url}/r/{world.unused_code}?lang={language}", RATE_BYTES),
            (f"{live.url}/ask/{ask_code(live, world)}?lang={language}", ASK_BYTES),
        ):
            traffic.clear()
            page.goto(address, wait_until="networkidle")
            assert traffic.asked == [address]
            assert 1_000 < traffic.received < most


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
@pytest.mark.parametrize("network", NETWORKS)
def test_a_fan_asks_and_rates_on_any_network(
    chromium: Browser, live: Live, world: World, scripts: bool, network: str
) -> None:
    with a_phone(chromium, scripts=scripts) as (context, page):
        traffic = watch(context, page, network)
        page.goto(f"{live.url}/r/{world.unused_code}")
        page.locator("button[value='5']").tap()
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
        assert traffic.received < 2 * RATE_BYTES
        traffic.clear()
        page.goto(f"{live.url}/ask/{ask_code(live, world)}")
        page.get_by_role("radio", name="Cleaning").tap()
        page.get_by_role("button", name="Ask for help").tap()
        expect(page.get_by_role("heading", name="We have it")).to_be_visible()
        assert traffic.received < 2 * ASK_BYTES
