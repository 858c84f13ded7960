"""Starts what is measured: the floor and the product, each under the product's own server."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.load import Connection, request_bytes

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30
FLAGS = ("--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "error")


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(command: list[str], *, port: int, path: str, environ: dict[str, str]) -> Iterator[int]:
    """Run ``command`` until the block ends; yield its process id once ``path`` answers."""
    server = subprocess.Popen(
        [sys.executable, "-P", "-m", *command],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environ,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(server, port, path)
        yield server.pid
    finally:
        server.terminate()
        server.wait(START_SECONDS)


def _wait_for(server: "subprocess.Popen[bytes]", port: int, path: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            connection = Connection(port)
            status, _ = connection.exchange(request_bytes("GET", path))
            connection.close()
        except OSError:
            time.sleep(0.01)
        else:
            if status < 400:
                return
    raise RuntimeError(f"the server on port {port} did not answer")


@contextmanager
def floor(url: str) -> Iterator[int]:
    """Serve the floor on ``url``'s database; yield its port."""
    port = free_port()
    workers = "1" if url.startswith("sqlite") else "2"
    command = ["granian", *FLAGS, "--workers", workers, "--blocking-threads", "4"]
    command += ["--port", str(port), "--factory", "tests.bench.floor:create_app"]
    with serving(command, port=port, path="/empty", environ={"FLOOR_DATABASE_URL": url}):
        yield port


@contextmanager
def product(url: str, *, instance: Path) -> Iterator[tuple[int, int]]:
    """Serve the product on ``url``'s database; yield its port and its process id."""
    port = free_port()
    environ = {
        "ON_THE_SPOT_DATABASE_URL": url,
        "ON_THE_SPOT_INSTANCE": str(instance),
        "ON_THE_SPOT_WORKER_IN_SERVER": "no",
    }
    command = ["backend", "serve", "--port", str(port)]
    with serving(command, port=port, path="/readyz", environ=environ) as process_id:
        yield port, process_id


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
