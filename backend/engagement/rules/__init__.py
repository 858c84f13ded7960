"""Words and pure rules of the main job."""

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from backend.integrity.rules import Verdict
from backend.rewards.rules import GreetingRule, Pay, Rules, judge_greeting, split

MOST_IN_HAND = 5
LARGEST_PARTY = 50
CORRECTION_SECONDS = 600
CORRECTION_WINDOW = timedelta(seconds=CORRECTION_SECONDS)
BATCH = 5
MOST_ANSWERS = 5
LONGEST_COMMENT = 1_000
LONGEST_REASON = 280
WHOLE = 100
# Whoever finishes a request did the rest of it.
MOST_KEPT = 50
# How far the times of a phone's requests lie apart that were slow on their way.
SLACK = timedelta(minutes=2)


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
    SEASON_CLOSED = "season_closed"


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
    SEASON_CLOSED = "season_closed"


# A request whose season was closed before it came has ended when it is kept.
ENDED = frozenset({Status.RESOLVED, Status.CANCELLED, Status.SEASON_CLOSED})


class Step(StrEnum):
    """What happened to a request; what came after its season was closed says so.

    That its fan answered is told with the others, and kept with the answers alone.
    """

    OPENED = "opened"
    ACCEPTED = "accepted"
    HELPER_ADDED = "helper_added"
    HANDED_OVER = "handed_over"
    RELEASED = "released"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    SAFETY = "safety"
    FOLLOWED_UP = "followed_up"
    RATED = "rated"
    CORRECTED = "corrected"
    SEASON_CLOSED = "season_closed"


# The steps by which a request comes into somebody's hands.
TAKING = frozenset({Step.ACCEPTED, Step.HANDED_OVER})


class Concern(StrEnum):
    """Why something is not ours to help with, but the command centre's."""

    MEDICAL = "medical"
    SAFETY = "safety"


class CoverState(StrEnum):
    """Whether somebody is wanted at a post that was left."""

    WANTED = "wanted"
    COVERED = "covered"
    OVER = "over"


class PostState(StrEnum):
    """How a post stands: all there; somebody away and a colleague there; nobody there."""

    COVERED = "covered"
    HELPING = "helping"
    UNCOVERED = "uncovered"


class FollowUpState(StrEnum):
    """Where something that is owed to a fan after the event stands."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"


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
    """Whether a rating counts: only an accepted one does.

    Held is what waits for a person, who accepts or rejects it; it lapses with its season.
    """

    ACCEPTED = "accepted"
    HELD = "held"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    SEASON_CLOSED = "season_closed"


class ReviewDecision(StrEnum):
    """What became of a rating that was held; it lapses where its season was closed first."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    LAPSED = "lapsed"


DECIDED = {
    ReviewDecision.ACCEPTED: RatingState.ACCEPTED,
    ReviewDecision.REJECTED: RatingState.REJECTED,
    ReviewDecision.LAPSED: RatingState.LAPSED,
}


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
    SAFETY = "safety"
    GIVE_GESTURE = "give_gesture"
    SCAN_CARDS = "scan_cards"


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

    def precedes(self, since: datetime) -> bool:
        """Tell whether this is earlier than ``since`` by more than phones' clocks may differ."""
        return self.at < since - SLACK

    def following(self, since: datetime) -> "Moment":
        """Return when something happened that cannot have before ``since``: not verified if so."""
        if self.verdict is Verdict.VERIFIED and self.precedes(since):
            return replace(self, verdict=Verdict.UNVERIFIED)
        return self

    def seconds_after(self, since: datetime) -> int | None:
        """Return whole seconds since then, never negative; None where this precedes it."""
        return None if self.precedes(since) else max(0, int((self.at - since).total_seconds()))


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


@dataclass(kw_only=True, slots=True)
class Greeted:
    """One employee's greetings of an evening, as far as new ones are judged by them.

    ``paid`` is how many were paid; ``counted`` are the instants of those that count, ascending.
    """

    paid: int = 0
    counted: list[datetime] = field(default_factory=list)

    def judge(self, rule: GreetingRule, *, at: datetime) -> Pay:
        """Judge a greeting at the instant ``at``, and keep it if it counts."""
        spacing = timedelta(seconds=rule.spacing_seconds)
        last_at = nearest_counted(self.counted, at=at, spacing=spacing)
        pay = judge_greeting(rule, paid=self.paid, last_at=last_at, at=at)
        if pay.counts:
            insort(self.counted, at)
        if pay.points:
            self.paid += 1
        return pay


def worth_of_request(rules: Rules, *, verdict: Verdict) -> int:
    """Return the points of a resolved request; only a verified one is worth any."""
    return rules.resolved.points if verdict is Verdict.VERIFIED else 0


def worth_of_rating(rules: Rules, *, state: RatingState, stars: int) -> int:
    """Return the points of a rating; only an accepted one is worth any."""
    return rules.rating.points_by_stars[stars - 1] if state is RatingState.ACCEPTED else 0


def parts_of(points: int, shares: Mapping[UUID, int]) -> dict[UUID, int]:
    """Split ``points`` over credit ``shares``; who holds nothing earns nothing."""
    return split(points, {who: percent for who, percent in shares.items() if percent})


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
