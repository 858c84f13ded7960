"""Groups compared: by the programme's own counts, and nothing of a small one can be found."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.identity.rules import EmploymentKind
from backend.insight.rules.comparisons import (
    FEWEST_PEOPLE,
    FEWEST_RATINGS,
    HOUR,
    Comparison,
    Group,
    Grouping,
    Record,
    Showing,
    compare,
)
from backend.insight.rules.roundings import rounded

ONE = Record(
    department="Gates",
    employment_kind=EmploymentKind.PART_TIME,
    seconds=4 * 3_600,
    points=100,
    ratings=10,
    good=9,
    received=11,
    held=2,
)


def people(department: str, number: int, **changed: Any) -> list[Record]:
    return [replace(ONE, department=department, **changed)] * number


def by_department(*groups: list[Record]) -> Comparison:
    return compare([one for group in groups for one in group], by=Grouping.DEPARTMENT)


def showings(compared: Comparison) -> dict[str, tuple[str, str]]:
    return {one.name: (one.rating_showing, one.hour_showing) for one in compared.groups}


def test_a_groups_figures_have_their_counts_and_intervals() -> None:
    [group] = by_department(people("Gates", 10)).groups
    assert group.ratings
    assert group.hours
    good, held = group.ratings.good, group.ratings.held
    assert (good.count, good.out_of, good.share) == (90, 100, 0.9)
    # By SciPy: binomtest(90, 100).proportion_ci(method="wilson"), and the same of 20 and 110.
    assert (good.low, good.high) == pytest.approx((0.8256343385, 0.9447708629), abs=1e-9)
    assert (held.count, held.out_of) == (20, 110)
    assert (held.low, held.high) == pytest.approx((0.1208957241, 0.2642140529), abs=1e-9)
    assert (group.hours.people, group.hours.points, group.hours.an_hour.value) == (10, 1_000, 25)


@pytest.mark.parametrize(
    ("changed", "number", "showing"),
    [
        ({}, FEWEST_PEOPLE, Showing.SHOWN),
        ({}, FEWEST_PEOPLE - 1, Showing.WITHHELD),
        ({"ratings": 6, "good": 6}, FEWEST_PEOPLE, Showing.SHOWN),
        ({"ratings": 5, "good": 5}, FEWEST_PEOPLE, Showing.WITHHELD),
        ({"ratings": 0, "good": 0, "received": 0, "held": 0}, 50, Showing.NONE),
    ],
)
def test_few_people_or_ratings_are_withheld(
    changed: dict[str, Any], number: int, showing: Showing
) -> None:
    [group] = by_department(people("Gates", number, **changed)).groups
    assert group.rating_showing is showing
    assert (group.ratings is None) is (showing is not Showing.SHOWN)


def test_who_was_not_rated_makes_a_group_no_larger() -> None:
    unrated = people("Gates", 20, ratings=0, good=0, received=0, held=0)
    [group] = by_department([*unrated, *people("Gates", 4)]).groups
    assert group.rating_showing is Showing.WITHHELD
    assert group.hours
    assert group.hours.people == 24


def test_hours_are_withheld_apart_from_ratings() -> None:
    office = people("Office", 3) + people("Office", 9, seconds=0)
    compared = by_department(office, people("Gates", 9), people("Suites", 20))
    assert showings(compared) == {
        "Gates": (Showing.SHOWN, Showing.WITHHELD),
        "Office": (Showing.SHOWN, Showing.WITHHELD),
        "Suites": (Showing.SHOWN, Showing.SHOWN),
    }
    assert compared.together.rating_showing is Showing.NONE
    assert compared.together.hours
    assert compared.together.hours.people == 12


def test_one_small_group_takes_the_next_smallest_along() -> None:
    compared = by_department(people("Gates", 50), people("Suites", 20), people("Parking", 2))
    assert showings(compared)["Gates"] == (Showing.SHOWN, Showing.SHOWN)
    assert showings(compared)["Suites"] == (Showing.WITHHELD, Showing.WITHHELD)
    together = compared.together
    assert together.ratings
    assert together.ratings.people == 22


def test_several_small_ones_that_are_large_together_take_none_along() -> None:
    small = [people(f"Small {n}", 3) for n in range(3)]
    compared = by_department(people("Gates", 50), *small)
    assert showings(compared)["Gates"] == (Showing.SHOWN, Showing.SHOWN)
    assert compared.together.hours
    assert compared.together.hours.people == 9


def test_where_all_are_few_nothing_is_said_at_all() -> None:
    compared = by_department(people("Gates", 2), people("Suites", 2))
    for one in (*compared.groups, compared.together, compared.everybody):
        assert one.ratings is None
        assert one.hours is None
        assert one.rating_showing is one.hour_showing is Showing.WITHHELD


def test_an_empty_group_hides_no_other() -> None:
    nobody = people("Office", 30, ratings=0, good=0, received=0, held=0, seconds=0)
    compared = by_department(people("Gates", 50), people("Parking", 1), nobody)
    assert showings(compared) == {
        "Gates": (Showing.WITHHELD, Showing.WITHHELD),
        "Office": (Showing.NONE, Showing.NONE),
        "Parking": (Showing.WITHHELD, Showing.WITHHELD),
    }


def test_people_are_grouped_by_employment_too() -> None:
    temps = [replace(ONE, employment_kind=EmploymentKind.TEMP)] * 9
    compared = compare([ONE] * 7 + temps, by=Grouping.EMPLOYMENT_KIND)
    assert [group.name for group in compared.groups] == ["part_time", "temp"]
    assert compared.everybody.ratings
    assert compared.everybody.ratings.people == 16


records = st.builds(
    lambda department, seconds, good, bad, unaccepted: replace(
        ONE,
        department=department,
        seconds=seconds,
        ratings=good + bad,
        good=good,
        received=good + bad + unaccepted,
        held=unaccepted,
    ),
    st.sampled_from("ABCDE"),
    st.sampled_from((0, 3_600)),
    st.integers(0, 20),
    st.integers(0, 3),
    st.integers(0, 2),
)


@given(st.lists(records, max_size=60))
def test_what_is_shown_leaves_no_small_remainder(everybody: list[Record]) -> None:
    compared = compare(everybody, by=Grouping.DEPARTMENT)
    shown = {one.name for one in compared.groups if one.ratings}
    unsaid = [one for one in everybody if one.department not in shown and one.received]
    if compared.everybody.ratings and unsaid:
        assert sum(one.ratings > 0 for one in unsaid) >= FEWEST_PEOPLE
        assert sum(one.ratings for one in unsaid) >= FEWEST_RATINGS
        assert len({one.department for one in unsaid}) > 1
    if not compared.everybody.ratings:
        assert not shown
    at_work = {one.name for one in compared.groups if one.hours}
    absent = [one for one in everybody if one.department not in at_work and one.seconds]
    if compared.everybody.hours and absent:
        assert len(absent) >= FEWEST_PEOPLE
        assert len({one.department for one in absent}) > 1


@given(st.lists(records, max_size=60))
def test_shown_and_withheld_come_to_the_whole(everybody: list[Record]) -> None:
    compared = compare(everybody, by=Grouping.DEPARTMENT)
    if compared.everybody.ratings is None:
        return

    def ratings(group: Group) -> int:
        return group.ratings.good.out_of if group.ratings else 0

    parts = sum(ratings(one) for one in (*compared.groups, compared.together))
    assert parts == compared.everybody.ratings.good.out_of == sum(one.ratings for one in everybody)


def grouped(everybody: list[Record]) -> Comparison:
    return compare(everybody, by=Grouping.PROTECTED_GROUP, attribute="Age band")


def of_age(group: str | None, number: int, **changed: Any) -> list[Record]:
    protected = {"Age band": group, "Gender": "all"} if group else {"Gender": "all"}
    return [replace(ONE, protected=protected, **changed)] * number


def test_who_is_in_no_group_is_not_stated_and_comes_last() -> None:
    compared = grouped(of_age("old", 9) + of_age(None, 7) + of_age("Young", 8))
    assert compared.attribute == "Age band"
    assert [group.name for group in compared.groups] == ["old", "Young", "not stated"]
    assert [group.hours.people for group in compared.groups if group.hours] == [9, 8, 7]


def test_few_of_whom_nothing_is_stated_are_withheld_like_any_group() -> None:
    compared = grouped(of_age("old", 9) + of_age("young", 30) + of_age(None, 1))
    assert showings(compared) == {
        "old": (Showing.WITHHELD, Showing.WITHHELD),
        "young": (Showing.SHOWN, Showing.SHOWN),
        "not stated": (Showing.WITHHELD, Showing.WITHHELD),
    }


def test_figures_of_protected_groups_are_rounded() -> None:
    told = rounded(grouped(of_age("old", 17, points=103) + of_age("young", 22)))
    old, _ = told.groups
    assert old.ratings
    assert old.hours
    good, held, hours = old.ratings.good, old.ratings.held, old.hours
    assert (old.ratings.people, good.count, good.out_of, good.share) == (10, 100, 100, 0.9)
    assert (held.count, held.out_of, held.share) == (30, 100, 0.18)
    # 153 of 170 and 34 of 187 by Wilson, rounded.
    assert (good.low, good.high, held.low, held.high) == (0.85, 0.94, 0.13, 0.24)
    assert (hours.people, hours.points, hours.seconds) == (10, 1_000, 30 * 3_600)
    assert hours.an_hour.value == 25.8
    assert told.everybody.ratings
    assert told.everybody.ratings.people == 30


def test_whoever_leaves_or_works_a_shift_more_hardly_ever_moves_a_number_of_their_group() -> None:
    before = of_age("old", 40) + of_age("young", 40)
    longer = [replace(before[0], seconds=before[0].seconds + 10 * HOUR), *before[1:]]
    for after in (before[1:], longer):
        told = [
            [
                (one.ratings.people, one.ratings.good.out_of, one.hours.points, one.hours.seconds)
                for one in rounded(grouped(records)).groups
                if one.ratings and one.hours
            ]
            for records in (before, after)
        ]
        assert len(told[0]) == 2
        assert told[0] == told[1]


stated = st.builds(
    lambda one, group: replace(one, protected={"Age band": group} if group else {}),
    records,
    st.sampled_from((None, "A", "B", "C")),
)


@given(st.lists(stated, max_size=60))
def test_no_protected_group_leaves_a_small_remainder(everybody: list[Record]) -> None:
    compared = grouped(everybody)
    shown = {one.name for one in compared.groups if one.ratings}

    def name_of(one: Record) -> str:
        return one.protected.get("Age band", "not stated")

    unsaid = [one for one in everybody if name_of(one) not in shown and one.received]
    if compared.everybody.ratings and unsaid:
        assert sum(one.ratings > 0 for one in unsaid) >= FEWEST_PEOPLE
        assert sum(one.ratings for one in unsaid) >= FEWEST_RATINGS
        assert len({name_of(one) for one in unsaid}) > 1
    at_work = {one.name for one in compared.groups if one.hours}
    absent = [one for one in everybody if name_of(one) not in at_work and one.seconds]
    if compared.everybody.hours and absent:
        assert len(absent) >= FEWEST_PEOPLE
        assert len({name_of(one) for one in absent}) > 1


@given(st.lists(stated, max_size=60))
def test_no_figure_of_protected_groups_is_exact(everybody: list[Record]) -> None:
    told = rounded(grouped(everybody))
    for group in (*told.groups, told.together, told.everybody):
        if group.ratings:
            for share in (group.ratings.good, group.ratings.held):
                for number in (share.count, share.out_of, group.ratings.people):
                    assert str(number).rstrip("0") in {"", "1", "3"}
                assert all(
                    bound == round(bound, 2) for bound in (share.share, share.low, share.high)
                )
        if group.hours:
            for number in (group.hours.points, group.hours.people, group.hours.seconds // HOUR):
                assert str(number).rstrip("0") in {"", "1", "3"}
            assert group.hours.an_hour.value == round(group.hours.an_hour.value, 1)
