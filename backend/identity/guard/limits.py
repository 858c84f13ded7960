"""Bounds on guessing: how often one account or one address may try to sign in, or try codes.

A whole arena signs in from one address at the start of an evening, so an address is only held to
what no crowd of honest people reaches; an account is held tightly. Thousands of fans rate from one
address, too: there only codes that nobody knows are counted, and only they are refused.
"""

import math

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from backend.foundation import clock
from backend.foundation.problems import TooMany
from backend.identity.problems import TooManyTries

PER_ADDRESS = RateLimitItemPerMinute(300)
PER_ACCOUNT = RateLimitItemPerMinute(10, 5)
PER_SESSION = RateLimitItemPerMinute(30)
# Scanned codes are never unknown. Of 2,000 fans who type one from a card in half an hour at most
# one in ten mistypes it twice: 14 a minute.
GUESSES_PER_ADDRESS = RateLimitItemPerMinute(60)


class Limits:
    """Counts tries in this process's memory."""

    def __init__(self) -> None:
        """Start with nobody having tried."""
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count(self, limit: RateLimitItem, *who: str, refusal: type[TooMany] = TooManyTries) -> None:
        """Count a try of ``who``; raises ``refusal`` with the seconds to wait."""
        if not self._limiter.hit(limit, *who):
            window = self._limiter.get_window_stats(limit, *who)
            wait = math.ceil(window.reset_time - clock.now().timestamp())
            raise refusal(retry_after=max(1, wait))
