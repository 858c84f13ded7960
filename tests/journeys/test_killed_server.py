"""Twenty power cuts under load: what was acknowledged is there, and nothing is there twice."""

import random
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend import migrations
from backend.engagement.models import Greeting, Rating, Request
from backend.engagement.rules import Status
from backend.foundation import clock
from backend.foundation.db import db, reading, transaction
from backend.insight import verify
from backend.rewards.models import PointsOnTheWay
from backend.rewards.services import standings
from backend.server import safe_app
from backend.settings import Secrets, Settings
from tests import factories, postgres, servers
from tests.http import headers_for
from tests.wire import Connection, request_bytes

KILLS = 20
PHONES = 6
MOST_BETWEEN_KILLS = 30
LONGEST_WAIT_SECONDS = 60


@dataclass
class Phone:
    """One employee's phone: it sends a thing again until it is acknowledged, then the next."""

    headers: dict[str, str]
    greeted: list[str] = field(default_factory=list)
    resolved: list[str] = field(default_factory=list)
    rated: list[int] = field(default_factory=list)
    waiting: tuple[str, str, dict[str, Any] | None] | None = None
    in_hand: str = ""
    code: str = ""

    def use(self, port: int, stop: threading.Event) -> None:
        """Work through evenings of help until told to stop or cut off."""
        try:
            with Connection(port) as connection:
                while not stop.is_set():
                    self.waiting = self.waiting or self._next()
                    status, answer = connection.exchange(self._request())
                    self._acknowledged(self.waiting[1], status, answer)
                    self.waiting = None
        except OSError:
            return

    def _request(self) -> bytes:
        method, path, body = self.waiting or self._next()
        sent = b"" if body is None else orjson.dumps(body)
        return request_bytes(method, path, body=sent, headers=self.headers)

    def _next(self) -> tuple[str, str, dict[str, Any] | None]:
        if self.code:
            return "POST", f"/v1/ratings/{self.code}", {"stars": 5}
        if self.in_hand:
            return "POST", f"/v1/requests/{self.in_hand}/resolve", None
        self.in_hand = str(uuid.uuid4())
        request = {"id": self.in_hand, "category": "directions"}
        body = {"party_size": 2, "answer": "help", "request": request}
        return "PUT", f"/v1/greetings/{uuid.uuid4()}", body

    def _acknowledged(self, path: str, status: int, answer: bytes) -> None:
        what = path.split("/")[2]
        if what == "greetings":
            assert status in {200, 201}, answer
            self.greeted.append(path.split("/")[3])
        elif what == "requests":
            assert status == 200, answer
            self.resolved.append(self.in_hand)
            self.in_hand, self.code = "", orjson.loads(answer)["rating"]["code"]
        else:
            # 409: the answer to the first try was lost with the server, the rating was not.
            assert status in {201, 409}, answer
            self.rated.append(status)
            self.code = ""


@pytest.fixture(params=["sqlite", "postgresql"])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    """Yield a migrated application and the URL of its durable database."""
    if request.param == "sqlite":
        yield from _installed(f"sqlite:///{tmp_path / 'killed.db'}", tmp_path)
    else:
        with postgres.running(durable=True) as url:
            yield from _installed(url, tmp_path)


def _installed(url: str, folder: Path) -> Iterator[tuple[Flask, str]]:
    app = safe_app(Settings(database_url=url, secrets=Secrets.keep(folder / "secrets.json")))
    migrations.upgrade(app)
    yield app, url
    with app.app_context():
        db.engine.dispose()


def make_phones(app: Flask) -> list[Phone]:
    with app.app_context(), transaction() as session:
        arena = factories.make_arena(session, now=clock.now())
        staff = [factories.make_employee(session, arena) for _ in range(PHONES)]
        for actor in staff:
            factories.make_shift(session, arena, actor)
    return [Phone(headers=headers_for(app, actor)) for actor in staff]


def wait_for(phones: list[Phone], *, more: int) -> None:
    """Wait until ``more`` things are acknowledged: the cut comes in the middle of the next."""
    wanted = acknowledged_by(phones) + more
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while acknowledged_by(phones) < wanted:
        assert time.monotonic() < deadline, "the server acknowledges nothing"
        time.sleep(0.001)


def acknowledged_by(phones: list[Phone]) -> int:
    return sum(len(one.greeted) + len(one.resolved) + len(one.rated) for one in phones)


def count(session: Session, what: Any) -> int:
    return session.scalar(select(func.count()).select_from(what)) or 0


def test_a_server_killed_twenty_times_loses_nothing_it_acknowledged(
    installation: tuple[Flask, str], tmp_path: Path
) -> None:
    app, url = installation
    phones = make_phones(app)
    with app.app_context():
        db.engine.dispose()
    port = servers.free_port()
    chance = random.Random(20)
    for _ in range(KILLS):
        server = servers.start_product(url, port=port, instance=tmp_path)
        stop = threading.Event()
        threads = [threading.Thread(target=phone.use, args=(port, stop)) for phone in phones]
        for thread in threads:
            thread.start()
        try:
            wait_for(phones, more=chance.randint(1, MOST_BETWEEN_KILLS))
        finally:
            stop.set()
            servers.kill(server)
            for thread in threads:
                thread.join()
    with app.app_context(), reading() as session:
        greeted = {str(row) for row in session.scalars(select(Greeting.id))}
        resolved = select(Request.id).where(Request.status == Status.RESOLVED)
        assert {one for phone in phones for one in phone.greeted} <= greeted
        assert {one for phone in phones for one in phone.resolved} <= {
            str(row) for row in session.scalars(resolved)
        }
        acknowledged = sum(len(phone.rated) for phone in phones)
        under_way = sum(1 for phone in phones if phone.waiting)
        assert 0 < acknowledged <= count(session, Rating) <= acknowledged + under_way
        assert verify.run(session).findings == []
    with app.app_context():
        standings.catch_up()
        with reading() as session:
            assert count(session, PointsOnTheWay) == 0
            assert verify.run(session).findings == []
