"""What many ask for at once is read once: values that may be a moment old, per process."""

from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

MOST = 500
Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """Values by key, each for a moment after it was made; at most `MOST` of them."""

    def __init__(self, *, seconds: float) -> None:
        """Remember nothing yet, and later everything for ``seconds``."""
        self._lives = timedelta(seconds=seconds)
        self._values: dict[Hashable, tuple[datetime, Value]] = {}

    def get(self, key: Hashable, *, now: datetime, make: Callable[[], Value]) -> Value:
        """Return the value of ``key`` as it was at most a moment before ``now``."""
        kept = self._values.get(key)
        if kept is not None and kept[0] <= now < kept[0] + self._lives:
            return kept[1]
        value = make()
        if len(self._values) >= MOST:
            self._values.clear()
        self._values[key] = (now, value)
        return value
