"""Words and pure rules of the main job."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from backend.integrity.rules import Verdict

MOST_IN_HAND = 5
LARGEST_PARTY = 50
CORRECTION_SECONDS = 600
CORRECTION_WINDOW = timedelta(seconds=CORRECTION_SECONDS)
BATCH = 5
MOST_ANSWERS = 5
LONGEST_COMMENT = 1_000
WHOLE = 100


class Answer(StrEnum):
    """What a greeted fan said to "Can I do something for you?"."""

    NOTHING = "nothing"
    HELP = "help"


class Outcome(StrEnum):
    """What became of a greeting for points and figures."""

    PAID = "paid"
    UNPAID = "unpaid"
    CAPPED = "capped"
    TOO_SOON = "too_soon"
    UNVERIFIED = "unverified"
    REJECTED = "rejected"


COUNTING = frozenset({Outcome.PAID, Outcome.UNPAID, Outcome.CAPPED})


class Category(StrEnum):
    """What a fan needs, one icon each."""

    DIRECTIONS = "directions"
    SEATING = "seating"
    FOOD_AND_DRINK = "food_and_drink"
    CLEANING = "cleaning"
    LOST_AND_FOUND = "lost_and_found"
    ACCESSIBILITY = "accessibility"
    TICKETS = "tickets"
    OTHER = "other"


class Status(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What happened to a request."""

    OPENED = "opened"
    ACCEPTED = "accepted"
    HELPER_ADDED = "helper_added"
    HANDED_OVER = "handed_over"
    RELEASED = "released"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    RATED = "rated"
    CORRECTED = "corrected"


class Reason(StrEnum):
    """What a rating was about."""

    PERSON = "person"
    VENUE = "venue"
    TEAM = "team"


class CommentState(StrEnum):
    """Whether a comment may be read by employees."""

    NONE = "none"
    WAITING = "waiting"
    SHOWN = "shown"
    HIDDEN = "hidden"


class InvitationState(StrEnum):
    """What a code is good for."""

    UNKNOWN = "unknown"
    UNUSED = "unused"
    USED = "used"
    EXPIRED = "expired"


class Decision(StrEnum):
    """What a moderator decides."""

    SHOW = "show"
    HIDE = "hide"


class RatingState(StrEnum):
    """Whether a rating counts."""

    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"


class ActionKind(StrEnum):
    """What a phone can do, at once or from its queue."""

    GREET = "greet"
    OPEN = "open"
    ACCEPT = "accept"
    ADD_HELPER = "add_helper"
    HAND_OVER = "hand_over"
    RELEASE = "release"
    RESOLVE = "resolve"
    CANCEL = "cancel"


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """When something happened by the server's judgement, how far to believe it, and the present."""

    at: datetime
    verdict: Verdict
    now: datetime

    @classmethod
    def present(cls, now: datetime) -> "Moment":
        """Return the moment of something that happens at ``now``, in front of the server."""
        return cls(at=now, verdict=Verdict.VERIFIED, now=now)


def nearest_counted(
    counted: Sequence[datetime], *, at: datetime, spacing: timedelta
) -> datetime | None:
    """Return the counted greeting that one at ``at`` must be judged by, or None for the first.

    ``counted`` ascends. That is the one before it, or the one after it where that comes within
    ``spacing``: a phone's queue arrives late and in any order, and must neither lose what was
    done nor fit two greetings where one has room.
    """
    place = bisect_right(counted, at)
    if place < len(counted) and counted[place] - at < spacing:
        return counted[place]
    return counted[place - 1] if place else None


def seconds_between(earlier: datetime, later: datetime) -> int:
    """Return whole seconds from one to the other, never negative: phones' clocks disagree."""
    return max(0, int((later - earlier).total_seconds()))


def part_given(percent: int, *, keep_percent: int) -> tuple[int, int]:
    """Return how much of ``percent`` somebody keeps, rounded down, and how much they give away."""
    kept = percent * keep_percent // WHOLE
    return kept, percent - kept


def is_five(stars: int) -> bool:
    """Tell whether ``stars`` are all five."""
    return stars == 5


def is_good(stars: int) -> bool:
    """Tell whether ``stars`` are good: four or five."""
    return stars >= 4


def shielded(step: Step) -> bool:
    """Tell whether ``step`` says when a fan rated, which would tell an employee who it was."""
    return step in {Step.RATED, Step.CORRECTED}


def released(count: int, *, ended: bool) -> int:
    """Return how many of an evening's first ``count`` ratings an employee may read.

    Full batches of five, or all once the event has ended.
    """
    return count if ended else count - count % BATCH
