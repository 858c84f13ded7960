"""Rules and points as they are sent and answered."""

import marshmallow as ma

from backend.foundation.fields import In, Instant, Int, Out, Str, choice
from backend.rewards.rules import (
    HIGHEST_CAP,
    LONGEST_HOLD_HOURS,
    LONGEST_SPACING_SECONDS,
    MOST_POINTS,
    SHORTEST_HOLD_HOURS,
    STARS,
    EntryState,
    SourceKind,
)


def _points() -> Int:
    return Int(low=0, high=MOST_POINTS, required=True)


def _cap() -> Int:
    return Int(low=0, high=HIGHEST_CAP, required=True)


class GreetingRuleIn(In):
    """Pay of a greeting."""

    points = _points()
    cap_per_shift = _cap()
    spacing_seconds = Int(low=0, high=LONGEST_SPACING_SECONDS, required=True)


class ResolvedRuleIn(In):
    """Pay of a resolved request, shared by who did it."""

    points = _points()
    cap_per_shift = _cap()


class RatingRuleIn(In):
    """Pay of a rating, for one to five stars; more stars never earn less."""

    points_by_stars = ma.fields.List(
        _points(), required=True, validate=ma.validate.Length(equal=STARS)
    )
    cap_per_shift = _cap()


class RulesDocument(In):
    """Everything that the rules say; a shift is one employee's evening at one event."""

    greeting = ma.fields.Nested(GreetingRuleIn(), required=True)
    resolved = ma.fields.Nested(ResolvedRuleIn(), required=True)
    rating = ma.fields.Nested(RatingRuleIn(), required=True)
    hold_hours = Int(low=SHORTEST_HOLD_HOURS, high=LONGEST_HOLD_HOURS, required=True)


class RulesIn(In):
    """Rules to publish; without an instant they take effect after a minute, the earliest."""

    document = ma.fields.Nested(RulesDocument(), required=True)
    effective_from = Instant(load_default=None, allow_none=True)


class RuleVersionOut(Out):
    """One published version of the rules.

    ``most_points_per_shift`` bounds what a cheat with one friend can earn in one shift.
    """

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    effective_from = Instant(required=True)
    published_at = Instant(required=True)
    published_by = ma.fields.UUID(required=True, allow_none=True)
    current = ma.fields.Boolean(required=True)
    document = ma.fields.Nested(RulesDocument(), required=True)
    most_points_per_shift = ma.fields.Integer(required=True)


class RuleVersionsOut(Out):
    """A page of versions, the newest first."""

    items = ma.fields.List(ma.fields.Nested(RuleVersionOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class EveningOut(Out):
    """Points of the event where the employee is on duty now."""

    event_id = ma.fields.UUID(required=True)
    event = Str(required=True)
    points = ma.fields.Integer(required=True)


class ExpiringOut(Out):
    """Available points of a season that expire unless they are spent by the end of a day."""

    season_id = ma.fields.UUID(required=True)
    season = Str(required=True)
    points = ma.fields.Integer(required=True)
    expires_on = ma.fields.Date(
        required=True, metadata={"description": "The last day on which they can be spent."}
    )


class PointsOut(Out):
    """An employee's points by bucket.

    ``debt`` is zero or less: reversed after it was gone, and repaid by the next confirmed points.
    """

    pending = ma.fields.Integer(required=True)
    available = ma.fields.Integer(required=True)
    held = ma.fields.Integer(required=True)
    paid = ma.fields.Integer(required=True)
    debt = ma.fields.Integer(required=True)
    expired = ma.fields.Integer(required=True)
    expiring = ma.fields.List(
        ma.fields.Nested(ExpiringOut()),
        required=True,
        metadata={"description": "What expires within 60 days, the first first."},
    )
    next_available_at = Instant(required=True, allow_none=True)
    this_evening = ma.fields.Nested(EveningOut(), required=True, allow_none=True)


class PointsEntryOut(Out):
    """Points that were given once, with their source and what became of them."""

    id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    rule = Str(required=True)
    source_kind = choice(SourceKind, required=True)
    source_id = ma.fields.UUID(
        required=True,
        metadata={"description": "Of greetings paid together, the first."},
    )
    event_id = ma.fields.UUID(required=True)
    event = Str(required=True)
    earned_at = Instant(required=True)
    state = choice(EntryState, required=True)
    due_at = Instant(required=True, allow_none=True)
    confirmed_at = Instant(required=True, allow_none=True)
    reversed_at = Instant(required=True, allow_none=True)
    explanation = Str(required=True)


class PointsEntriesOut(Out):
    """A page of entries, the newest first."""

    items = ma.fields.List(ma.fields.Nested(PointsEntryOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)
