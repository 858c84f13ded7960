"""A load generator: prepared requests over kept-alive connections, as little Python as possible.

It runs on the same cores as the server, so what it costs is part of every figure, the floor's too.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import quantiles

from tests.wire import Connection


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


def drive(port: int, queues: Iterable[Iterator[bytes]], *, seconds: float) -> Result:
    """Send each of ``queues`` over a connection of its own until ``seconds`` have passed."""
    times: list[float] = []
    statuses: Counter[int] = Counter()
    guard = threading.Lock()
    deadline = time.perf_counter() + seconds

    def work(queue: Iterator[bytes]) -> None:
        own_times, own_statuses = [], Counter[int]()
        with Connection(port) as connection:
            for request in queue:
                before = time.perf_counter()
                if before > deadline:
                    break
                status, _ = connection.exchange(request)
                own_times.append(time.perf_counter() - before)
                own_statuses[status] += 1
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
