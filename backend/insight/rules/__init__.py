"""The arithmetic of figures and ranks: shares, percentiles, periods, comparisons.

What has a source in statistics is in `formulas`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from backend.venues.rules import ZoneKind

# What the programme reported over five years (Greenberg, 2015).
GREETED_TARGET = 0.87
FIVE_STAR_TARGET = 0.97
TOP = 10
MOST_MOVERS = 20
HIGHEST_CENTS_PER_POINT = 10_000

_WEEK = re.compile(r"(20[0-9]{2})-W([0-9]{2})")
_MONTH = re.compile(r"(20[0-9]{2})-([0-9]{2})")


class BoardKind(StrEnum):
    """The period of a board."""

    EVENT = "event"
    WEEK = "week"
    MONTH = "month"
    SEASON = "season"


class BoardOrder(StrEnum):
    """By what a board ranks: points as they are, or what is done in an hour at such posts."""

    RAW = "raw"
    FAIR = "fair"


class LateKind(StrEnum):
    """What can come after its season was closed; points move in the books alone."""

    GREETING = "greeting"
    REQUEST = "request"
    RESOLUTION = "resolution"
    RATING = "rating"
    POINTS = "points"


class NoFigure(StrEnum):
    """Why there is no figure."""

    NO_ATTENDANCE = "no_attendance"
    NO_RATINGS = "no_ratings"
    NO_INVITATIONS = "no_invitations"


@dataclass(frozen=True, kw_only=True, slots=True)
class Period:
    """The events of a board: one event, those from one day to another, or those of a season."""

    event_id: UUID | None = None
    first_day: date | None = None
    last_day: date | None = None
    season_id: UUID | None = None
    venue_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Board:
    """One board: ``key`` names its standings.

    ``department_id`` narrows it to a department, ``post_class`` to work at such posts.
    """

    kind: BoardKind
    key: str
    period: Period
    department_id: UUID | None = None
    post_class: ZoneKind | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """What a point costs, in cents of ``currency`` (ISO 4217)."""

    cents_per_point: int
    currency: str

    @classmethod
    def of(cls, cents_per_point: int | None, currency: str | None) -> "Rate | None":
        """Return the rate that was said; none unless both of it were."""
        if cents_per_point is None or currency is None:
            return None
        return cls(cents_per_point=cents_per_point, currency=currency)


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """What somebody earned, and what a draft would have given them."""

    employee_id: UUID
    now: int
    draft: int

    @property
    def difference(self) -> int:
        """Return how much more the draft would have given."""
        return self.draft - self.now


@dataclass(frozen=True, kw_only=True, slots=True)
class Movers:
    """How many a draft changes, and those whom it changes most, the most first."""

    gain: int
    lose: int
    stay: int
    up: Sequence[Change]
    down: Sequence[Change]


def compare(
    now: Mapping[UUID, int], draft: Mapping[UUID, int], *, most: int = MOST_MOVERS
) -> Movers:
    """Compare points by employee; ``most`` bounds how many are named each way.

    Whoever moves as far as another is named in the order of ids.
    """
    changes = [
        Change(employee_id=who, now=now.get(who, 0), draft=draft.get(who, 0))
        for who in sorted({*now, *draft})
    ]
    up = sorted((one for one in changes if one.difference > 0), key=lambda one: -one.difference)
    down = sorted((one for one in changes if one.difference < 0), key=lambda one: one.difference)
    return Movers(
        gain=len(up),
        lose=len(down),
        stay=len(changes) - len(up) - len(down),
        up=up[:most],
        down=down[:most],
    )


def share(part: int, whole: int) -> float | None:
    """Return ``part`` / ``whole``, uncapped; None when there is nothing to divide by."""
    return part / whole if whole else None


def percentile_offset(percent: int, n: int) -> int:
    """Return where, from 0, the ``percent`` percentile stands among ``n`` sorted values.

    By nearest rank (Hyndman & Fan 1996, type 1): the smallest value that at least ``percent`` of
    all do not exceed, so a percentile is always a time that really happened. ``n`` is positive.
    """
    return max(0, -(-percent * n // 100) - 1)


def ranks(points: Sequence[int], *, ahead: int, tied_before: int) -> list[int]:
    """Return the competition ranks ("1224") of a page's ``points``, which fall.

    ``ahead`` is how many have more points than the page's first row, ``tied_before`` how many
    with the same points stand on the pages before it.
    """
    found: list[int] = []
    for index, value in enumerate(points):
        if index == 0:
            found.append(ahead + 1)
        elif value == points[index - 1]:
            found.append(found[-1])
        else:
            found.append(ahead + tied_before + index + 1)
    return found


def days_of_week(week: str) -> tuple[date, date]:
    """Return Monday and Sunday of an ISO 8601 week of 2000 to 2099; raises ValueError."""
    match = _WEEK.fullmatch(week)
    if not match:
        raise ValueError(week)
    monday = date.fromisocalendar(int(match[1]), int(match[2]), 1)
    return monday, monday + timedelta(days=6)


def days_of_month(month: str) -> tuple[date, date]:
    """Return the first and last day of a month of 2000 to 2099; raises ValueError."""
    match = _MONTH.fullmatch(month)
    if not match:
        raise ValueError(month)
    first = date(int(match[1]), int(match[2]), 1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def week_of(day: date) -> str:
    """Return the ISO 8601 week of ``day``, for instance 2026-W47."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def month_of(day: date) -> str:
    """Return the month of ``day``, for instance 2026-11."""
    return f"{day:%Y-%m}"
