"""The arithmetic of boards and figures, by tables of cases."""

from datetime import date
from uuid import UUID

import pytest

from backend.insight.rules import (
    Change,
    compare,
    days_of_month,
    days_of_week,
    month_of,
    percentile_offset,
    ranks,
    share,
    week_of,
)


def test_without_a_denominator_there_is_no_figure() -> None:
    assert share(5, 0) is None


def test_a_share_is_never_capped() -> None:
    assert share(30, 20) == 1.5


@pytest.mark.parametrize(
    ("percent", "n", "offset"),
    [(50, 1, 0), (50, 2, 0), (50, 3, 1), (50, 10, 4), (90, 1, 0), (90, 10, 8), (90, 11, 9)],
)
def test_a_percentile_is_the_nearest_rank(percent: int, n: int, offset: int) -> None:
    assert percentile_offset(percent, n) == offset


@pytest.mark.parametrize(
    ("points", "ahead", "tied_before", "expected"),
    [
        ([], 0, 0, []),
        ([9, 7, 7, 5], 0, 0, [1, 2, 2, 4]),
        ([7, 7, 7], 0, 0, [1, 1, 1]),
        ([7, 5], 1, 2, [2, 5]),
        ([5, 5, 4], 3, 0, [4, 4, 6]),
    ],
)
def test_equal_points_share_a_rank(
    points: list[int], ahead: int, tied_before: int, expected: list[int]
) -> None:
    assert ranks(points, ahead=ahead, tied_before=tied_before) == expected


def test_a_week_begins_on_monday_and_belongs_to_the_year_of_its_thursday() -> None:
    assert days_of_week("2026-W47") == (date(2026, 11, 16), date(2026, 11, 22))
    assert week_of(date(2027, 1, 1)) == "2026-W53"
    assert days_of_week("2026-W53") == (date(2026, 12, 28), date(2027, 1, 3))


def test_a_month_ends_on_its_last_day() -> None:
    assert days_of_month("2028-02") == (date(2028, 2, 1), date(2028, 2, 29))
    assert days_of_month("2026-12") == (date(2026, 12, 1), date(2026, 12, 31))
    assert month_of(date(2026, 3, 31)) == "2026-03"


@pytest.mark.parametrize("week", ["2026-W54", "2026-W00", "2026-47", "9999-W52", "２０26-W47", ""])
def test_what_is_no_week_is_refused(week: str) -> None:
    with pytest.raises(ValueError):
        days_of_week(week)


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "2026-1", "9999-12", "2026-W1"])
def test_what_is_no_month_is_refused(month: str) -> None:
    with pytest.raises(ValueError):
        days_of_month(month)


def test_the_biggest_movers_are_named_each_way_and_the_rest_is_counted() -> None:
    who = [UUID(int=number) for number in range(60)]
    now = dict.fromkeys(who, 100)
    draft = {one: 100 + (place - 30) for place, one in enumerate(who)}
    moved = compare(now, draft)
    assert (moved.gain, moved.lose, moved.stay) == (29, 30, 1)
    assert [one.difference for one in moved.up] == list(range(29, 9, -1))
    assert [one.difference for one in moved.down] == list(range(-30, -10))


def test_who_earns_by_one_of_the_rules_only_has_nothing_by_the_other() -> None:
    new, old = UUID(int=1), UUID(int=2)
    moved = compare({old: 5}, {new: 5})
    assert moved.up == [Change(employee_id=new, now=0, draft=5)]
    assert moved.down == [Change(employee_id=old, now=5, draft=0)]


def test_who_moves_as_far_as_another_is_named_by_id() -> None:
    who = [UUID(int=number) for number in (3, 1, 2)]
    moved = compare({}, dict.fromkeys(who, 7), most=2)
    assert [one.employee_id for one in moved.up] == [UUID(int=1), UUID(int=2)]
