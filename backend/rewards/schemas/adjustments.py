"""Adjustments as they are sent and answered."""

import marshmallow as ma

from backend.foundation.fields import In, Instant, Int, Out, Str, Words, choice
from backend.foundation.pages import PageArgs
from backend.rewards.rules import (
    MOST_ADJUSTED,
    AdjustmentKind,
    AdjustmentStatus,
    Reversible,
    SourceKind,
)


class ReasonIn(In):
    """Why; the employee reads it."""

    reason = Words(longest=500, required=True)


class AdjustmentIn(ReasonIn):
    """Points to give to an employee, or to take where they are below zero."""

    employee_id = ma.fields.UUID(required=True)
    points = Int(
        low=-MOST_ADJUSTED,
        high=MOST_ADJUSTED,
        required=True,
        metadata={"description": "Not zero.", "not": {"const": 0}},
    )

    @ma.validates("points")
    def _something(self, points: int, **_: object) -> None:
        if not points:
            raise ma.ValidationError("Must not be zero.")


class ReversalIn(ReasonIn):
    """What earned points that are to be taken back from everybody whom it paid."""

    source_kind = choice(Reversible, required=True)
    source_id = ma.fields.UUID(
        required=True,
        metadata={"description": "As in the entries of whom it paid."},
    )


class AdjustmentsArgs(PageArgs):
    """Which adjustments to list."""

    kind = choice(AdjustmentKind)
    status = choice(AdjustmentStatus)
    employee_id = ma.fields.UUID()


class AdjustmentPartOut(Out):
    """What an adjustment means for one employee."""

    employee_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(
        required=True, metadata={"description": "Below zero where they are taken."}
    )
    rolling_points = ma.fields.Integer(
        required=True,
        metadata={
            "description": "Given to and taken from this person, on all accounts, in thirty days."
        },
    )


class AdjustmentOut(Out):
    """An adjustment: who proposed it and why, whom it concerns, and how it ended."""

    id = ma.fields.UUID(required=True)
    kind = choice(AdjustmentKind, required=True)
    status = choice(AdjustmentStatus, required=True)
    points = ma.fields.Integer(required=True, metadata={"description": "Of all parts together."})
    parts = ma.fields.List(ma.fields.Nested(AdjustmentPartOut()), required=True)
    reason = Str(longest=500, required=True)
    author_id = ma.fields.UUID(required=True)
    source_kind = choice(SourceKind, required=True, allow_none=True)
    source_id = ma.fields.UUID(required=True, allow_none=True)
    season_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Whose budget holds the points; null before the first season."},
    )
    made_at = Instant(required=True)
    due_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When it expires unless a second person decides."},
    )
    decided_by = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The second person, where it took one."},
    )
    ended_at = Instant(required=True, allow_none=True)
    declined_because = Str(longest=500, required=True, allow_none=True)
    appeal_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The appeal that was granted with it."},
    )


class AdjustmentsOut(Out):
    """A page of adjustments, the newest first."""

    items = ma.fields.List(ma.fields.Nested(AdjustmentOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class OwnAdjustmentOut(Out):
    """My part of an adjustment that took effect."""

    id = ma.fields.UUID(required=True)
    kind = choice(AdjustmentKind, required=True)
    points = ma.fields.Integer(required=True)
    lost = ma.fields.Integer(
        required=True,
        metadata={"description": "Taken from me; what had expired before was not mine any more."},
    )
    reason = Str(longest=500, required=True)
    source_kind = choice(SourceKind, required=True, allow_none=True)
    source_id = ma.fields.UUID(required=True, allow_none=True)
    applied_at = Instant(required=True)
    appeal_until = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "Null where nothing was lost."},
    )
    appeal_id = ma.fields.UUID(required=True, allow_none=True)


class OwnAdjustmentsOut(Out):
    """A page of what was given to me and taken from me, the newest first."""

    items = ma.fields.List(ma.fields.Nested(OwnAdjustmentOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)
