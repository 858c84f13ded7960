"""Real servers for tests and the bench: processes of their own, on loopback."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.wire import Connection, request_bytes

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 30


def free_port() -> int:
    """Return a loopback port that is free now.

    Below those that systems give to whoever connects: another test's client cannot be given it
    before a server is there.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def start(
    command: list[str], *, port: int, path: str, environ: dict[str, str]
) -> "subprocess.Popen[bytes]":
    """Run ``command`` in a process group of its own; return it once ``path`` answers."""
    server = subprocess.Popen(
        [sys.executable, "-P", "-m", *command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environ,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(server, port, path)
    except BaseException:
        kill(server)
        raise
    return server


def kill(server: "subprocess.Popen[bytes]") -> None:
    """End ``server`` and all its processes at once, as a power cut would."""
    os.killpg(server.pid, signal.SIGKILL)
    server.wait(START_SECONDS)


@contextmanager
def serving(command: list[str], *, port: int, path: str, environ: dict[str, str]) -> Iterator[int]:
    """Run ``command`` until the block ends; yield its process id once ``path`` answers."""
    server = start(command, port=port, path=path, environ=environ)
    try:
        yield server.pid
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def start_product(url: str, *, port: int, instance: Path) -> "subprocess.Popen[bytes]":
    """Serve the product on the migrated database ``url``, its worker beside it."""
    environ = {
        "ON_THE_SPOT_DATABASE_URL": url,
        "ON_THE_SPOT_INSTANCE": str(instance),
    }
    command = ["backend", "serve", "--port", str(port)]
    return start(command, port=port, path="/readyz", environ=environ)


def _wait_for(server: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with Connection(port) as connection:
                status, _ = connection.exchange(request_bytes("GET", path))
        except OSError:
            time.sleep(0.01)
        else:
            if status < 400:
                return
    raise RuntimeError(f"the server on port {port} did not answer")


@contextmanager
def product(url: str, *, instance: Path) -> Iterator[tuple[int, int]]:
    """Serve the product until the block ends; yield its port and its process id."""
    port = free_port()
    server = start_product(url, port=port, instance=instance)
    try:
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def unshared_megabytes(process_id: int) -> float:
    """Return the memory that only the largest process below ``process_id`` uses (its USS)."""
    return max(_own_kilobytes(child) for child in [process_id, *_below(process_id)]) / 1024


def _below(process_id: int) -> list[int]:
    children = [
        int(child)
        for task in Path(f"/proc/{process_id}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return children + [grandchild for child in children for grandchild in _below(child)]


def _own_kilobytes(process_id: int) -> int:
    rollup = Path(f"/proc/{process_id}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in rollup if line.startswith("Private_"))
