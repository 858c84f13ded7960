"""Many hands reach for one request at the same moment."""

import threading
import time
from collections.abc import Sequence

from tests.wire import Connection


def claim_race(port: int, hands: Sequence[tuple[bytes, bytes]]) -> tuple[float, float]:
    """Let each of ``hands`` send its first request, then all of them their second at once.

    The first warms the connection and the token, the second claims what only one can get. Return
    the milliseconds until the winner, and until the last loser, was answered.
    """
    gate = threading.Barrier(len(hands))
    answers: list[tuple[int, float]] = []

    def reach(warming: bytes, claim: bytes) -> None:
        with Connection(port) as connection:
            connection.exchange(warming)
            gate.wait()
            started = time.perf_counter()
            status, _ = connection.exchange(claim)
            answers.append((status, (time.perf_counter() - started) * 1000))

    threads = [threading.Thread(target=reach, args=hand) for hand in hands]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [passed for status, passed in answers if status == 200]
    losers = [passed for status, passed in answers if status == 409]
    assert len(winners) == 1, answers
    assert len(losers) == len(hands) - 1, answers
    return winners[0], max(losers)
