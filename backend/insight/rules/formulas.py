"""The formulas behind shares and fair boards, each with its source.

A few ratings or hours say little about somebody. How little, the colleagues say: the less they
differ among each other beyond chance, the more somebody's own figure is drawn to theirs. That is
empirical Bayes (Efron & Morris 1975): the prior of a person is fitted to all at the same kind of
post. Sums are exact (`fsum`), so that they come out the same in any order and on any machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

# The two-sided 95 % point of the standard normal distribution.
Z_95 = 1.959963984540054
CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Bounds:
    """Between what a prior's strength must lie, in ratings or in hours."""

    weakest: float
    strongest: float


# A class of three tells hardly how much people differ: without a lower bound it would believe the
# luck of each. The upper one stands for people who do not differ at all.
OF_SHARES = Bounds(weakest=10, strongest=10_000)
OF_RATES = Bounds(weakest=5, strongest=10_000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Prior:
    """What is to be expected of somebody before they did anything.

    It counts like ``strength`` ratings, or hours, of the average ``mean``.
    """

    mean: float
    strength: float

    def shrink(self, count: float, exposure: float) -> float:
        """Return the share or rate of somebody with ``count`` in ``exposure``: ratings, or hours.

        It is the mean of the posterior, and lies between their own and the prior's: of Beta(mean
        x strength, (1 - mean) x strength) and a binomial count, or of a Gamma prior of that mean
        with the rate parameter ``strength`` and a Poisson count (Gelman et al., Bayesian Data
        Analysis, 3rd edition, sections 2.4 and 2.6).
        """
        return (count + self.mean * self.strength) / (exposure + self.strength)


def wilson(successes: int, n: int) -> tuple[float, float] | None:
    """Return the 95 % score interval of a proportion (Wilson 1927), None without observations.

    Unlike the textbook interval it stays within 0 and 1 and is honest for 30 of 30.
    """
    if not n:
        return None
    proportion = successes / n
    scale = 1 + Z_95**2 / n
    centre = (proportion + Z_95**2 / (2 * n)) / scale
    spread = proportion * (1 - proportion) / n + Z_95**2 / (4 * n**2)
    half = Z_95 * sqrt(spread) / scale
    # Exactly 0 and 1 at the ends, where rounding would fall short of them.
    return (centre - half if successes else 0.0, centre + half if successes < n else 1.0)


def fit_shares(people: Sequence[tuple[int, int]]) -> Prior | None:
    """Return the Beta prior of people with (good ratings, ratings); None without ratings.

    By moments (Kleinman 1973, Journal of the American Statistical Association 68, 46-54), each
    person weighing as much as they have ratings.
    """
    rated = [(good, n) for good, n in people if n]
    n_all = sum(n for _, n in rated)
    if not n_all:
        return None
    mean = sum(good for good, _ in rated) / n_all
    chance = mean * (1 - mean)
    others = len(rated) - 1
    room = n_all - sum(n * n for _, n in rated) / n_all - others
    alike = 0.0
    if chance > 0 and room > 0:
        spread = fsum(n * (good / n - mean) ** 2 for good, n in rated)
        alike = (spread / chance - others) / room
    strength = 1 / alike - 1 if alike > 0 else OF_SHARES.strongest
    return Prior(mean=mean, strength=_within(OF_SHARES, strength))


def fit_rates(people: Sequence[tuple[int, float]]) -> Prior | None:
    """Return the Gamma prior of people with (count, hours above 0); None without hours.

    The Poisson-Gamma model of Clayton & Kaldor (1987, Biometrics 43, 671-681), fitted by the
    moments of Bühlmann & Straub (1970, Bulletin of the Swiss Association of Actuaries 70,
    111-133): each person weighs as much as they have hours, and chance is Poisson's.
    """
    hours_all = fsum(hours for _, hours in people)
    if not hours_all:
        return None
    mean = sum(count for count, _ in people) / hours_all
    others = len(people) - 1
    room = hours_all - fsum(hours * hours for _, hours in people) / hours_all
    variance = 0.0
    if others and room > 0:
        spread = fsum(hours * (count / hours - mean) ** 2 for count, hours in people)
        variance = (spread - others * mean) / room
    strength = mean / variance if variance > 0 else OF_RATES.strongest
    return Prior(mean=mean, strength=_within(OF_RATES, strength))


def _within(bounds: Bounds, strength: float) -> float:
    return min(max(strength, bounds.weakest), bounds.strongest)
