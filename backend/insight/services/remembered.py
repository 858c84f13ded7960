"""What many ask for at once is read once: values that may be a moment old, per process."""

import threading
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from backend.foundation.memory import Memory

MOST = 500
Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """Values by key, each for a moment after it was made; at most ``most`` of them."""

    def __init__(self, *, seconds: float, lent_seconds: float = 0, most: int = MOST) -> None:
        """Remember nothing yet, and later everything for ``seconds``.

        While one thread makes a value anew, the others get the old one for ``lent_seconds`` more,
        and wait for the new one after that.
        """
        self._lives = timedelta(seconds=seconds)
        self._lent = timedelta(seconds=lent_seconds)
        self._kept: Memory[Hashable, tuple[datetime, Value]] = Memory(size=most)
        # Keys share locks, so that their number is bounded too.
        self._turns = [threading.Lock() for _ in range(64)]

    def get(self, key: Hashable, *, now: datetime, make: Callable[[], Value]) -> Value:
        """Return the value of ``key`` as it was at most a moment before ``now``.

        ``make`` must not ask for another value of the same memory.
        """
        kept = self._kept.find(key)
        if kept and abs(now - kept[0]) < self._lives:
            return kept[1]
        lent = kept if kept and abs(now - kept[0]) < self._lives + self._lent else None
        turn = self._turns[hash(key) % len(self._turns)]
        if not turn.acquire(blocking=lent is None) and lent:
            return lent[1]
        try:
            kept = self._kept.find(key)
            if kept is None or abs(now - kept[0]) >= self._lives:
                kept = (now, make())
                self._kept.keep(key, kept)
            return kept[1]
        finally:
            turn.release()
