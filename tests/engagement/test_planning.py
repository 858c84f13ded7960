"""How often SQLite plans: each statement of the main job once, whatever values it is run with."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pysqlite3.dbapi2
import pytest
from flask import Flask
from sqlalchemy import event

from backend import migrations
from backend.app import create_app
from backend.foundation import clock
from backend.foundation.db import db
from tests.conftest import a_database, settings_for
from tests.engagement.stories import committed_evening
from tests.http import headers_for

# Beginning and ending them is read anew each time, which is nothing.
OF_TRANSACTIONS = {pysqlite3.dbapi2.SQLITE_TRANSACTION, pysqlite3.dbapi2.SQLITE_SAVEPOINT}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[tuple[Flask, list[Any]]]:
    """Yield an application, and what SQLite asks leave for: it does so whenever it plans."""
    planned: list[Any] = []

    def allow(*asked: Any) -> int:
        if asked[0] not in OF_TRANSACTIONS:
            planned.append(asked)
        return int(pysqlite3.dbapi2.SQLITE_OK)

    with a_database("sqlite", tmp_path) as url:
        app = create_app(settings_for(url))
        migrations.upgrade(app)
        with app.app_context():
            db.engine.dispose()
            event.listen(
                db.engine, "connect", lambda connection, _: connection.set_authorizer(allow)
            )
            yield app, planned
            db.engine.dispose()


def test_an_evening_that_goes_on_plans_nothing_anew(watched: tuple[Flask, list[Any]]) -> None:
    app, planned = watched
    evening = committed_evening(app, now=clock.now())
    headers = headers_for(app, evening.alex)
    client = app.test_client()

    def call(method: str, path: str, body: Any = None) -> Any:
        given = client.open(f"/v1{path}", method=method, json=body, headers=headers)
        assert given.status_code < 300, given.json
        return given.json

    def go_on() -> None:
        call("PUT", f"/greetings/{uuid4()}", {"party_size": 2})
        wish = {"id": str(uuid4()), "category": "seating"}
        call("PUT", f"/greetings/{uuid4()}", {"answer": "help", "request": wish})
        done = call("POST", f"/requests/{wish['id']}/resolve")
        call("POST", f"/ratings/{done['rating']['code']}", {"stars": 5})
        asked_for = f"/requests/{uuid4()}"
        call("PUT", asked_for, {"category": "cleaning"})
        call("POST", f"{asked_for}/accept")
        call("POST", f"{asked_for}/release")

    for _ in range(3):
        go_on()
    assert planned
    planned.clear()
    go_on()
    assert planned == []
