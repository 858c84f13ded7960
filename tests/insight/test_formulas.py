"""The formulas of shares and fair boards, by what SciPy finds for the same cases."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.insight.rules.formulas import (
    OF_RATES,
    OF_SHARES,
    Prior,
    fit_rates,
    fit_shares,
    ratio,
    student_95,
    wilson,
)

# Made by tests/insight/formulas_by_scipy.py, which says how.
SCIPY: dict[str, Any] = json.loads((Path(__file__).parent / "formulas.json").read_text())
FITS = {"shares": fit_shares, "rates": fit_rates}
CASES = [(kind, case) for kind in FITS for case in SCIPY[kind]]
IDS = [f"{kind} of {len(case['people'])}" for kind, case in CASES]


def fitted(kind: str, case: dict[str, Any]) -> Prior:
    prior = FITS[kind]([(count, exposure) for count, exposure in case["people"]])
    assert prior is not None
    return prior


@pytest.mark.parametrize(("successes", "n", "low", "high"), SCIPY["wilson"])
def test_the_score_interval_is_scipys(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=1e-12)


def test_the_score_interval_stays_within_0_and_1() -> None:
    assert wilson(0, 0) is None
    assert all(
        0 <= low <= successes / n <= high <= 1
        for n in range(1, 60)
        for successes in range(n + 1)
        for low, high in [wilson(successes, n) or (2, 2)]
    )


@pytest.mark.parametrize(("kind", "case"), CASES, ids=IDS)
def test_a_prior_is_the_one_under_which_people_differ_so_much(
    kind: str, case: dict[str, Any]
) -> None:
    prior = fitted(kind, case)
    assert (prior.mean, prior.strength) == pytest.approx((case["mean"], case["strength"]), rel=1e-9)


@pytest.mark.parametrize(("kind", "case"), CASES, ids=IDS)
def test_somebody_is_drawn_to_the_mean_of_the_posterior(kind: str, case: dict[str, Any]) -> None:
    count, exposure = case["people"][0]
    assert fitted(kind, case).shrink(count, exposure) == pytest.approx(case["first"], rel=1e-9)


@pytest.mark.parametrize("kind", FITS)
def test_of_many_people_moments_find_about_the_likeliest_prior(kind: str) -> None:
    case = SCIPY[kind][-1]
    likeliest, prior = case["likeliest"], fitted(kind, case)
    assert prior.mean == pytest.approx(likeliest["mean"], rel=0.02)
    assert prior.strength == pytest.approx(likeliest["strength"], rel=0.1)


@pytest.mark.parametrize("kind", FITS)
def test_the_order_of_people_changes_nothing(kind: str) -> None:
    people = [(count, exposure) for count, exposure in SCIPY[kind][1]["people"]]
    assert FITS[kind](people) == FITS[kind](people[::-1]) == FITS[kind](sorted(people))


def test_without_ratings_or_hours_there_is_no_prior() -> None:
    assert fit_shares([]) is fit_shares([(0, 0)]) is fit_rates([]) is None


@pytest.mark.parametrize(
    "people",
    [[(5, 5)], [(5, 5), (9, 9)], [(1, 1), (0, 1), (1, 1)], [(9, 10), (9, 10)], [(0, 5), (0, 3)]],
)
def test_where_people_do_not_differ_everybody_is_the_average(people: list[tuple[int, int]]) -> None:
    prior = fit_shares(people)
    assert prior is not None
    assert prior.strength == OF_SHARES.strongest


@pytest.mark.parametrize("people", [[(3, 4.0)], [(4, 4.0), (8, 8.0)], [(0, 4.0), (0, 5.0)]])
def test_where_nobody_does_more_in_an_hour_everybody_is_the_average(
    people: list[tuple[int, float]],
) -> None:
    prior = fit_rates(people)
    assert prior is not None
    assert prior.strength == OF_RATES.strongest


def test_the_luck_of_a_class_of_two_is_not_believed() -> None:
    shares, rates = fit_shares([(50, 50), (0, 50)]), fit_rates([(90, 4.0), (0, 4.0)])
    assert shares
    assert rates
    assert (shares.strength, rates.strength) == (OF_SHARES.weakest, OF_RATES.weakest)
    assert shares.shrink(50, 50) < 1


@pytest.mark.parametrize(("degrees", "point"), SCIPY["students"])
def test_students_95_percent_point_is_scipys(degrees: int, point: float) -> None:
    assert student_95(degrees) == pytest.approx(point, rel=4e-4 if degrees < 8 else 2e-5)


@pytest.mark.parametrize("case", SCIPY["ratios"], ids=lambda case: f"of {len(case['pairs'])}")
def test_a_ratio_has_the_interval_of_its_linearised_mean(case: dict[str, Any]) -> None:
    found = ratio([(count, exposure) for count, exposure in case["pairs"]])
    assert found is not None
    assert found.value == pytest.approx(case["value"], rel=1e-12)
    near = pytest.approx((case["low"], case["high"]), rel=2e-3 if len(case["pairs"]) < 8 else 1e-6)
    assert (found.low, found.high) == near


def test_a_ratio_of_people_who_do_not_differ_is_certain_and_of_one_it_is_open() -> None:
    alike = ratio([(10, 2.0), (20, 4.0), (5, 1.0)])
    assert alike
    assert (alike.value, alike.low, alike.high) == (5, 5, 5)
    alone = ratio([(10, 2.0)])
    assert alone
    assert (alone.value, alone.low, alone.high) == (5, None, None)
    assert ratio([]) is ratio([(3, 0.0)]) is None


def test_no_ratio_of_points_is_below_nothing() -> None:
    found = ratio([(0, 1.0), (0, 1.0), (90, 1.0), (0, 1.0), (0, 1.0)])
    assert found
    assert found.low == 0
