"""How long HR waits for each page of the console."""

import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from tests.browser.world import console_access
from tests.identity.people import PASSWORD

# Of each kind of page so many are looked at, each so often.
ADDRESSES, TIMES = 5, 10
_LINK = re.compile(r'href="(/hr[^"#]*)')


@dataclass(frozen=True, kw_only=True)
class Timed:
    """How long a kind of page took: for 95 of 100 looks, and at worst, in milliseconds."""

    p95: float
    worst: float


def time_pages(app: Flask, reader: Actor) -> Mapping[str, Timed]:
    """Return by kind of page how long ``reader``, who is of HR, waits for it."""
    client = _sign_in(app, reader)
    return {
        kind: _timed(client, addresses) for kind, addresses in sorted(_found(app, client).items())
    }


def table_of(columns: Mapping[str, Mapping[str, Timed]]) -> str:
    """Return the pages as a table of Markdown, a column for each size of the books."""
    kinds = sorted({kind for column in columns.values() for kind in column})
    lines = [f"| page | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for kind in kinds:
        cells = [_cell(column.get(kind)) for column in columns.values()]
        lines.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(timed: Timed | None) -> str:
    return "–" if timed is None else f"{timed.p95:.0f} ms (worst {timed.worst:.0f})"


def _sign_in(app: Flask, reader: Actor) -> FlaskClient:
    with app.app_context(), transaction() as session:
        email, totp = console_access(app, session, reader)
    client = app.test_client()
    form = {"email": email, "password": PASSWORD, "totp": totp.at(clock.now())}
    settings: Any = app.extensions["on_the_spot.settings"]
    done = client.post("/hr/sign-in", data=form, headers={"Origin": settings.public_url})
    assert done.status_code == 303, done.text
    return client


def _found(app: Flask, client: FlaskClient) -> Mapping[str, Sequence[str]]:
    """Return some addresses of each kind of page, as links lead to them from the first one."""
    kinds: dict[str, list[str]] = defaultdict(list)
    looked: Counter[str] = Counter()
    seen, ahead = {"/hr"}, ["/hr"]
    match = app.url_map.bind("").match
    while ahead:
        address = ahead.pop(0)
        rule, _ = match(address.partition("?")[0], return_rule=True)
        if looked[rule.rule] == ADDRESSES:
            continue
        looked[rule.rule] += 1
        page = client.get(address)
        if page.mimetype != "text/html":
            continue
        assert page.status_code == 200, (address, page.status_code)
        kinds[rule.rule].append(address)
        for link in _links(page.text):
            if link not in seen:
                seen.add(link)
                ahead.append(link)
    return {rule: addresses for rule, addresses in kinds.items() if addresses}


def _links(page: str) -> Iterator[str]:
    return (unescape(link) for link in _LINK.findall(page))


def _timed(client: FlaskClient, addresses: Sequence[str]) -> Timed:
    took = []
    for address in [*addresses] * TIMES:
        started = time.perf_counter()
        page = client.get(address)
        took.append((time.perf_counter() - started) * 1_000)
        assert page.status_code == 200, (address, page.status_code)
    took.sort()
    return Timed(p95=took[int(len(took) * 0.95)], worst=took[-1])
