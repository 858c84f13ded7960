"""HR's page of the audit: filters, pages, and heads that `backend verify` takes."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import audit, clock
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.sealing import Sealer
from backend.insight import verify
from backend.insight.queries.seals import CHAINS
from tests.browser.world import World, make_world
from tests.web.test_console import signed_in


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def act(world: World, name: str, *, times: int = 1, days_ago: int = 0, **detail: Any) -> None:
    at = clock.now() - timedelta(days=days_ago)
    with world.app.app_context(), transaction() as session:
        for _ in range(times):
            audit.record(
                session, actor=world.hr, act=name, subject_id=new_id(), now=at, detail=detail
            )


def rows(page: Any) -> list[str]:
    """Return what is written in each line of the table."""
    lines = re.findall(r"<tr>(.*?)</tr>", page.text, re.DOTALL)[1:]
    return [re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", line))) for line in lines]


def test_who_did_what_is_told_the_newest_first(client: FlaskClient, world: World) -> None:
    act(world, "season.closed", reason="<b>over</b>")
    act(world, "budget.set", cents=5)
    newest, older = rows(client.get("/hr/audit"))[:2]
    assert "Harper Hr" in newest
    assert "budget.set" in newest
    assert "cents: 5" in newest
    assert "reason: <b>over</b>" in older
    assert "<b>over" not in client.get("/hr/audit").text


def test_filters_narrow_it_and_stay_on_the_next_page(client: FlaskClient, world: World) -> None:
    act(world, "budget.set", times=120)
    act(world, "reward.changed", times=2, days_ago=9)
    first = client.get("/hr/audit?act=budget")
    assert len(rows(first)) == 100
    [following] = re.findall(r'href="(/hr/audit\?after=[^"]+)"', first.text)
    second = client.get(unescape(following))
    assert len(rows(second)) == 20
    assert all("budget.set" in row for row in rows(second))
    assert len(rows(client.get("/hr/audit?act=reward.changed"))) == 2
    day = (clock.now() - timedelta(days=5)).date()
    assert len(rows(client.get(f"/hr/audit?until={day}"))) == 2
    assert not any("reward" in row for row in rows(client.get(f"/hr/audit?since={day}")))


def test_somebody_is_found_by_their_badge(client: FlaskClient, world: World) -> None:
    act(world, "budget.set")
    badge = world.email.partition("@")[0].upper()
    assert rows(client.get(f"/hr/audit?badge={badge}"))
    nobody = client.get("/hr/audit?badge=Z9")
    assert nobody.status_code == 422
    assert "Nobody here has this badge number." in nobody.text


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=9999-12-31", "since=2026-02-30", "badge=%00", "act=%00"]
)
def test_a_filter_that_makes_no_sense_is_said_or_finds_nothing(
    client: FlaskClient, query: str
) -> None:
    page = client.get(f"/hr/audit?{query}")
    assert page.status_code in {200, 422}
    assert rows(page) == []


def test_its_heads_are_what_verify_takes(client: FlaskClient, world: World) -> None:
    act(world, "table.exported")
    sealer = Sealer()
    with world.app.app_context():
        for chain in CHAINS:
            while sealer.seal(
                chain, organisation_id=world.evening.organisation_id, now=clock.now()
            ):
                pass
    heads = re.findall(
        r"<code>((?:audit|ledger):\d+:[0-9a-f]+)</code>", client.get("/hr/audit").text
    )
    assert len(heads) == 2
    kept = [head for head in map(verify.read_head, heads) if head]
    with world.app.app_context(), reading() as session:
        owner = world.evening.organisation_id
        report = verify.run(session, organisation_id=owner, heads=kept)
    assert report.findings == []
