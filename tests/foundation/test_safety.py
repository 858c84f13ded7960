"""A database that may lose what was acknowledged is refused outside development."""

from collections.abc import Iterator
from dataclasses import replace

import pysqlite3.dbapi2
import pytest
from sqlalchemy import Engine, create_engine

from backend.foundation.db import engine_options
from backend.foundation.safety import refuse_unsafe
from backend.settings import Secrets, Settings, SettingsRefused
from tests import postgres

PRODUCTION = Settings(database_url="", secrets=Secrets.make(), environment="production")


@pytest.fixture(scope="module")
def forgetful() -> Iterator[Engine]:
    """Yield an engine of the tests' own PostgreSQL, which does not write through."""
    with postgres.running() as url:
        engine = create_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def sqlite() -> Iterator[Engine]:
    engine = create_engine("sqlite://", module=engine_options("sqlite", threads=1)["module"])
    yield engine
    engine.dispose()


def test_postgresql_without_fsync_is_refused(forgetful: Engine):
    with pytest.raises(SettingsRefused, match="fsync off"):
        refuse_unsafe(PRODUCTION, forgetful)
    refuse_unsafe(replace(PRODUCTION, environment="development"), forgetful)


def test_a_user_whom_postgresql_keeps_to_no_organisation_is_refused(forgetful: Engine):
    engine = create_engine(forgetful.url.set(username="postgres"))
    with pytest.raises(SettingsRefused, match="superusers"):
        refuse_unsafe(PRODUCTION, engine)
    refuse_unsafe(replace(PRODUCTION, environment="development"), engine)
    engine.dispose()


def test_postgresql_without_synchronous_commit_is_refused_and_a_durable_one_taken():
    with postgres.running(durable=True) as url:
        engine = create_engine(url)
        refuse_unsafe(PRODUCTION, engine)
        engine.dispose()
        engine = create_engine(url, connect_args={"options": "-c synchronous_commit=off"})
        with pytest.raises(SettingsRefused, match="synchronous_commit off"):
            refuse_unsafe(PRODUCTION, engine)
        engine.dispose()


@pytest.mark.parametrize(
    "several",
    [replace(PRODUCTION, processes=2), replace(PRODUCTION, worker_in_server=False)],
    ids=["two servers", "a worker beside the server"],
)
def test_several_processes_on_a_vulnerable_sqlite_are_refused(
    sqlite: Engine, monkeypatch: pytest.MonkeyPatch, several: Settings
):
    refuse_unsafe(several, sqlite)
    monkeypatch.setattr(pysqlite3.dbapi2, "sqlite_version_info", (3, 40, 1))
    refuse_unsafe(PRODUCTION, sqlite)
    with pytest.raises(SettingsRefused, match="several processes"):
        refuse_unsafe(several, sqlite)
