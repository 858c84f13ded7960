"""Covers and follow-ups as they are sent and answered."""

import marshmallow as ma

from backend.engagement.rules import CoverState, FollowUpState
from backend.engagement.schemas.requests import LONGEST_REASON, RequestOut
from backend.foundation.fields import In, Instant, Out, Str, choice
from backend.foundation.pages import PageArgs
from backend.venues.rules import ZoneKind


class CoveredPostOut(Out):
    """The post that was left."""

    id = ma.fields.UUID(required=True)
    code = Str(required=True)
    name = Str(required=True)


class CoveredZoneOut(CoveredPostOut):
    """The zone that it is in."""

    kind = choice(ZoneKind, required=True)


class CoverOut(Out):
    """A post that was left, and how it is covered."""

    id = ma.fields.UUID(required=True)
    event_id = ma.fields.UUID(required=True)
    state = choice(CoverState, required=True)
    post = ma.fields.Nested(CoveredPostOut, required=True)
    zone = ma.fields.Nested(CoveredZoneOut, required=True)
    request_id = ma.fields.UUID(
        required=True, metadata={"description": "What keeps whoever left it away."}
    )
    left_by = ma.fields.UUID(required=True)
    left_at = Instant(required=True)
    asked_id = ma.fields.UUID(
        required=True, allow_none=True, metadata={"description": "Who was asked last."}
    )
    asked_at = Instant(required=True, allow_none=True)
    escalated_at = Instant(
        required=True, allow_none=True, metadata={"description": "When supervisors were asked."}
    )
    covered_by = ma.fields.UUID(required=True, allow_none=True)
    covered_at = Instant(required=True, allow_none=True)
    ended_at = Instant(required=True, allow_none=True)


class MyCoverOut(Out):
    """What I have to do with posts that were left: asked for, standing in, left by me."""

    asked = ma.fields.List(ma.fields.Nested(CoverOut), required=True)
    covering = ma.fields.Nested(CoverOut, required=True, allow_none=True)
    left = ma.fields.List(ma.fields.Nested(CoverOut), required=True)


class ReliefIn(In):
    """Whom to send; left out, it is the nearest who is free."""

    employee_id = ma.fields.UUID()


class FollowUpOut(Out):
    """What is owed to a fan after an event, and who sees to it."""

    request = ma.fields.Nested(RequestOut, required=True)
    employee_id = ma.fields.UUID(required=True)
    due_at = Instant(required=True)
    done_at = Instant(required=True, allow_none=True)
    done_by = ma.fields.UUID(required=True, allow_none=True)
    note = Str(required=True, allow_none=True)


class FollowUpsOut(Out):
    """A page of follow-ups, those due first come first."""

    items = ma.fields.List(ma.fields.Nested(FollowUpOut), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class FollowUpsArgs(PageArgs):
    """Which follow-ups; left out, it is those that are not done."""

    state = choice(
        FollowUpState,
        load_default=FollowUpState.OPEN,
        metadata={"description": "overdue: of the open ones, those whose 24 hours are over."},
    )


class FollowUpDoneIn(In):
    """What was done about it."""

    note = Str(longest=LONGEST_REASON, shortest=1, required=True)
