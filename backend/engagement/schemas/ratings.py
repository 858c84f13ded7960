"""Ratings and comments as they are sent and answered."""

import marshmallow as ma

from backend.engagement.rules import (
    LONGEST_COMMENT,
    Category,
    CommentState,
    Decision,
    InvitationState,
    Reason,
)
from backend.foundation.fields import In, Instant, Int, Out, SecretOut, Str, choice
from backend.foundation.pages import PageArgs


class InvitationOut(Out):
    """What a code asks a fan to rate."""

    state = choice(InvitationState, required=True)
    first_name = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Of who helped; null for a card that nobody was bound to."},
    )
    category = choice(
        Category,
        required=True,
        allow_none=True,
        metadata={"description": "Of the request; null for a card, which has none."},
    )
    event_name = ma.fields.String(required=True, allow_none=True)
    held_on = ma.fields.Date(required=True, allow_none=True)


class RatingIn(In):
    """How it went, by the fan."""

    stars = Int(low=1, high=5, required=True)
    reason = choice(Reason, allow_none=True, metadata={"description": "What it was about."})
    comment = Str(longest=LONGEST_COMMENT, allow_none=True)


class CorrectionIn(RatingIn):
    """The whole answer as it should be now; what is left out is none."""

    correction_token = Str(
        longest=100,
        required=True,
        metadata={"description": "From the first answer: only who rated can correct."},
    )


class RatingOut(SecretOut):
    """A rating that was kept, and the token that corrects it, given once."""

    stars = ma.fields.Integer(required=True)
    correction_token = ma.fields.String(required=True)
    correctable_until = Instant(required=True)


class CorrectedOut(Out):
    """A rating as it stands after a correction."""

    stars = ma.fields.Integer(required=True)
    correctable_until = Instant(required=True)


class CommentsArgs(PageArgs):
    """Which comments."""

    state = choice(CommentState, load_default=CommentState.WAITING)


class CommentOut(Out):
    """A fan's comment, for whoever moderates."""

    rating_id = ma.fields.UUID(required=True)
    event_id = ma.fields.UUID(required=True, allow_none=True)
    employee_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Null for a card that nobody was bound to."},
    )
    stars = ma.fields.Integer(required=True)
    reason = choice(Reason, required=True, allow_none=True)
    comment = ma.fields.String(required=True)
    state = choice(CommentState, required=True)
    rated_at = Instant(required=True)


class CommentsOut(Out):
    """A page of comments."""

    items = ma.fields.List(ma.fields.Nested(CommentOut), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class DecisionIn(In):
    """Whether a comment is shown to the employee it is about, and why."""

    decision = choice(Decision, required=True)
    reason = Str(longest=280, shortest=1, required=True)


class FeedbackOut(Out):
    """One rating, without anything that tells who gave it or when."""

    stars = ma.fields.Integer(required=True)
    reason = choice(Reason, required=True, allow_none=True)
    comment = ma.fields.String(
        required=True, allow_none=True, metadata={"description": "Once a moderator shows it."}
    )


class EventFeedbackOut(Out):
    """What fans said about me at one event, the best first."""

    event_id = ma.fields.UUID(required=True)
    event_name = ma.fields.String(required=True)
    held_on = ma.fields.Date(required=True)
    ratings = ma.fields.List(ma.fields.Nested(FeedbackOut), required=True)


class MyRatingsOut(Out):
    """A page of events at which fans said something about me."""

    items = ma.fields.List(ma.fields.Nested(EventFeedbackOut), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)
