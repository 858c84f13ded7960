"""Who guesses codes: those that nobody knows are counted against the address they come from."""

from collections.abc import Iterator
from contextlib import contextmanager

from backend.engagement.problems import UnknownCode
from backend.identity import guard


@contextmanager
def counting_guesses() -> Iterator[None]:
    """Raise TooManyGuesses instead of UnknownCode where too many came from one address.

    Whoever has a code that was issued is never refused for what others at that address try.
    """
    try:
        yield
    except UnknownCode:
        guard.count_guess()
        raise
