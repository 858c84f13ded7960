"""Pay by workweek: to which a day belongs, and how an amount is spread over several.

A promised bonus is part of the regular rate of the weeks in which it was earned, by which
overtime is paid in the United States (29 CFR 778.209), so payroll is told the weeks. A workweek
is 168 hours in a row that begin on the same weekday each time (29 CFR 778.105). What is earned at
an event is earned on the day of the event, also after midnight.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from enum import StrEnum

from backend.rewards.rules import split

DAYS = 7
# So many are written while SQLite's one writer is taken; the rest is for the next batch.
MOST_LINES = 500


class LineKind(StrEnum):
    """What a line of a batch is."""

    PAYMENT = "payment"
    CORRECTION = "correction"


def week_of(day: date, *, starts_on: int) -> date:
    """Return the first day of the workweek of ``day``; weeks start on 0, Monday, to 6, Sunday."""
    return day - timedelta(days=(day.weekday() - starts_on) % DAYS)


def last_day_of(week: date) -> date:
    """Return the last day of the workweek that begins on ``week``."""
    return week + timedelta(days=DAYS - 1)


def points_by_week(earned: Iterable[tuple[date, int]], *, starts_on: int) -> dict[date, int]:
    """Return the sums of points ``earned`` on days by workweek, in the order of the weeks."""
    weeks: dict[date, int] = {}
    for day, points in earned:
        week = week_of(day, starts_on=starts_on)
        weeks[week] = weeks.get(week, 0) + points
    return dict(sorted(weeks.items()))


def spread(cents: int, points: Mapping[date, int]) -> dict[date, int]:
    """Spread ``cents``, above or below zero, over weeks by their ``points``, to the last cent."""
    parts = split(abs(cents), points)
    return {week: part if cents > 0 else -part for week, part in parts.items()}
