"""What is worth points, by tables of cases."""

from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.rewards.problems import RulesOutOfBounds
from backend.rewards.rules import (
    DEFAULT_DOCUMENT,
    EntryState,
    GreetingRule,
    Pay,
    PayOutcome,
    SourceKind,
    boards_of,
    judge_greeting,
    parse,
    repay,
    sentence,
    split,
    take_back,
    within_cap,
)

AT = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
A, B, C = (UUID(int=number) for number in (1, 2, 3))
RULE = GreetingRule(points=1, cap_per_shift=40, spacing_seconds=10)


def changed(path: str, value: Any) -> dict[str, Any]:
    """Return the default rules with ``value`` at a dotted path."""
    document = deepcopy(DEFAULT_DOCUMENT)
    *outer, last = path.split(".")
    place = document[outer[0]] if outer else document
    place[last] = value
    return document


def test_the_default_rules_are_within_their_bounds() -> None:
    rules = parse(DEFAULT_DOCUMENT, version_id=A, number=1)
    assert rules.greeting == RULE
    assert rules.rating.points_by_stars == (0, 0, 0, 15, 15)
    assert rules.hold == timedelta(hours=72)
    assert rules.most_points_per_shift == 40 * 1 + 20 * 10 + 20 * 15


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("greeting.points", -1),
        ("greeting.points", 1_001),
        ("greeting.points", True),
        ("greeting.points", 1.0),
        ("greeting.points", "1"),
        ("greeting.points", None),
        ("greeting.spacing_seconds", 3_601),
        ("greeting.tip", 1),
        ("greeting", 5),
        ("resolved.cap_per_shift", 1_001),
        ("rating.points_by_stars", [0, 0, 0, 15]),
        ("rating.points_by_stars", [0, 0, 0, 15, "15"]),
        ("rating.points_by_stars", [-1, 0, 0, 15, 15]),
        ("rating.points_by_stars", [0, 0, 15, 0, 15]),
        ("rating.points_by_stars", []),
        ("hold_hours", 0),
        ("hold_hours", 721),
        ("bonus", 1),
    ],
)
def test_rules_out_of_bounds_are_refused_by_name(path: str, value: Any) -> None:
    with pytest.raises(RulesOutOfBounds) as refused:
        parse(changed(path, value), version_id=A, number=1)
    errors = refused.value.errors
    assert isinstance(errors, dict)
    assert any(name.startswith(path) for name in errors["document"])


@pytest.mark.parametrize(
    ("paid", "seconds_since_last", "pay"),
    [
        (0, None, Pay(counts=True, points=1, outcome=PayOutcome.PAID)),
        (39, 10, Pay(counts=True, points=1, outcome=PayOutcome.PAID)),
        (40, 10, Pay(counts=True, points=0, outcome=PayOutcome.CAPPED)),
        (0, 9.999, Pay(counts=False, points=0, outcome=PayOutcome.TOO_SOON)),
        (40, 0, Pay(counts=False, points=0, outcome=PayOutcome.TOO_SOON)),
        (0, -3_600, Pay(counts=False, points=0, outcome=PayOutcome.TOO_SOON)),
    ],
)
def test_a_greeting_is_spaced_then_capped(
    paid: int, seconds_since_last: float | None, pay: Pay
) -> None:
    last_at = None if seconds_since_last is None else AT - timedelta(seconds=seconds_since_last)
    assert judge_greeting(RULE, paid=paid, last_at=last_at, at=AT) == pay


def test_a_greeting_worth_nothing_counts_unpaid() -> None:
    rule = GreetingRule(points=0, cap_per_shift=40, spacing_seconds=0)
    pay = judge_greeting(rule, paid=0, last_at=AT, at=AT)
    assert pay == Pay(counts=True, points=0, outcome=PayOutcome.UNPAID)


@pytest.mark.parametrize(("paid", "points"), [(0, 10), (19, 10), (20, 0), (21, 0)])
def test_pay_ends_at_the_cap(paid: int, points: int) -> None:
    assert within_cap(points=10, paid=paid, cap=20) == points


@pytest.mark.parametrize(
    ("points", "shares", "parts"),
    [
        (10, {A: 100}, {A: 10}),
        (10, {A: 60, B: 40}, {A: 6, B: 4}),
        (15, {A: 50, B: 50}, {A: 8, B: 7}),
        (10, {C: 1, B: 1, A: 1}, {A: 4, B: 3, C: 3}),
        (1, {A: 10, B: 90}, {A: 0, B: 1}),
        (0, {A: 1, B: 1}, {A: 0, B: 0}),
    ],
)
def test_points_are_split_to_the_last(
    points: int, shares: dict[UUID, int], parts: dict[UUID, int]
) -> None:
    assert split(points, shares) == parts


@given(
    points=st.integers(0, 10_000),
    shares=st.dictionaries(st.uuids(), st.integers(1, 100), min_size=1, max_size=8),
)
def test_a_split_loses_nothing_and_is_fair_to_a_point(points: int, shares: dict[UUID, int]) -> None:
    parts = split(points, shares)
    whole = sum(shares.values())
    assert sum(parts.values()) == points
    assert parts.keys() == shares.keys()
    assert all(abs(parts[who] - points * shares[who] / whole) < 1 for who in shares)
    assert parts == split(points, dict(reversed(shares.items())))


@pytest.mark.parametrize(
    ("points", "shares"), [(1, {}), (1, {A: 0}), (1, {A: -1, B: 2}), (-1, {A: 1})]
)
def test_a_split_among_nobody_is_refused(points: int, shares: dict[UUID, int]) -> None:
    with pytest.raises(ValueError):
        split(points, shares)


@pytest.mark.parametrize(
    ("held_on", "week", "month"),
    [
        (date(2026, 11, 21), "week/2026-W47", "month/2026-11"),
        (date(2027, 1, 1), "week/2026-W53", "month/2027-01"),
        (date(2018, 12, 31), "week/2019-W01", "month/2018-12"),
    ],
)
def test_points_of_an_event_stand_on_five_boards(held_on: date, week: str, month: str) -> None:
    boards = boards_of(event_id=A, season_id=B, venue_id=C, held_on=held_on)
    assert boards == (f"event/{A}", week, month, f"season/{B}", f"venue/{C}/season/{B}")


@pytest.mark.parametrize(
    ("points", "debt", "repaid", "left"), [(10, 0, 0, 10), (10, -4, 4, 6), (10, -25, 10, 0)]
)
def test_debt_is_repaid_first(points: int, debt: int, repaid: int, left: int) -> None:
    assert repay(points, debt=debt) == (repaid, left)


@pytest.mark.parametrize(
    ("points", "available", "taken", "owed"), [(10, 10, 10, 0), (10, 30, 10, 0), (10, 3, 3, 7)]
)
def test_what_is_gone_is_owed(points: int, available: int, taken: int, owed: int) -> None:
    assert take_back(points, available=available) == (taken, owed)


def test_points_are_explained_in_a_sentence() -> None:
    text = sentence(
        source_kind=SourceKind.RATING,
        points=1,
        event="Flyers against Bruins",
        state=EntryState.REVERSED,
        reason="the fan corrected it",
    )
    assert text == (
        "1 point for a good rating at Flyers against Bruins: taken back (the fan corrected it)."
    )
