"""The command line starts and stops a server, from anywhere, once and again."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.servers import free_port

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the product in a folder whose name is as awkward as names get."""
    folder = tmp_path / "On the Spot, 100% déjà"
    shutil.copytree(
        REPOSITORY / "backend", folder / "backend", ignore=shutil.ignore_patterns("__pycache__")
    )
    return folder


def start(checkout: Path, *words: object) -> "subprocess.Popen[str]":
    """Start our command line from elsewhere."""
    clean = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("ON_THE_SPOT_") and key != "PYTHONDONTWRITEBYTECODE"
    }
    clean |= {
        "PYTHONPATH": str(checkout),
        "PYTHONPYCACHEPREFIX": str(checkout.parent.parent / "bytecode"),
        "PYTHONWARNINGS": "",
    }
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "backend", *map(str, words)],
        env=clean,
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


def is_taken(port: int) -> bool:
    """Tell whether somebody answers at ``port``."""
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5):
        return True
    return False


def status_of(url: str) -> int:
    """Return the status with which ``url`` is answered."""
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            status: int = answer.status
            return status
    except urllib.error.HTTPError as error:
        return error.code


def test_an_empty_start_serves_stops_politely_and_starts_again(checkout: Path):
    port = free_port()
    with running(checkout, "run", "--empty", "--port", port) as process:
        printed = read_until(process, "/docs")
        assert f"http://127.0.0.1:{port}/app" in printed, printed
        assert status_of(f"http://127.0.0.1:{port}/v1/nowhere") == 404
        with a_request_under_way(port) as answer:
            process.send_signal(signal.SIGTERM)
            assert answer().startswith(b"HTTP/1.1 401")
        assert process.wait(timeout=60) == 0
    folder = checkout / ".instance"
    assert folder.stat().st_mode & 0o777 == 0o700
    secrets = (folder / "secrets.json").read_bytes()
    with running(checkout, "run", "--empty", "--port", port) as process:
        assert read_until(process, "/docs") == printed
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
    assert (folder / "secrets.json").read_bytes() == secrets


@contextmanager
def a_request_under_way(port: int) -> Iterator[Callable[[], bytes]]:
    """Send half a request; the function that is yielded sends the rest and returns the answer."""
    body = b'{"email": "nobody@arena.example", "password": "unknown", "totp": "123456"}'
    head = "POST /v1/sessions HTTP/1.1\r\nHost: arena\r\nContent-Type: application/json\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=60) as phone:
        phone.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:9])
        assert status_of(f"http://127.0.0.1:{port}/healthz") == 200

        def answer() -> bytes:
            phone.sendall(body[9:])
            return phone.recv(100)

        yield answer


def test_the_demo_is_made_once_and_printed_again(checkout: Path):
    port, printed = free_port(), []
    for _ in range(2):
        with running(checkout, "run", "--port", port) as process:
            lines = read_until(process, "one-time code now").splitlines()
            first = next(at for at, line in enumerate(lines) if f":{port}/docs" in line)
            printed.append(lines[first:])
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=60) == 0
    assert printed[0] == printed[1]
    assert "Ben Vega" in "".join(printed[0])
    code, said = finish(checkout, "totp")
    assert code == 0
    assert re.fullmatch(r"\d{6}\n\(for \d+ more seconds\)\n", said)
    code, said = finish(checkout, "verify")
    assert code == 0, said
    assert "BROKEN" not in said


def test_the_ends_of_the_seals_are_printed_and_held_against_the_books(checkout: Path):
    assert finish(checkout, "migrate")[0] == 0
    found = ("create-organisation", "The Arena", "--admin-email", "boss@example.org")
    assert finish(checkout, *found, "--payroll-number", "p 1")[0] == 0
    with running(checkout, "worker"):
        printed = ""
        while "audit:2:" not in printed:
            code, printed = finish(checkout, "seals")
            assert code == 0, printed
    [head] = re.findall(r"\baudit:2:[0-9a-f]{64}\b", printed)
    code, said = finish(checkout, "verify", "--head", head)
    assert (code, "BROKEN" in said) == (0, False), said
    assert "wait for their seal: 0 of the ledger, 0 of the audit." in said
    code, said = finish(checkout, "verify", "--head", f"audit:2:{'0' * 64}")
    assert (code, "kept outside" in said) == (1, True), said
    assert finish(checkout, "verify", "--head", "audit:2")[0] == 2


def test_in_production_one_migrates_founds_and_serves_step_by_step(checkout: Path):
    port, kept = free_port(), checkout / "secrets.json"
    assert finish(checkout, "make-secrets", kept) == (0, "")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert finish(checkout, "make-secrets", kept)[0] == 1
    code, printed = finish(checkout, "serve", "--port", port)
    assert (code, printed.count("\n")) == (1, 1)
    assert "backend migrate" in printed
    assert finish(checkout, "migrate") == (0, "")
    found = ("create-organisation", "Second Arena", "--admin-email")
    code, printed = finish(checkout, *found, "boss@example.org")
    assert code == 0
    assert "otpauth://" in printed
    code, printed = finish(checkout, *found, "other@example.org")
    assert (code, printed) == (1, "Error: There is one of that name; nothing was made.\n")
    for wrong in (
        ("x" * 121, "--admin-email", "third@example.org"),
        (" ", "--admin-email", "third@example.org"),
        ("Third Arena", "--admin-email", "nobody"),
        ("Third Arena", "--admin-email", "third@example.org", "--badge", "9" * 41),
        ("Third Arena", "--admin-email", "third@example.org", "--payroll-number", "-"),
    ):
        code, printed = finish(checkout, "create-organisation", *wrong)
        assert (code, "Error: Invalid value" in printed) == (2, True), printed
    with running(checkout, "serve", "--port", port) as process:
        assert f":{port}" in read_until(process, "answers at")
    # It was killed; what answered for it goes, too, and the port is free for the next.
    deadline = time.monotonic() + 30
    while is_taken(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_taken(port)


def test_a_busy_port_is_one_clear_line(checkout: Path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, printed = finish(checkout, "run", "--port", port)
    assert code == 1
    assert printed == f"Error: 127.0.0.1:{port} cannot be used: Address already in use\n"
