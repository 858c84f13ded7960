"""The network of an arena comes back: 200 phones send an evening's queues at the same instant."""

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from flask import Flask
from sqlalchemy import select

from backend import migrations
from backend.engagement.models import Greeting, PhoneAction, Request
from backend.engagement.rules import Moment, Status
from backend.foundation import clock
from backend.foundation.db import db, reading, transaction
from backend.insight import verify
from backend.rewards.services import standings
from backend.server import safe_app
from backend.settings import Secrets, Settings
from tests import factories, postgres, servers
from tests.engagement.stories import opened
from tests.http import headers_for
from tests.wire import Connection, request_bytes

PHONES, GREETINGS, WISHES, FOUGHT_FOR = 200, 35, 5, 20
APART = timedelta(seconds=12)
TRIES = 20


@dataclass
class Phone:
    """A phone that was without a network for a while, and what it is told when it is back."""

    headers: dict[str, str]
    queue: list[dict[str, Any]]
    statuses: list[int] = field(default_factory=list)
    results: dict[str, int] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)

    def reconnect(self, port: int, ready: threading.Barrier) -> None:
        """Send the queue with all the others, and once more, as after a lost answer."""
        ready.wait()
        first, second = (self._send(port) for _ in range(2))
        self.results = {one["id"]: one["status"] for one in second}
        self.created = [one["id"] for one in (*first, *second) if one["status"] == 201]
        assert [self._settled(one) for one in first] == [self._settled(one) for one in second]

    def _settled(self, one: dict[str, Any]) -> tuple[str, int]:
        """Return what must not change when it is sent again: created is then there."""
        return one["id"], 200 if one["status"] == 201 else one["status"]

    def _send(self, port: int) -> list[dict[str, Any]]:
        body = orjson.dumps({"sent_at": clock.now().isoformat(), "actions": self.queue})
        said = request_bytes("POST", "/v1/sync", body=body, headers=self.headers)
        for _ in range(TRIES):
            try:
                with Connection(port) as connection:
                    status, answer = connection.exchange(said)
            except OSError:
                continue
            self.statuses.append(status)
            if status == 200:
                results: list[dict[str, Any]] = orjson.loads(answer)["results"]
                return results
        raise AssertionError(self.statuses)


def a_queue(now: datetime, wanted: list[UUID]) -> list[dict[str, Any]]:
    """Return 50 actions: greetings, five fans helped to the end, and a fight for open requests."""
    queue: list[dict[str, Any]] = []

    def add(kind: str, **body: Any) -> None:
        at = now - APART * (GREETINGS + 3 * WISHES + FOUGHT_FOR - len(queue))
        queue.append({"id": str(uuid4()), "kind": kind, "at": at.isoformat(), **body})

    for number in range(GREETINGS):
        add("greet", party_size=1 + number % 4)
    for number in range(WISHES):
        wish = {"id": str(uuid4()), "category": "directions"}
        add("greet", answer="help", request=wish)
        add("resolve", request_id=wish["id"])
        add("accept", request_id=str(wanted[number]))
    return queue


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    """Yield a migrated application and the URL of its database."""
    if request.param == "sqlite":
        yield from _installed(f"sqlite:///{tmp_path / 'arena.db'}", tmp_path)
    else:
        with postgres.running() as url:
            yield from _installed(url, tmp_path)


def _installed(url: str, folder: Path) -> Iterator[tuple[Flask, str]]:
    app = safe_app(Settings(database_url=url, secrets=Secrets.keep(folder / "secrets.json")))
    migrations.upgrade(app)
    yield app, url
    with app.app_context():
        db.engine.dispose()


def make_phones(app: Flask) -> tuple[list[Phone], list[UUID]]:
    """Commit an evening of 200 on shift, and the requests that they all will try to accept."""
    now = clock.now()
    with app.app_context(), transaction() as session:
        arena = factories.make_arena(session, now=now)
        staff = [factories.make_employee(session, arena) for _ in range(PHONES)]
        for actor in staff:
            factories.make_shift(session, arena, actor)
        fought = [
            opened(session, staff[0], moment=Moment.present(now - timedelta(hours=1))).id
            for _ in range(FOUGHT_FOR)
        ]
    phones = []
    for number, actor in enumerate(staff):
        wanted = [fought[(number + step) % FOUGHT_FOR] for step in range(WISHES)]
        phones.append(Phone(headers=headers_for(app, actor), queue=a_queue(now, wanted)))
    return phones, fought


def test_two_hundred_phones_reconnect_at_once_and_nothing_is_lost_or_twice(
    installation: tuple[Flask, str], tmp_path: Path
) -> None:
    app, url = installation
    phones, fought = make_phones(app)
    with app.app_context():
        db.engine.dispose()
    ready = threading.Barrier(PHONES)
    with servers.product(url, instance=tmp_path) as (port, _):
        threads = [threading.Thread(target=one.reconnect, args=(port, ready)) for one in phones]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(one.results for one in phones), "a phone gave up"
    # No 5xx, no 4xx: the server takes them all, however long its queue is.
    assert {status for one in phones for status in one.statuses} == {200}
    hold_the_books(app, phones, fought)


def hold_the_books(app: Flask, phones: list[Phone], fought: list[UUID]) -> None:
    """Assert that each action was done once, that each fight had one winner, and all adds up."""
    asked = [action for one in phones for action in one.queue]
    greeted = {action["id"] for action in asked if action["kind"] == "greet"}
    statuses = Counter(
        (action["kind"], one.results[action["id"]]) for one in phones for action in one.queue
    )
    created = [one for phone in phones for one in phone.created]
    assert len(created) == len(set(created))
    assert statuses["greet", 200] == len(greeted)
    assert statuses["resolve", 200] == PHONES * WISHES
    won = statuses["accept", 200]
    assert won == len(fought)
    assert statuses["accept", 409] == PHONES * WISHES - won
    with app.app_context():
        standings.catch_up()
        with reading() as session:
            assert {str(one) for one in session.scalars(select(Greeting.id))} == greeted
            known = session.scalars(select(PhoneAction.id)).all()
            opened_too = [action["request"]["id"] for action in asked if "request" in action]
            assert sorted(map(str, known)) == sorted(
                [*(action["id"] for action in asked), *opened_too]
            )
            resolved = select(Request.id).where(Request.status == Status.RESOLVED)
            assert len(session.scalars(resolved).all()) == PHONES * WISHES
            accepted = select(Request.id).where(Request.status == Status.ACCEPTED)
            assert set(session.scalars(accepted)) == set(fought)
            assert verify.run(session).findings == []
