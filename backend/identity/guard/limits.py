"""Bounds on guessing: how often one account or one address may try to sign in.

A whole arena signs in from one address at the start of an evening, so an address is only held to
what no crowd of honest people reaches; an account is held tightly.
"""

import math
import threading
from dataclasses import dataclass

from backend.foundation import clock
from backend.identity.problems import TooManyTries

MOST_REMEMBERED = 50_000


@dataclass(frozen=True)
class Limit:
    """So many times in so many seconds, counted from the first."""

    times: int
    seconds: int


PER_ADDRESS = Limit(300, 60)
PER_ACCOUNT = Limit(10, 300)
PER_SESSION = Limit(30, 60)


class Limits:
    """Counts tries in this process's memory, of at most ``size`` accounts and addresses."""

    def __init__(self, *, size: int = MOST_REMEMBERED) -> None:
        """Start with nobody having tried."""
        self._size = size
        self._windows: dict[tuple[str, ...], tuple[float, int]] = {}
        self._guard = threading.Lock()

    def count(self, limit: Limit, *who: str) -> None:
        """Count a try of ``who``; raises TooManyTries with the seconds to wait."""
        now = clock.now().timestamp()
        with self._guard:
            ends, tries = self._windows.get(who, (0.0, 0))
            if ends <= now:
                self._windows.pop(who, None)
                self._make_room(now)
                ends, tries = now + limit.seconds, 0
            if tries >= limit.times:
                raise TooManyTries(retry_after=math.ceil(ends - now))
            self._windows[who] = (ends, tries + 1)

    def _make_room(self, now: float) -> None:
        if len(self._windows) < self._size:
            return
        self._windows = {who: kept for who, kept in self._windows.items() if kept[0] > now}
        if len(self._windows) >= self._size:
            del self._windows[next(iter(self._windows))]
