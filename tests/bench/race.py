"""Many hands reach for one request at the same moment."""

import threading
import time
from uuid import UUID

from tests.wire import Connection, request_bytes


def claim_race(port: int, request_id: UUID, headers: list[dict[str, str]]) -> tuple[float, float]:
    """Accept one request as everybody at once.

    Return the milliseconds until the winner, and until the last loser, was answered.
    """
    gate = threading.Barrier(len(headers))
    answers: list[tuple[int, float]] = []

    def reach(own: dict[str, str]) -> None:
        with Connection(port) as connection:
            # Warms the connection and the token; only the claim itself is timed.
            connection.exchange(request_bytes("GET", "/v1/me", headers=own))
            request = request_bytes("POST", f"/v1/requests/{request_id}/accept", headers=own)
            gate.wait()
            started = time.perf_counter()
            status, _ = connection.exchange(request)
            answers.append((status, (time.perf_counter() - started) * 1000))

    threads = [threading.Thread(target=reach, args=(own,)) for own in headers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [passed for status, passed in answers if status == 200]
    losers = [passed for status, passed in answers if status == 409]
    assert len(winners) == 1, answers
    assert len(losers) == len(headers) - 1, answers
    return winners[0], max(losers)
