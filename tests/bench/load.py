"""A load generator: prepared requests over kept-alive connections, as little Python as possible.

It runs on the same cores as the server, so what it costs is part of every figure, the floor's too.
"""

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import quantiles

LONGEST_WAIT_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Result:
    """What one round of load has shown; times in milliseconds."""

    per_second: float
    p50: float
    p99: float
    statuses: Counter[int]

    @property
    def clean(self) -> bool:
        """Tell whether every answer was a success."""
        return all(200 <= status < 300 for status in self.statuses)


def request_bytes(
    method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """Return an HTTP/1.1 request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        """Connect to loopback."""
        self._socket = socket.create_connection(("127.0.0.1", port), LONGEST_WAIT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send ``request``; return the status and body of the answer."""
        self._socket.sendall(request)
        received = self._left
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].lower()
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        body = received[end + 4 :]
        while len(body) < length:
            body += self._more()
        self._left = body[length:]
        return int(received[9:12]), body[:length]

    def _more(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def drive(port: int, queues: Iterable[Iterator[bytes]], *, seconds: float) -> Result:
    """Send each of ``queues`` over a connection of its own until ``seconds`` have passed."""
    times: list[float] = []
    statuses: Counter[int] = Counter()
    guard = threading.Lock()
    deadline = time.perf_counter() + seconds

    def work(queue: Iterator[bytes]) -> None:
        connection = Connection(port)
        own_times, own_statuses = [], Counter[int]()
        for request in queue:
            before = time.perf_counter()
            if before > deadline:
                break
            status, _ = connection.exchange(request)
            own_times.append(time.perf_counter() - before)
            own_statuses[status] += 1
        connection.close()
        with guard:
            times.extend(own_times)
            statuses.update(own_statuses)

    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=(queue,)) for queue in queues]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - started
    cuts = quantiles(times, n=100)
    return Result(
        per_second=len(times) / elapsed,
        p50=cuts[49] * 1000,
        p99=cuts[98] * 1000,
        statuses=statuses,
    )
