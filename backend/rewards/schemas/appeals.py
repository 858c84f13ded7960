"""Appeals as they are sent and answered."""

import marshmallow as ma

from backend.foundation.fields import In, Instant, Out, Str, Words, choice
from backend.foundation.pages import PageArgs
from backend.rewards.rules import AppealStatus, AppealSubject


class AppealIn(In):
    """What I appeal against, and what I have to say."""

    subject_kind = choice(AppealSubject, required=True)
    subject_id = ma.fields.UUID(required=True)
    statement = Words(longest=1000, required=True)


class AppealsArgs(PageArgs):
    """Which appeals: those that wait, the oldest first; or all, the newest first."""

    waiting = ma.fields.Boolean(load_default=True, truthy={"true"}, falsy={"false"})


class AppealOut(Out):
    """An appeal, and how it was decided: granted for the employee, or what was decided upheld."""

    id = ma.fields.UUID(required=True)
    employee_id = ma.fields.UUID(required=True)
    subject_kind = choice(AppealSubject, required=True)
    subject_id = ma.fields.UUID(required=True)
    statement = Str(longest=1000, required=True)
    made_at = Instant(required=True)
    due_at = Instant(
        required=True,
        metadata={"description": "When it is to be decided; it stays open after that."},
    )
    overdue = ma.fields.Boolean(required=True)
    status = choice(AppealStatus, required=True)
    decided_by = ma.fields.UUID(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)
    reason = Str(longest=500, required=True, allow_none=True)
    adjustment_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The adjustment that gave the points back."},
    )
    redemption_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The redemption in place of the declined one."},
    )


class AppealsOut(Out):
    """A page of appeals."""

    items = ma.fields.List(ma.fields.Nested(AppealOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)
