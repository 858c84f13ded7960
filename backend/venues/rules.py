"""What may be a venue, an event or a shift: arithmetic on instants and numbers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

# Standing room: counted attendance can exceed the number of seats, but not by more than a quarter.
FULLEST_PERCENT = 125
LARGEST_CAPACITY = 1_000_000
LARGEST_ATTENDANCE = LARGEST_CAPACITY * FULLEST_PERCENT // 100
LONGEST_EVENT = timedelta(hours=24)
# Setting up before doors and clearing after the end belong to an event's shifts.
AROUND_EVENT = timedelta(hours=12)
# Servers remember for seconds what season an event is of and whether it is closed.
CLOSING_NOTICE = timedelta(seconds=60)
# After that fans may still correct for ten minutes what they have said; the rest is for a server
# that was slow to write what it had begun.
SETTLING = timedelta(minutes=15)
REOPENING_WITHIN = timedelta(days=14)
_MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII
)
_YEARS = range(2000, 2100)
_DIGITS = re.compile(r"(\d+)", re.ASCII)
# How far a colleague is asked to come of themselves: to the next zone, not further.
NEXT = 1


class ZoneKind(StrEnum):
    """What a part of a venue is; posts of one kind are compared with each other."""

    GATE = "gate"
    CONCOURSE = "concourse"
    SECTION = "section"
    SUITE = "suite"
    PARKING = "parking"
    OTHER = "other"


class EventList(StrEnum):
    """Which events HR looks through."""

    COMING = "coming"
    OVER = "over"
    UNCOUNTED = "uncounted"


class SeasonStatus(StrEnum):
    """Where a season stands."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class ReopeningStatus(StrEnum):
    """What became of somebody's wish to reopen a season."""

    ASKED = "asked"
    APPROVED = "approved"
    EXPIRED = "expired"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A zone, as far as it says how near it is to others."""

    id: UUID
    kind: ZoneKind
    code: str


def distances_from(zone_id: UUID, places: Iterable[Place]) -> dict[UUID, int]:
    """Return how many zones on each zone of a venue is from ``zone_id``, which is 0.

    Zones of one kind lie in the order of their codes, numbers in them by their value: from 109 it
    is one to 110. What is of another kind, or unknown, is in no order with it and left out.
    """
    known = sorted(places, key=lambda place: _in_order(place.code))
    here = next((place for place in known if place.id == zone_id), None)
    if here is None:
        return {zone_id: 0}
    row = [place.id for place in known if place.kind is here.kind]
    start = row.index(zone_id)
    return {other: abs(step - start) for step, other in enumerate(row)}


def _in_order(code: str) -> list[tuple[int, str]]:
    """Return what puts codes in the order in which people count: G2 before G10."""
    return [
        (int(part), "") if part.isdecimal() else (-1, part) for part in _DIGITS.split(code) if part
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class EventTimes:
    """The instants of an event."""

    doors_at: datetime
    starts_at: datetime
    ends_at: datetime


def wrong_with_times(times: EventTimes) -> dict[str, str]:
    """Return what is wrong with an event's instants, by field."""
    wrong = {}
    if times.doors_at > times.starts_at:
        wrong["doors_at"] = "must not be after the start"
    if times.ends_at <= times.starts_at:
        wrong["ends_at"] = "must be after the start"
    elif times.ends_at - min(times.doors_at, times.starts_at) > LONGEST_EVENT:
        wrong["ends_at"] = "must be at most 24 hours after the doors open"
    return wrong


def wrong_with_attendance(attendance: int | None, *, capacity: int) -> str | None:
    """Return why so many people cannot have come to a venue of ``capacity``, or None."""
    most = capacity * FULLEST_PERCENT // 100
    if attendance is not None and attendance > most:
        return (
            f"must be at most {most}: a quarter more than the {capacity} that the venue holds,"
            " for standing room"
        )
    return None


def wrong_with_day(held_on: date, *, starts_on: date, ends_on: date) -> str | None:
    """Return why an event on ``held_on`` is not of a season, or None."""
    if starts_on <= held_on <= ends_on:
        return None
    return f"is held on {held_on}, outside the season from {starts_on} to {ends_on}"


def is_over(ends_on: date, *, time_zones: Iterable[str], now: datetime) -> bool:
    """Tell whether the day ``ends_on`` is over in each of ``time_zones`` (IANA names)."""
    return all(now.astimezone(ZoneInfo(zone)).date() > ends_on for zone in time_zones)


def has_begun(doors_at: datetime, *, now: datetime) -> bool:
    """Tell whether people may be at work for an event at ``now``; shifts begin before doors.

    None begins earlier: `wrong_with_shift` and `wrong_with_roster` see to that. From then on
    points may have been earned, and they count by the event's day and season.
    """
    return now >= doors_at - AROUND_EVENT


def wrong_with_shift(
    *, starts_at: datetime, ends_at: datetime, event: EventTimes
) -> dict[str, str]:
    """Return what is wrong with the instants of a shift during ``event``, by field."""
    wrong = {}
    if starts_at < event.doors_at - AROUND_EVENT:
        wrong["starts_at"] = "must not be more than 12 hours before the doors open"
    if ends_at <= starts_at:
        wrong["ends_at"] = "must be after the start"
    elif ends_at > event.ends_at + AROUND_EVENT:
        wrong["ends_at"] = "must not be more than 12 hours after the event's end"
    return wrong


def wrong_with_roster(
    *, starts_at: datetime, ends_at: datetime, event: EventTimes
) -> dict[str, str]:
    """Return what is wrong with an event's instants, by field, for the shifts that it has.

    The first of them starts at ``starts_at``, the last ends at ``ends_at``.
    """
    wrong = wrong_with_shift(starts_at=starts_at, ends_at=ends_at, event=event)
    reasons = {
        "starts_at": ("doors_at", "would leave a shift more than 12 hours before the doors open"),
        "ends_at": ("ends_at", "would leave a shift more than 12 hours after the event's end"),
    }
    return dict(reasons[field] for field in wrong)


@lru_cache(maxsize=1)
def time_zone_names() -> frozenset[str]:
    """Return the names of the IANA time zones: an area and a place, or UTC."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def held_on(starts_at: datetime, *, time_zone: str) -> date:
    """Return the venue's own date at ``starts_at``."""
    return starts_at.astimezone(ZoneInfo(time_zone)).date()


def read_moment(written: str) -> datetime:
    """Return the instant (RFC 3339 with offset) or wall time that ``written`` names.

    A wall time comes without time zone. Raises ValueError with the reason.
    """
    try:
        moment = datetime.fromisoformat(written) if _MOMENT.fullmatch(written) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ValueError("must be a time like 2026-11-21 19:00 or 2026-11-21T19:00:00-05:00")
    if moment.year not in _YEARS:
        raise ValueError("must lie between the years 2000 and 2099")
    return moment


def instant_of(moment: datetime, *, time_zone: str) -> datetime:
    """Return the instant in UTC of ``moment``, a wall time in ``time_zone`` unless it has its own.

    Raises ValueError with the reason when the wall time does not exist there, or twice.
    """
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    first, second = (
        moment.replace(tzinfo=ZoneInfo(time_zone), fold=fold).astimezone(UTC) for fold in (0, 1)
    )
    if first < second:
        raise ValueError(
            f"happens twice in {time_zone}, where clocks are put back then; write the offset too"
        )
    if first > second:
        raise ValueError(f"does not exist in {time_zone}, where clocks are put forward then")
    return first
