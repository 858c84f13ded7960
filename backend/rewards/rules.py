"""Rules as data: what is worth how many points, what is paid, and how points are split."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from backend.rewards.problems import RulesOutOfBounds

Part = TypeVar("Part", UUID, date)
MOST_POINTS = 1_000
HIGHEST_CAP = 1_000
LONGEST_SPACING_SECONDS = 3_600
SHORTEST_HOLD_HOURS, LONGEST_HOLD_HOURS = 1, 720
STARS = 5
MOST_CENTS = 10_000_000
MOST_BUDGET_POINTS, MOST_BUDGET_CENTS = 1_000_000_000, 2_000_000_000
# From this sum in a rolling month on, two people approve.
TWO_APPROVERS_FROM_CENTS = 25_000
ROLLING = timedelta(days=30)
# How long a redemption waits for a decision, and then for what was approved.
DECIDE_WITHIN, FULFIL_WITHIN = timedelta(days=14), timedelta(days=60)
# What HR gives or takes at once, at most.
MOST_ADJUSTED = 10_000
# From this sum in a rolling month on, given and taken alike, a second person decides. It is what
# ten resolved requests earn by the default rules: a slip of one evening, not a bonus.
SECOND_PERSON_FROM_POINTS = 100
# A fan may think again for ten minutes, which is paid anew: what people take back is settled.
REVERSIBLE_AFTER = timedelta(minutes=15)
# How long an employee may appeal, and then how long a decision may take.
APPEAL_WITHIN, ANSWER_WITHIN = timedelta(days=14), timedelta(days=14)
# Points expire so long after their season at the earliest, and so long after that was said; they
# warn as long. What comes back later, or is confirmed later, can be spent for a month.
EXPIRY_NOTICE, EXPIRY_GRACE = timedelta(days=60), timedelta(days=30)
# Long enough for every process to have dropped the versions that it remembers.
NOTICE = timedelta(seconds=60)
SINCE_EVER = datetime(2000, 1, 1, tzinfo=UTC)

# Two levels of pay for five stars: with nearly all ratings at five, finer pay rewards noise.
DEFAULT_DOCUMENT: dict[str, Any] = {
    "greeting": {"points": 1, "cap_per_shift": 40, "spacing_seconds": 10},
    "resolved": {"points": 10, "cap_per_shift": 20},
    "rating": {"points_by_stars": [0, 0, 0, 15, 15], "cap_per_shift": 20},
    "hold_hours": 72,
}


class SourceKind(StrEnum):
    """What earned points, or spends them."""

    GREETING = "greeting"
    REQUEST = "request"
    RATING = "rating"
    REDEMPTION = "redemption"
    ADJUSTMENT = "adjustment"
    SEASON = "season"


class RewardKind(StrEnum):
    """What a reward is."""

    CASH = "cash"
    VACATION = "vacation"
    PERK = "perk"


class RedemptionStatus(StrEnum):
    """Where a redemption stands, and what happened to it; approved as often as it takes."""

    ASKED = "asked"
    APPROVED = "approved"
    FULFILLED = "fulfilled"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class AdjustmentKind(StrEnum):
    """What HR does: give or take an amount, or take back what a source paid."""

    AMOUNT = "amount"
    REVERSAL = "reversal"


class Reversible(StrEnum):
    """What people may take the points of back."""

    REQUEST = "request"
    RATING = "rating"


class AdjustmentStatus(StrEnum):
    """Where an adjustment stands; whatever ends it, ends it for ever."""

    WAITING = "waiting"
    APPLIED = "applied"
    DECLINED = "declined"
    EXPIRED = "expired"


class AppealSubject(StrEnum):
    """What can be appealed against."""

    ADJUSTMENT = "adjustment"
    REDEMPTION = "redemption"


class AppealStatus(StrEnum):
    """Where an appeal stands: granted is for the employee, upheld for what was decided before."""

    WAITING = "waiting"
    GRANTED = "granted"
    UPHELD = "upheld"


class PayOutcome(StrEnum):
    """What became of a piece of work for points."""

    PAID = "paid"
    UNPAID = "unpaid"
    CAPPED = "capped"
    TOO_SOON = "too_soon"


class EntryState(StrEnum):
    """Where points stand that were given once."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    REVERSED = "reversed"


