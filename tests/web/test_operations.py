"""Health, measurements and logs."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from backend import migrations
from backend.app import create_app
from backend.foundation import logs
from backend.foundation.db import db
from backend.foundation.problems import MEDIA_TYPE
from backend.settings import PRODUCTION, Secrets, Settings
from backend.web import observing, operations
from tests import servers
from tests.wire import Connection, request_bytes


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


LONGEST_START_SECONDS = 60


def a_production_app(database: Path) -> Flask:
    return create_app(
        Settings(
            database_url=f"sqlite:///{database}",
            secrets=Secrets.make(),
            environment=PRODUCTION,
            public_url="https://arena.test",
            worker_in_server=False,
        )
    )


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Flask]:
    """Return the application as in production, on a database without tables."""
    app = a_production_app(tmp_path / "empty.db")
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """Return where the log goes instead of the terminal."""
    written = io.BytesIO()
    monkeypatch.setattr(logs, "log", logs.logger_to(written))
    return written


def ask(port: int, path: str) -> tuple[int, bytes]:
    """Ask over a connection of its own, which any of the server's processes may take."""
    with Connection(port) as connection:
        return connection.exchange(request_bytes("GET", path))


def test_a_living_process_says_so(client: FlaskClient):
    assert client.get("/healthz").json == {"status": "alive"}


def test_a_migrated_database_is_ready(client: FlaskClient):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ready"})


def test_ready_means_the_newest_migration():
    assert migrations.newest() == operations.NEWEST_REVISION


def test_an_empty_database_is_not_ready(production: Flask):
    answer = production.test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.content_type == MEDIA_TYPE
    assert answer.headers["Retry-After"] == "5"


def test_a_database_that_is_away_is_not_ready(tmp_path: Path):
    app = a_production_app(tmp_path / "nowhere" / "at_all.db")
    assert app.test_client().get("/readyz").status_code == 503


def test_answers_are_counted_and_timed_by_endpoint_and_status(client: FlaskClient):
    client.get("/healthz")
    client.get("/nowhere/SECRETCODE")
    client.open("/healthz", method="INVENTED")
    page = client.get("/metrics")
    assert page.content_type.startswith("text/plain")
    assert 'endpoint="operations.healthz",method="GET",status="200"' in page.text
    assert 'endpoint="unmatched",method="GET",status="404"' in page.text
    assert "SECRETCODE" not in page.text
    assert "INVENTED" not in page.text


def test_a_request_is_logged_without_its_path(production: Flask, lines: io.BytesIO):
    client = production.test_client()
    answer = client.get("/r/SECRETCODE?name=Alex", headers={"X-Request-Id": "proxy-made-1"})
    entry = json.loads(lines.getvalue().splitlines()[-1])
    assert entry["endpoint"] == "fan.show_question"
    assert entry["status"] == answer.status_code
    assert entry["request_id"] == answer.headers["X-Request-Id"] == "proxy-made-1"
    assert set(entry) <= logs.LOGGED
    assert b"SECRETCODE" not in lines.getvalue()
    assert b"Alex" not in lines.getvalue()


@pytest.mark.parametrize("hostile", ["short", "x" * 65, "a b c d e f g h", 'quote"quote"quote'])
def test_a_request_id_from_outside_is_taken_only_when_it_is_plain(
    client: FlaskClient, hostile: str
):
    answer = client.get("/healthz", headers={"X-Request-Id": hostile})
    assert answer.headers["X-Request-Id"] != hostile
    assert len(answer.headers["X-Request-Id"]) == 32


def test_a_log_line_stays_one_line_and_drops_what_is_not_allowed(lines: io.BytesIO):
    logs.log.info("request", endpoint="x\r\nforged: yes", name="Alex", comment="hello")
    assert lines.getvalue().count(b"\n") == 1
    assert b"Alex" not in lines.getvalue()
    assert b"hello" not in lines.getvalue()


def test_what_cannot_be_logged_stops_nothing(production: Flask, monkeypatch: pytest.MonkeyPatch):
    with Path("/dev/full").open("wb", buffering=0) as full:
        monkeypatch.setattr(logs, "log", logs.logger_to(full))
        assert production.test_client().get("/healthz").json == {"status": "alive"}
        logs.log_fault("job failed", RuntimeError(), job="seal")


def test_a_fault_is_logged_by_place_without_its_message(production: Flask, lines: io.BytesIO):

    def break_down() -> str:
        raise RuntimeError("Alex Usher, badge 12")

    production.add_url_rule("/v1/break", "break_down", break_down)
    answer = production.test_client().get("/v1/break")
    assert answer.status_code == 500
    assert answer.content_type == MEDIA_TYPE
    fault = json.loads(lines.getvalue().splitlines()[0])
    assert fault["fault"] == "RuntimeError"
    assert fault["trace"][-1].endswith(" break_down")
    assert b"Alex" not in lines.getvalue() + answer.data


@pytest.mark.parametrize("address", ["/", "/app", "/board", "/docs", "/hr", "/privacy"])
def test_a_fault_of_a_page_is_told_as_a_page(app: Flask, lines: io.BytesIO, address: str):
    def broken(**_: object) -> str:
        raise ValueError("a bug")

    with app.test_request_context(address):
        endpoint = str(request.endpoint)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setitem(app.view_functions, endpoint, broken)
        answer = app.test_client().get(address)
    assert (answer.status_code, answer.mimetype) == (500, "text/html")


def test_measurements_of_all_processes_are_added_up(tmp_path: Path):
    """In a process of its own: the library looks at the folder when it is loaded."""
    script = f"""
from backend.app import create_app
from tests.conftest import settings_for
client = create_app(settings_for("sqlite:///{tmp_path / "none.db"}")).test_client()
for _ in range(3):
    client.get("/healthz")
print(client.get("/metrics").text)
"""
    environment = {**os.environ, observing.MULTIPROCESS_FOLDER: str(tmp_path)}
    for expected in ("3.0", "6.0"):
        seen = subprocess.run(
            [sys.executable, "-c", script],
            cwd=Path(__file__).parents[2],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        counted = 'seconds_count{endpoint="operations.healthz",method="GET",status="200"} '
        assert counted + expected in seen.stdout


def test_a_server_of_two_processes_adds_its_measurements_up_by_itself(tmp_path: Path):
    port = servers.free_port()
    environ = {"ON_THE_SPOT_INSTANCE": str(tmp_path), "ON_THE_SPOT_PROCESSES": "2"}
    command = ["backend", "run", "--empty", "--port", str(port)]
    with servers.serving(command, port=port, path="/readyz", environ=environ):
        # Each process keeps its counts in a file of its own, from its first answer on.
        files, asked = tmp_path / "metrics" / str(port), 0
        deadline = time.monotonic() + LONGEST_START_SECONDS
        while asked < 40 or len(list(files.glob("histogram_*.db"))) < 2:
            assert ask(port, "/nowhere")[0] == 404
            assert time.monotonic() < deadline, "only one process answers"
            asked += 1
        name = b'seconds_count{endpoint="unmatched",method="GET",status="404"}'
        counted = b"%s %.1f" % (name, asked)
        pages = [ask(port, "/metrics")[1] for _ in range(6)]
    assert all(counted in page for page in pages)
