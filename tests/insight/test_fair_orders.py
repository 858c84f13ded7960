"""The fair order, by cases and by a simulation of people whose true quality is known."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import correlation, fmean
from uuid import UUID

import pytest

from backend.insight.rules.fair_orders import HOUR, USUAL, Cell, index_of, usual_of
from backend.venues.rules import ZoneKind

SEEDS = range(8)
# How much better the fair order must agree with the truth than the others, at every seed.
MARGIN = 0.4
# What comes to somebody of average quality in an hour: gates see ten times the fans of parking.
COMES = {
    ZoneKind.GATE: 3.0,
    ZoneKind.CONCOURSE: 1.5,
    ZoneKind.SECTION: 1.0,
    ZoneKind.SUITE: 0.6,
    ZoneKind.PARKING: 0.3,
}
ANSWERED = 0.3


def cell(
    number: int, kind: ZoneKind = ZoneKind.GATE, *, hours: float = 100, helped: int = 0,
    ratings: int = 0, good: int = 0,
) -> Cell:  # fmt: skip
    return Cell(
        employee_id=UUID(int=number), post_class=kind, seconds=round(hours * HOUR),
        helped=helped, ratings=ratings, good=good,
    )  # fmt: skip


def indexes(*cells: Cell) -> dict[int, int]:
    """Return the index of everybody by number."""
    usual = usual_of(cells)
    people: dict[UUID, list[Cell]] = {}
    for one in cells:
        people.setdefault(one.employee_id, []).append(one)
    return {who.int: index_of(theirs, usual) for who, theirs in people.items()}


def test_who_does_what_is_usual_stands_at_1000_in_any_class() -> None:
    found = indexes(
        *(cell(n, helped=200, ratings=60, good=57) for n in range(4)),
        *(cell(n, ZoneKind.PARKING, helped=20, ratings=6, good=5) for n in range(4, 8)),
    )
    assert set(found.values()) == {USUAL}


def test_a_good_one_at_a_quiet_post_stands_before_a_weak_one_at_a_busy_one() -> None:
    gates = [cell(n, helped=300 + 40 * n, ratings=90, good=85) for n in range(5)]
    parking = [cell(10 + n, ZoneKind.PARKING, helped=30 + 8 * n) for n in range(5)]
    found = indexes(*gates, *parking)
    assert found[14] > USUAL > found[0]
    assert [found[n] for n in range(5)] == sorted(found[n] for n in range(5))


def test_bad_ratings_cost_as_much_as_help_that_was_not_given() -> None:
    crowd = [cell(n, helped=180 + n, ratings=60, good=40 + n) for n in range(20)]
    found = indexes(*crowd, cell(90, helped=190, ratings=60, good=10))
    assert found[90] < min(found[n] for n in range(20))


def test_who_worked_in_two_classes_is_weighed_by_hours() -> None:
    gates = [cell(n, helped=200 + 30 * n, ratings=60, good=56) for n in range(6)]
    sections = [cell(n, ZoneKind.SECTION, helped=60 + 9 * n) for n in range(6, 12)]
    alone = indexes(*gates, cell(50, hours=90, helped=400), *sections)
    usual = usual_of([*gates, cell(50, hours=90, helped=400), *sections])
    there = cell(50, ZoneKind.SECTION, hours=10, helped=0)
    part = index_of([there], usual)
    both = index_of([cell(50, hours=90, helped=400), there], usual)
    assert both == pytest.approx((90 * alone[50] + 10 * part) / 100, abs=1)


def test_more_hours_at_the_same_pace_count_as_more_certain() -> None:
    crowd = [cell(n, hours=100, helped=150 + 10 * n) for n in range(10)]
    found = indexes(*crowd, cell(20, hours=5, helped=15), cell(21, hours=200, helped=600))
    assert USUAL < found[20] < found[21]


@dataclass(frozen=True, kw_only=True)
class Somebody:
    """An employee of the simulation: what they are worth, and what they were seen to do."""

    quality: float
    seen: Cell
    fives: float


def play(seed: int) -> list[Somebody]:
    """Let 200 people work a season: full-time, part-time and temps, each at one kind of post."""
    draw = Random(seed)
    people = []
    for number in range(200):
        kind = list(COMES)[number % len(COMES)]
        diligence, good = draw.lognormvariate(0, 0.3), draw.betavariate(28, 2)
        hours = 5 * draw.choice((41, 41, 30, 20, 10, 3))
        helped = _poisson(draw, hours * COMES[kind] * diligence)
        ratings = sum(draw.random() < ANSWERED for _ in range(helped))
        pleased = sum(draw.random() < good for _ in range(ratings))
        people.append(
            Somebody(
                quality=diligence * good,
                seen=cell(number, kind, hours=hours, helped=helped, ratings=ratings, good=pleased),
                fives=pleased / ratings if ratings else 0.0,
            )
        )
    return people


def _poisson(draw: Random, mean: float) -> int:
    """Count what comes in a while, one waiting time after the other."""
    count, waited = 0, draw.expovariate(1)
    while waited < mean:
        count, waited = count + 1, waited + draw.expovariate(1)
    return count


def agreement(people: list[Somebody], order: Callable[[Somebody], float]) -> float:
    """Return Spearman's rank correlation of an order with the truth; ties share a mean rank."""
    return correlation(
        _mean_ranks([one.quality for one in people]), _mean_ranks([order(one) for one in people])
    )


def _mean_ranks(values: list[float]) -> list[float]:
    places: dict[float, list[int]] = {}
    for place, value in enumerate(sorted(values)):
        places.setdefault(value, []).append(place)
    return [fmean(places[value]) for value in values]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fair_order_agrees_with_the_truth_better_than_totals_and_averages(seed: int) -> None:
    people = play(seed)
    found = indexes(*(one.seen for one in people))
    fair = agreement(people, lambda one: found[one.seen.employee_id.int])
    totals = agreement(people, lambda one: 10 * one.seen.helped + 15 * one.seen.good)
    averages = agreement(people, lambda one: one.fives)
    hourly = agreement(people, lambda one: one.seen.helped / one.seen.seconds)
    assert fair > 0.85
    assert fair >= max(totals, averages, hourly) + MARGIN


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kind", COMES)
def test_a_temp_with_five_perfect_ratings_does_not_lead(seed: int, kind: ZoneKind) -> None:
    cells = [one.seen for one in play(seed)]
    hours = 5 / (2 * COMES[kind])
    temp = cell(900, kind, hours=hours, helped=5, ratings=5, good=5)
    found = indexes(*cells, temp)
    pace = {one.employee_id.int: one.helped / one.seconds / COMES[one.post_class] for one in cells}
    assert temp.helped / temp.seconds / COMES[kind] > sorted(pace.values())[-20]
    assert sum(index > found[900] for index in found.values()) >= 10
