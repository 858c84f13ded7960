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


@dataclass(frozen=True, kw_only=True, slots=True)
class Ratio:
    """A ratio of two sums, and between what it lies with 95 % confidence; None for too few."""

    value: float
    low: float | None
    high: float | None


def ratio(pairs: Sequence[tuple[float, float]]) -> Ratio | None:
    """Return the sum of the first over the sum of the second, None where that is nothing.

    The standard error is that of the ratio estimator for a simple random sample of people, or of
    events, from many more (Cochran 1977, Sampling Techniques, 3rd edition, section 6.4: equation
    6.13 with a sampling fraction of 0): each counts with how far it is from the ratio, so that who
    is many hours at work weighs more, and those who differ make it wide. Half the width is that,
    times Student's t with a degree less than there are of them. What cannot be below 0 has no bound
    there.
    """
    whole = fsum(exposure for _, exposure in pairs)
    if not whole:
        return None
    value = fsum(count for count, _ in pairs) / whole
    n = len(pairs)
    if n < 2:
        return Ratio(value=value, low=None, high=None)
    spread = fsum((count - value * exposure) ** 2 for count, exposure in pairs)
    half = student_95(n - 1) * sqrt(spread * n / (n - 1)) / whole
    return Ratio(value=value, low=max(0.0, value - half), high=value + half)


def student_95(degrees: int) -> float:
    """Return the two-sided 95 % point of Student's t with so many ``degrees`` of freedom.

    By its expansion around the normal one (Abramowitz & Stegun 1964, Handbook of Mathematical
    Functions, 26.7.5): 0.03 % too small with 4 degrees, and closer with more.
    """
    z = Z_95
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92_160,
    )
    return z + fsum(term / degrees**power for power, term in enumerate(terms, start=1))


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
