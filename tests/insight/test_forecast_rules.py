"""The arithmetic of forecasts, by tables of cases."""

from fractions import Fraction
from math import gamma, pi, sqrt

import pytest

from backend.insight.rules.forecasts import (
    Estimate,
    Estimated,
    Level,
    Price,
    cents_of,
    level_of,
    per_event,
    price_of,
    t_95,
    to_come,
    whole_points,
)


@pytest.mark.parametrize(
    ("part", "whole", "level"),
    [
        (0, 0, Level.REACHED),
        (0, 100, Level.WITHIN),
        (79, 100, Level.WITHIN),
        (80, 100, Level.NEAR),
        (99, 100, Level.NEAR),
        (100, 100, Level.REACHED),
        (130, 100, Level.REACHED),
        (-5, 100, Level.WITHIN),
    ],
)
def test_a_budget_warns_at_80_and_at_100_per_cent(part: int, whole: int, level: Level) -> None:
    assert level_of(part, whole) is level


@pytest.mark.parametrize("freedom", [*range(1, 31), 40, 60, 120])
def test_the_points_of_t_leave_two_and_a_half_per_cent_above(freedom: int) -> None:
    """By Simpson's rule on the density of Student's t from 0 on, whose half is 0.475."""
    scale = gamma((freedom + 1) / 2) / (sqrt(freedom * pi) * gamma(freedom / 2))
    steps = 2_000
    width = t_95(freedom) / steps
    heights = [
        scale * (1 + (place * width) ** 2 / freedom) ** (-(freedom + 1) / 2)
        for place in range(steps + 1)
    ]
    area = (
        width / 3 * (heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2]))
    )
    assert area == pytest.approx(0.475, abs=4e-5)


def test_between_the_points_of_the_table_the_wider_one_counts() -> None:
    assert (t_95(39), t_95(100), t_95(5_000)) == (t_95(30), t_95(60), t_95(120))


@pytest.mark.parametrize(
    ("points", "found"),
    [
        ([], None),
        ([300], Estimate(expected=300, low=None, high=None)),
        ([300, 300, 300], Estimate(expected=300, low=300, high=300)),
        # Mean 20, deviation 10: 4.303 x 10 / sqrt(3) either way.
        ([10, 20, 30], Estimate(expected=20, low=0, high=44.8434)),
        ([110, 120, 130], Estimate(expected=120, low=95.1566, high=144.8434)),
    ],
)
def test_the_mean_of_events_has_an_interval(points: list[int], found: Estimate | None) -> None:
    assert_alike(per_event(points), found)


@pytest.mark.parametrize(
    ("points", "events", "found"),
    [
        ([], 5, None),
        ([300], 0, Estimate(expected=0, low=0, high=0)),
        ([300], 2, Estimate(expected=600, low=None, high=None)),
        # 4 to come by 3 before: 4.303 x 10 x sqrt(4 + 16/3) either way.
        ([110, 120, 130], 4, Estimate(expected=480, low=348.5418, high=611.4582)),
        ([10, 20, 30], 4, Estimate(expected=80, low=0, high=211.4582)),
    ],
)
def test_what_is_to_come_has_a_wider_one(
    points: list[int], events: int, found: Estimate | None
) -> None:
    assert_alike(to_come(points, events=events), found)


def assert_alike(one: Estimate | None, other: Estimate | None) -> None:
    if one is None or other is None:
        assert one is other
        return
    for name in ("expected", "low", "high"):
        left, right = getattr(one, name), getattr(other, name)
        assert left == (right if right is None else pytest.approx(right, abs=0.01))


@pytest.mark.parametrize(
    ("less", "more", "found"),
    [
        (0, 0, Estimated(expected=80, low=12, high=212)),
        (20, 0, Estimated(expected=60, low=0, high=192)),
        (100, 7, Estimated(expected=7, low=7, high=119)),
    ],
)
def test_what_came_already_is_not_to_come(less: int, more: int, found: Estimated) -> None:
    estimate = Estimate(expected=80.2, low=12.9, high=211.1)
    assert whole_points(estimate, less=less, more=more) == found


def test_an_interval_that_is_not_known_stays_unknown() -> None:
    estimate = Estimate(expected=5, low=None, high=None)
    assert whole_points(estimate, more=1) == Estimated(expected=6, low=None, high=None)


@pytest.mark.parametrize(
    ("spent", "offered", "found"),
    [
        ((0, 0), [], Price(mean=None, highest=None)),
        ((0, 0), [(5_000, 250), (9_000, 300)], Price(mean=None, highest=Fraction(30))),
        ((7_000, 350), [(5_000, 250)], Price(mean=Fraction(20), highest=Fraction(20))),
        ((8_000, 100), [(5_000, 250)], Price(mean=Fraction(80), highest=Fraction(80))),
        ((8_000, 100), [], Price(mean=Fraction(80), highest=Fraction(80))),
        ((0, 100), [(0, 5)], Price(mean=Fraction(0), highest=Fraction(0))),
    ],
)
def test_a_point_costs_what_was_paid_for_it_and_at_most_what_is_offered(
    spent: tuple[int, int], offered: list[tuple[int, int]], found: Price
) -> None:
    assert price_of(spent=spent, offered=offered) == found


def test_cents_are_rounded_up() -> None:
    assert cents_of(10, Fraction(1, 3)) == 4
    assert cents_of(0, Fraction(1, 3)) == 0
