"""What a process remembers: bounded, and safe to share between threads."""

import threading
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Memory(Generic[Key, Value]):
    """At most ``size`` values by key; the one kept longest makes room for a new one."""

    def __init__(self, *, size: int) -> None:
        """Remember nothing yet."""
        self._size = size
        self._kept: dict[Key, Value] = {}
        self._guard = threading.Lock()

    def find(self, key: Key) -> Value | None:
        """Return what is kept under ``key``, or None."""
        return self._kept.get(key)

    def keep(self, key: Key, value: Value) -> None:
        """Keep ``value`` under ``key``."""
        with self._guard:
            self._kept.pop(key, None)
            if len(self._kept) >= self._size:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = value

    def forget(self, key: Key) -> None:
        """Drop what is kept under ``key``."""
        with self._guard:
            self._kept.pop(key, None)
