"""Pay by workweek: every day in one week, every cent in one week."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.rewards.workweeks import last_day_of, points_by_week, spread, week_of

SATURDAY, SUNDAY = date(2026, 11, 14), date(2026, 11, 15)


@pytest.mark.parametrize(
    ("day", "starts_on", "week"),
    [
        (SATURDAY, 6, date(2026, 11, 8)),
        (SUNDAY, 6, SUNDAY),
        (SATURDAY, 0, date(2026, 11, 9)),
        (SUNDAY, 0, date(2026, 11, 9)),
        (SATURDAY, 5, SATURDAY),
        (date(2027, 1, 1), 0, date(2026, 12, 28)),
    ],
)
def test_a_day_is_in_the_week_that_begins_before_it(day: date, starts_on: int, week: date) -> None:
    assert week_of(day, starts_on=starts_on) == week


@given(st.dates(date(2000, 1, 10), date(2099, 12, 1)), st.integers(0, 6))
def test_every_day_is_in_one_week_of_seven_days(day: date, starts_on: int) -> None:
    week = week_of(day, starts_on=starts_on)
    assert week.weekday() == starts_on
    assert week <= day <= last_day_of(week)
    assert week_of(last_day_of(week) + timedelta(days=1), starts_on=starts_on) > day


def test_points_are_summed_by_week() -> None:
    earned = [(SUNDAY, 3), (SATURDAY, 1), (SATURDAY, 2)]
    found = points_by_week(earned, starts_on=6)
    assert list(found.items()) == [(date(2026, 11, 8), 3), (SUNDAY, 3)]
    assert points_by_week(earned, starts_on=0) == {date(2026, 11, 9): 6}


weeks = st.dictionaries(
    st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 10_000), min_size=1, max_size=60
)


@given(st.integers(-(10**9), 10**9).filter(bool), weeks)
def test_every_cent_is_in_one_week(cents: int, points: dict[date, int]) -> None:
    parts = spread(cents, points)
    assert sum(parts.values()) == cents
    assert parts.keys() == points.keys()
    whole = sum(points.values())
    assert all(abs(parts[one] * whole - cents * points[one]) < whole for one in points)
