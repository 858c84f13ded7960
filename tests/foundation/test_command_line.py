"""What the command line says where the installation is not as needed: one clear line."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from backend.cli import cli
from backend.settings import Secrets

WAITS = """
import os, time
from backend import server
def better(seconds):
    os.environ["ON_THE_SPOT_DATABASE_URL"] = os.environ["BETTER"]
time.sleep = better
print(type(server._in_worker()).__name__)
"""


def run(instance: Path, *said: str, database: str | None = None) -> tuple[int, str]:
    env = {"ON_THE_SPOT_INSTANCE": str(instance), "ON_THE_SPOT_DATABASE_URL": database}
    done = CliRunner().invoke(cli, said, env=env)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_a_database_of_a_state_that_is_not_known_is_left_as_it_is(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate") == (0, "")
    path = tmp_path / "on_the_spot.db"
    with sqlite3.connect(path) as database:
        database.execute("update alembic_version set version_num = '0017'")
    code, said = run(tmp_path, "migrate")
    assert code == 1
    assert "of version 0017, which this program does not know" in said
    assert run(tmp_path, "verify")[0] == 1
    with sqlite3.connect(path) as database:
        assert database.execute("select version_num from alembic_version").fetchone() == ("0017",)


@pytest.mark.parametrize(
    ("database", "says"),
    [("nowhere", "Could not parse"), ("sqlite:///{}", "file is not a database")],
)
def test_what_is_no_database_is_told_in_one_line(tmp_path: Path, database: str, says: str) -> None:
    file = tmp_path / "words.db"
    file.write_text("These are words. " * 1_000)
    code, said = run(tmp_path, "migrate", database=database.format(file))
    assert code == 1
    assert says in said
    assert said.count("\n") == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    code, said = run(tmp_path / "file" / "instance", "migrate")
    assert (code, said.count("\n")) == (1, 1)
    assert str(tmp_path / "file") in said


def test_a_process_of_the_server_waits_for_its_database(tmp_path: Path) -> None:
    Secrets.keep(tmp_path / "secrets.json")
    given = {
        "ON_THE_SPOT_ENVIRONMENT": "production",
        "ON_THE_SPOT_INSTANCE": str(tmp_path),
        "ON_THE_SPOT_PUBLIC_URL": "https://arena.test",
        "ON_THE_SPOT_DATABASE_URL": "postgresql+psycopg://nobody@127.0.0.1:9/nowhere",
        "BETTER": f"sqlite:///{tmp_path / 'here.db'}",
    }
    done = subprocess.run(
        [sys.executable, "-P", "-c", WAITS],
        env=os.environ | given,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "Application"
    assert '"event":"waiting for the database"' in done.stderr