@dataclass(frozen=True, kw_only=True, slots=True)
class GreetingRule:
    """Pay of a greeting: so many per shift, and none within the spacing of the one before."""

    points: int
    cap_per_shift: int
    spacing_seconds: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedRule:
    """Pay of a resolved request, shared by who did it."""

    points: int
    cap_per_shift: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingRule:
    """Pay of a rating; the first number is for one star, the fifth for five."""

    points_by_stars: tuple[int, int, int, int, int]
    cap_per_shift: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """One version of an organisation's rules."""

    version_id: UUID
    number: int
    greeting: GreetingRule
    resolved: ResolvedRule
    rating: RatingRule
    hold: timedelta

    @property
    def most_points_per_shift(self) -> int:
        """Return what a cheat with one friend can earn in a shift at most: caps times points."""
        return (
            self.greeting.points * self.greeting.cap_per_shift
            + self.resolved.points * self.resolved.cap_per_shift
            + max(self.rating.points_by_stars) * self.rating.cap_per_shift
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Pay:
    """Whether a greeting counts in the figures, and the points it earns."""

    counts: bool
    points: int
    outcome: PayOutcome


def parse(document: Mapping[str, Any], *, version_id: UUID, number: int) -> Rules:
    """Return the rules in ``document``; raises RulesOutOfBounds naming every bad field.

    Points are 0 to 1000, caps 0 to 1000 a shift, the spacing 0 to 3600 seconds, the hold 1 to 720
    hours. More stars never earn less, and nothing earns less than nothing.
    """
    found = _Reader(document)
    greeting = GreetingRule(
        points=found.number("greeting.points", 0, MOST_POINTS),
        cap_per_shift=found.number("greeting.cap_per_shift", 0, HIGHEST_CAP),
        spacing_seconds=found.number("greeting.spacing_seconds", 0, LONGEST_SPACING_SECONDS),
    )
    resolved = ResolvedRule(
        points=found.number("resolved.points", 0, MOST_POINTS),
        cap_per_shift=found.number("resolved.cap_per_shift", 0, HIGHEST_CAP),
    )
    rating = RatingRule(
        points_by_stars=found.by_stars("rating.points_by_stars"),
        cap_per_shift=found.number("rating.cap_per_shift", 0, HIGHEST_CAP),
    )
    hours = found.number("hold_hours", SHORTEST_HOLD_HOURS, LONGEST_HOLD_HOURS)
    found.refuse_the_rest()
    return Rules(
        version_id=version_id,
        number=number,
        greeting=greeting,
        resolved=resolved,
        rating=rating,
        hold=timedelta(hours=hours),
    )


class _Reader:
    """Reads numbers at dotted paths of a document, and remembers what was wrong."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._left: dict[str, Any] = {}
        for name, value in document.items():
            if isinstance(value, Mapping):
                self._left |= {f"{name}.{key}": inner for key, inner in value.items()}
            else:
                self._left[name] = value
        self._errors: dict[str, list[str]] = {}

    def number(self, path: str, low: int, high: int) -> int:
        value = self._left.pop(path, None)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self._errors[path] = [f"Must be a whole number from {low} to {high}."]
            return low
        return value

    def by_stars(self, path: str) -> tuple[int, int, int, int, int]:
        value = self._left.pop(path, None)
        points = list(value) if isinstance(value, list | tuple) else []
        whole = all(isinstance(one, int) and not isinstance(one, bool) for one in points)
        if len(points) != STARS or not whole or not 0 <= min(points) <= max(points) <= MOST_POINTS:
            message = f"Must be five whole numbers from 0 to {MOST_POINTS}, for one to five stars."
            self._errors[path] = [message]
            return (0, 0, 0, 0, 0)
        if points != sorted(points):
            self._errors[path] = ["More stars must not earn less."]
        one, two, three, four, five = points
        return one, two, three, four, five

    def refuse_the_rest(self) -> None:
        self._errors |= {path: ["Unknown rule."] for path in self._left}
        if self._errors:
            raise RulesOutOfBounds(errors={"document": self._errors})


def judge_greeting(rule: GreetingRule, *, paid: int, last_at: datetime | None, at: datetime) -> Pay:
    """Judge a greeting at the instant ``at``.

    ``paid`` is how many were paid on this shift; ``last_at`` is when the one took place that it is
    judged by. A greeting counts when it comes at least the spacing after that, never when it comes
    before, or a phone's queue could fill an evening twice. What counts is paid up to the cap.
    """
    if last_at is not None and at - last_at < timedelta(seconds=rule.spacing_seconds):
        return Pay(counts=False, points=0, outcome=PayOutcome.TOO_SOON)
    points = within_cap(points=rule.points, paid=paid, cap=rule.cap_per_shift)
    if points:
        return Pay(counts=True, points=points, outcome=PayOutcome.PAID)
    outcome = PayOutcome.CAPPED if rule.points else PayOutcome.UNPAID
    return Pay(counts=True, points=0, outcome=outcome)


def within_cap(*, points: int, paid: int, cap: int) -> int:
    """Return ``points`` while fewer than ``cap`` things were ``paid`` on this shift, else 0."""
    return points if paid < cap else 0


def split(points: int, shares: Mapping[Part, int]) -> dict[Part, int]:
    """Split ``points`` in proportion to ``shares``, which are positive, to the last point.

    By largest remainder (Hamilton's method); equal remainders go by key, so that a split is the
    same whenever it is made.
    """
    whole = sum(shares.values())
    if not shares or min(shares.values()) <= 0 or points < 0:
        raise ValueError("a split needs points and positive shares")
    parts = {who: points * share // whole for who, share in shares.items()}
    left = points - sum(parts.values())
    if left:
        by_remainder = sorted(shares, key=lambda who: (-(points * shares[who] % whole), who))
        for who in by_remainder[:left]:
            parts[who] += 1
    return parts


def event_board(event_id: UUID) -> str:
    """Return the board of one event."""
    return f"event/{event_id}"


def season_board(season_id: UUID) -> str:
    """Return the board of one season."""
    return f"season/{season_id}"


def boards_of(*, event_id: UUID, season_id: UUID, venue_id: UUID, held_on: date) -> tuple[str, ...]:
    """Return the boards on which points of an event stand; weeks are ISO 8601 weeks."""
    year, week, _ = held_on.isocalendar()
    return (
        event_board(event_id),
        f"week/{year}-W{week:02}",
        f"month/{held_on:%Y-%m}",
        season_board(season_id),
        f"venue/{venue_id}/season/{season_id}",
    )


def repay(points: int, *, debt: int) -> tuple[int, int]:
    """Return how much of ``points`` repays ``debt`` (zero or less), and how much is left."""
    repaid = min(points, -debt)
    return repaid, points - repaid


def take_back(points: int, *, available: int) -> tuple[int, int]:
    """Return how much of ``points`` is taken from ``available``, and how much becomes debt."""
    taken = min(points, available)
    return taken, points - taken


_WORK = {
    SourceKind.GREETING: "greeting fans",
    SourceKind.REQUEST: "a request that was resolved",
    SourceKind.RATING: "a good rating",
}
_STANDS = {
    EntryState.PENDING: "waiting to be confirmed",
    EntryState.CONFIRMED: "confirmed",
    EntryState.REVERSED: "taken back",
}


def sentence(
    *, source_kind: SourceKind, points: int, event: str, state: EntryState, reason: str | None
) -> str:
    """Return one plain sentence that explains ``points`` to who earned them."""
    noun = "point" if points == 1 else "points"
    because = f" ({reason.rstrip('.')})" if reason else ""
    return f"{points} {noun} for {_WORK[source_kind]} at {event}: {_STANDS[state]}{because}."


def adjusted(points: int, *, reason: str) -> str:
    """Return one plain sentence that explains ``points`` which somebody gave, or took."""
    noun = "point" if abs(points) == 1 else "points"
    done = "given" if points > 0 else "taken"
    return f"{abs(points)} {noun} {done} by HR ({reason.rstrip('.')})."


def takes_two(rolling_points: int) -> bool:
    """Tell whether a second person decides, by what one person was given and lost in a month."""
    return rolling_points >= SECOND_PERSON_FROM_POINTS


def approvals_needed(rolling_cents: int) -> int:
    """Return how many people approve, by what one person asked for in a rolling month."""
    return 2 if rolling_cents >= TWO_APPROVERS_FROM_CENTS else 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Merit:
    """What an employee has done in the season that is on; ``good`` ratings are four or five."""

    resolved: int = 0
    ratings: int = 0
    good: int = 0

    @property
    def good_percent(self) -> int:
        """Return the share of good ratings in whole percent, rounded down; 0 without ratings."""
        return 100 * self.good // self.ratings if self.ratings else 0
