"""Computes with SciPy what the tests of formulas expect; SciPy is no dependency of ours.

    python -m venv /tmp/scipy && /tmp/scipy/bin/pip install scipy==1.17.1
    /tmp/scipy/bin/python tests/insight/formulas_by_scipy.py > tests/insight/formulas.json

Nothing of ours is imported. Where we have a closed form, this looks for the root: for the prior
under which people would differ as much as those in the case do, by SciPy's own variances; and for
the one of the largest marginal likelihood, to which ours must come near where people are many.
"""

import json
import sys
from collections.abc import Callable, Iterator
from math import exp, log
from typing import Any

import numpy as np  # type: ignore[import-not-found]
from scipy import optimize, stats  # type: ignore[import-untyped]

Array = Any
PROPORTIONS = (
    *((0, 1), (1, 1), (0, 10), (5, 10), (1, 3), (29, 30)),
    *((30, 30), (97, 100), (970, 1_000), (8_700, 10_000)),
)


def spread(counts: Array, exposures: Array) -> tuple[float, float]:
    mean = counts.sum() / exposures.sum()
    return mean, float((exposures * (counts / exposures - mean) ** 2).sum())


def expected_spread(variances: Array, exposures: Array) -> float:
    """Return what `spread` comes to on average where figures vary by ``variances``."""
    whole = exposures.sum()
    return float((exposures * variances).sum() - (exposures**2 * variances).sum() / whole)


def strength_by(
    variance_at: Callable[[float, float], Array], counts: Array, exposures: Array
) -> tuple[float, float]:
    mean, seen = spread(counts, exposures)

    def missing(log_strength: float) -> float:
        variances = variance_at(mean, exp(log_strength))
        return expected_spread(variances, exposures) - seen

    return mean, exp(optimize.brentq(missing, log(1e-3), log(1e9), xtol=1e-14, rtol=1e-14))


def likeliest(
    log_likelihood: Callable[[float, float], Array], start: tuple[float, float]
) -> tuple[float, float]:
    found = optimize.minimize(
        lambda free: -log_likelihood(*np.exp(free)), np.log(start), method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-8, "maxiter": 4_000},
    )  # fmt: skip
    first, second = np.exp(found.x)
    return float(first), float(second)


def shares(seed: int, people: int, a: float, b: float, most: int) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    n = draw.integers(1, most, size=people)
    good = stats.betabinom.rvs(n, a, b, random_state=draw)
    mean, strength = strength_by(
        lambda m, s: stats.betabinom.var(n, m * s, (1 - m) * s) / n**2, good, n
    )
    alpha, beta = likeliest(lambda a, b: stats.betabinom.logpmf(good, n, a, b).sum(), (a, b))
    posterior = stats.beta(mean * strength + good[0], (1 - mean) * strength + n[0] - good[0])
    return {
        "people": [[int(g), int(k)] for g, k in zip(good, n, strict=True)],
        "mean": float(mean),
        "strength": strength,
        "first": float(posterior.mean()),
        "likeliest": {"mean": alpha / (alpha + beta), "strength": alpha + beta},
    }


def rates(seed: int, people: int, shape: float, strength: float, most: int) -> dict[str, Any]:
    draw = np.random.default_rng(seed)
    hours = np.round(draw.uniform(1, most, size=people) * 4) / 4
    counts = stats.nbinom.rvs(shape, strength / (strength + hours), random_state=draw)

    def variance_at(mean: float, s: float) -> Array:
        return stats.nbinom.var(mean * s, s / (s + hours)) / hours**2

    mean, found = strength_by(variance_at, counts, hours)
    a, b = likeliest(
        lambda a, b: stats.nbinom.logpmf(counts, a, b / (b + hours)).sum(), (shape, strength)
    )
    posterior = stats.gamma(mean * found + counts[0], scale=1 / (found + hours[0]))
    return {
        "people": [[int(c), float(h)] for c, h in zip(counts, hours, strict=True)],
        "mean": float(mean),
        "strength": found,
        "first": float(posterior.mean()),
        "likeliest": {"mean": a / b, "strength": b},
    }


def proportions() -> Iterator[list[float]]:
    for successes, n in PROPORTIONS:
        found = stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
        yield [successes, n, float(found.low), float(found.high)]


def ratios(seed: int, people: int, spread: float) -> dict[str, Any]:
    """Return points and hours of people, with the interval by the linearised ratio."""
    draw = np.random.default_rng(seed)
    hours = np.round(draw.uniform(2, 90, size=people) * 4) / 4
    points = draw.poisson(hours * draw.gamma(1 / spread, 30 * spread, size=people))
    value = points.sum() / hours.sum()
    # Each person's influence on the ratio; the spread of their mean is the ratio's.
    influence = (points - value * hours) / hours.mean()
    low, high = stats.t.interval(0.95, people - 1, loc=value, scale=stats.sem(influence))
    return {
        "pairs": [[int(p), float(h)] for p, h in zip(points, hours, strict=True)],
        "value": float(value),
        "low": float(low),
        "high": float(high),
    }


def students() -> Iterator[list[float]]:
    for degrees in (4, 5, 6, 8, 10, 15, 20, 30, 60, 120, 1_000):
        yield [degrees, float(stats.t.ppf(0.975, degrees))]


if __name__ == "__main__":
    made = {
        "wilson": list(proportions()),
        "shares": [
            shares(1, 12, 18, 2, 40),
            shares(2, 60, 45, 5, 80),
            shares(3, 400, 28, 4, 120),
        ],
        "rates": [
            rates(4, 12, 4, 8, 60),
            rates(5, 60, 9, 6, 200),
            rates(6, 400, 6, 20, 200),
        ],
        "students": list(students()),
        "ratios": [
            ratios(7, 5, 0.1),
            ratios(8, 12, 0.3),
            ratios(9, 60, 0.2),
            ratios(10, 400, 0.4),
        ],
    }
    sys.stdout.write(json.dumps(made) + "\n")
