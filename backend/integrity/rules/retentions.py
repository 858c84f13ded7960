"""For how long what fans wrote is kept, and what was seen of their phones; both in days."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# A season and the summer after it: words are of use for as long as somebody may act on them.
WORD_DAYS = 365
LEAST_WORD_DAYS, MOST_WORD_DAYS = 30, 1_095
# Past the hold of points (72 hours, at most 30 days) and an appeal against them nobody asks.
SIGNAL_DAYS = 30
LEAST_SIGNAL_DAYS, MOST_SIGNAL_DAYS = 7, 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Periods:
    """How many days words and signals are kept."""

    word_days: int = WORD_DAYS
    signal_days: int = SIGNAL_DAYS

    def words_since(self, now: datetime) -> datetime:
        """Return the instant before which nothing that a fan wrote is kept."""
        return now - timedelta(days=self.word_days)

    def signals_since(self, now: datetime) -> datetime:
        """Return the instant before which no signal is kept."""
        return now - timedelta(days=self.signal_days)
