"""The command line starts and stops a server, from anywhere, once and again."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the product in a folder whose name is as awkward as names get."""
    folder = tmp_path / "On the Spot, 100% déjà"
    shutil.copytree(
        REPOSITORY / "backend", folder / "backend", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


def a_free_port() -> int:
    """Return a port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(checkout: Path, *words: object) -> "subprocess.Popen[str]":
    """Start our command line from elsewhere."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith("ON_THE_SPOT_")}
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "backend", *map(str, words)],
        env=clean | {"PYTHONPATH": str(checkout), "PYTHONWARNINGS": ""},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(checkout: Path, *words: object) -> tuple[int, str]:
    """Run our command line to its end; return its exit code and what it printed."""
    with start(checkout, *words) as process:
        printed, _ = process.communicate(timeout=120)
        return process.returncode, printed


@contextmanager
def running(checkout: Path, *words: object) -> Iterator["subprocess.Popen[str]"]:
    """Run our command line and make sure that it has ended afterwards."""
    with start(checkout, *words) as process:
        try:
            yield process
        finally:
            process.kill()


def read_until(process: "subprocess.Popen[str]", text: str) -> str:
    """Return what ``process`` prints, up to the line with ``text`` or its end."""
    assert process.stdout
    printed = ""
    for line in process.stdout:
        printed += line
        if text in line:
            break
    return printed


def status_of(url: str) -> int:
    """Return the status with which ``url`` is answered."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


def test_an_empty_start_serves_stops_politely_and_starts_again(checkout: Path):
    port = a_free_port()
    kept = None
    for stop in (signal.SIGTERM, signal.SIGINT):
        with running(checkout, "run", "--empty", "--port", port) as process:
            printed = read_until(process, "/docs")
            assert f"http://127.0.0.1:{port}/app" in printed, printed
            assert status_of(f"http://127.0.0.1:{port}/v1/nowhere") == 404
            process.send_signal(stop)
            assert process.wait(timeout=30) == 0, read_until(process, "nothing")
        secrets = (checkout / ".instance" / "secrets.json").read_bytes()
        assert kept in {None, secrets}
        kept = secrets
    assert (checkout / ".instance").stat().st_mode & 0o777 == 0o700


def test_a_busy_port_is_one_clear_line(checkout: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, printed = finish(checkout, "run", "--port", port)
    assert code == 1
    assert printed == f"Error: 127.0.0.1:{port} cannot be used: Address already in use\n"


def test_serve_wants_a_migrated_database(checkout: Path):
    port = a_free_port()
    code, printed = finish(checkout, "serve", "--port", port)
    assert (code, printed.count("\n")) == (1, 1)
    assert "backend migrate" in printed
    assert finish(checkout, "migrate") == (0, "")
    with running(checkout, "serve", "--port", port) as process:
        assert f":{port}" in read_until(process, "answers at")
