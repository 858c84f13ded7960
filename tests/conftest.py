"""Real databases for every test: SQLite on disk and PostgreSQL, migrated as in production."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend import migrations
from backend.app import create_app
from backend.foundation import logs
from backend.foundation.db import db, transaction
from backend.settings import Secrets, Settings
from tests import factories, postgres
from tests.contract.document import hold_to_the_contract


def settings_for(database_url: str) -> Settings:
    """Return settings for tests: cheap hashes, no worker thread, no rate limits.

    Nor are ratings screened: tests rate quicker than fans, and all from one address.
    """
    return Settings(
        database_url=database_url,
        secrets=Secrets.make(),
        public_url="http://arena.test",
        worker_in_server=False,
        rate_limits=False,
        screening=False,
        cheap_hashes=True,
    )


@contextmanager
def a_database(engine: str, folder: Path) -> Iterator[str]:
    """Yield the URL of an empty database of ``engine``."""
    if engine == "sqlite":
        yield f"sqlite:///{folder / 'test.db'}"
    else:
        with postgres.running() as url:
            yield url


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def app(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """Yield the application on a migrated database; every test that uses it runs on both."""
    with a_database(request.param, tmp_path_factory.mktemp("database")) as url:
        app = create_app(settings_for(url))
        migrations.upgrade(app)
        app.after_request(hold_to_the_contract)
        yield app
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """Return what reads the log, which goes nowhere else meanwhile."""
    written = BytesIO()
    monkeypatch.setattr(logs, "log", logs.logger_to(written))
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """Yield a session inside a transaction that commits at the end of the test."""
    with app.app_context(), transaction() as session:
        yield session


@pytest.fixture
def arena(session: Session) -> factories.Arena:
    """Return a fresh arena inside the test's own transaction."""
    return factories.make_arena(session)
