"""A real server on a real socket, and a real Chromium; without one these tests are skipped."""

import os
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from backend import migrations
from backend.app import create_app
from backend.foundation.db import db
from tests.browser.world import World, make_world
from tests.conftest import settings_for

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]
# Machines that run tests are slow, and a failure costs nothing but this once.
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}


@dataclass(frozen=True, kw_only=True)
class Live:
    """A served application and its address."""

    app: Flask
    url: str


class Silent(WSGIRequestHandler):
    """A request handler that logs nothing."""

    def log(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Serve the application from a database of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        database = f"sqlite:///{tmp_path_factory.mktemp('browser') / 'test.db'}"
        app = create_app(replace(settings_for(database), public_url=url))
        migrations.upgrade(app)
        server = make_server(
            "127.0.0.1", 0, app, threaded=True, request_handler=Silent, fd=listening.fileno()
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Live(app=app, url=url)
        server.shutdown()
        thread.join()
        server.server_close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def world(live: Live) -> World:
    """Commit an evening that is on now, in an organisation of its own."""
    return make_world(live.app)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Start the Chromium of this machine."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here (on Debian: apt-get install chromium)")
    # Chromium's sandbox does not work for root.
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + root)
        yield browser
        browser.close()


@pytest.fixture
def phone(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """Return a fresh phone with an English browser.

    A test that holds up requests is marked so: behind a service worker not all of them are seen.
    """
    workers = "block" if request.node.get_closest_marker("holds_up_requests") else "allow"
    with chromium.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        has_touch=True,
        locale="en-US",
        service_workers=workers,  # type: ignore[arg-type]
    ) as context:
        yield context


@pytest.fixture
def page(phone: BrowserContext) -> Iterator[Page]:
    """Return a page on which every error fails the test, and no other host is asked."""
    with watched(phone) as page:
        yield page


@pytest.fixture
def desks(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """Return what opens a desk of its own: a wide page that is watched as a phone's is."""
    with ExitStack() as opened:

        def desk() -> Page:
            context = opened.enter_context(
                chromium.new_context(viewport=DESK, locale="en-US")  # type: ignore[arg-type]
            )
            return opened.enter_context(watched(context))

        yield desk


@contextmanager
def watched(context: BrowserContext) -> Iterator[Page]:
    """Yield a page on which every error fails the test, and no other host is asked."""
    complaints: list[str] = []
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: complaints.append(said.text) if "Content Security" in said.text else None,
    )
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith(("http://127.0.0.1:", "data:", "blob:", "tel:"))
            else complaints.append(asked.url)
        ),
    )
    yield page
    assert not complaints
