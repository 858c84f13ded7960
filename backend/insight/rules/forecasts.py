"""What a season will have cost when it ends, by what it has cost so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor, sqrt
from statistics import fmean, stdev

NEAR_FROM, REACHED_FROM = 0.8, 1.0
# Two-sided 95 % points of Student's t distribution, by degrees of freedom.
_T_95 = {
    1: 12.706,
    2: 4.303,
    3: 3.182,
    4: 2.776,
    5: 2.571,
    6: 2.447,
    7: 2.365,
    8: 2.306,
    9: 2.262,
    10: 2.228,
    11: 2.201,
    12: 2.179,
    13: 2.160,
    14: 2.145,
    15: 2.131,
    16: 2.120,
    17: 2.110,
    18: 2.101,
    19: 2.093,
    20: 2.086,
    21: 2.080,
    22: 2.074,
    23: 2.069,
    24: 2.064,
    25: 2.060,
    26: 2.056,
    27: 2.052,
    28: 2.048,
    29: 2.045,
    30: 2.042,
    40: 2.021,
    60: 2.000,
    120: 1.980,
}


class Level(StrEnum):
    """How much of a budget is used."""

    WITHIN = "within"
    NEAR = "near"
    REACHED = "reached"


class NoForecast(StrEnum):
    """Why there is no forecast."""

    ANOTHER_SEASON = "another_season"
    NO_EVENT_ENDED = "no_event_ended"


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """What is expected, and between what it lies in 95 cases of 100, where that can be said."""

    expected: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimated:
    """An estimate in whole points or cents; ``low`` is rounded down and ``high`` up."""

    expected: int
    low: int | None
    high: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """What a point costs in cents: on average so far, and at most; None where nothing says it."""

    mean: Fraction | None
    highest: Fraction | None


def level_of(part: int, whole: int) -> Level:
    """Return how much of ``whole`` is used by ``part``: near from 80 %, reached from 100 %."""
    if part >= REACHED_FROM * whole:
        return Level.REACHED
    return Level.NEAR if part >= NEAR_FROM * whole else Level.WITHIN


def t_95(freedom: int) -> float:
    """Return the two-sided 95 % point of Student's t for ``freedom`` degrees, one or more.

    Between those of the table the next lower one, which is a little too wide.
    """
    return _T_95[max(known for known in _T_95 if known <= freedom)]


def per_event(points: Sequence[int]) -> Estimate | None:
    """Return the mean of the ``points`` of events, with its 95 % interval (Student 1908).

    None without events; of one event there is a mean and no interval.
    """
    if not points:
        return None
    n, mean = len(points), fmean(points)
    if n == 1:
        return Estimate(expected=mean, low=None, high=None)
    half = t_95(n - 1) * stdev(points) / sqrt(n)
    return Estimate(expected=mean, low=max(0.0, mean - half), high=mean + half)


def to_come(points: Sequence[int], *, events: int) -> Estimate | None:
    """Return what so many further ``events`` will earn together, by the ``points`` of those before.

    A prediction interval for the sum of k further values by the mean m and standard deviation s of
    n before them, k m ± t s √(k + k²/n) (Hahn and Meeker, Statistical Intervals, 1991: k times
    that for a mean). Events are taken to be independent, alike and roughly normal.
    """
    mean = per_event(points)
    if mean is None:
        return None
    expected, n = events * mean.expected, len(points)
    if not events:
        return Estimate(expected=0.0, low=0.0, high=0.0)
    if n == 1:
        return Estimate(expected=expected, low=None, high=None)
    half = t_95(n - 1) * stdev(points) * sqrt(events + events**2 / n)
    return Estimate(expected=expected, low=max(0.0, expected - half), high=expected + half)


def whole_points(estimate: Estimate, *, less: int = 0, more: int = 0) -> Estimated:
    """Return ``estimate`` in whole points, without ``less`` that came already, and ``more``."""
    low, high = estimate.low, estimate.high
    return Estimated(
        expected=max(0, round(estimate.expected) - less) + more,
        low=None if low is None else max(0, floor(low) - less) + more,
        high=None if high is None else max(0, ceil(high) - less) + more,
    )


def price_of(*, spent: tuple[int, int], offered: Sequence[tuple[int, int]]) -> Price:
    """Return what a point costs, by (cents, points) that were ``spent`` and are ``offered``.

    The highest is never under the mean: what was dear once may have been taken off the list.
    """
    cents, points = spent
    mean = Fraction(cents, points) if points else None
    highest = max((Fraction(*one) for one in offered), default=None)
    known = [one for one in (mean, highest) if one is not None]
    return Price(mean=mean, highest=max(known) if known else None)


def cents_of(points: int, price: Fraction) -> int:
    """Return what ``points`` cost in whole cents, rounded up."""
    return ceil(points * price)
