"""Ratings that were held, as they are shown to who decides, and decided."""

from enum import StrEnum

import marshmallow as ma

from backend.engagement.rules import LONGEST_REASON, RatingState, Reason, ReviewDecision
from backend.foundation.fields import In, Instant, Int, Out, Str, choice
from backend.foundation.pages import PageArgs
from backend.integrity.rules.suspicions import Suspicion


class ReviewState(StrEnum):
    """Whether a held rating waits for a person."""

    WAITING = "waiting"
    DECIDED = "decided"


class Verdict(StrEnum):
    """What a person decides: the rating counts and pays from now on, or it never does."""

    ACCEPTED = ReviewDecision.ACCEPTED.value
    REJECTED = ReviewDecision.REJECTED.value


class ReviewsArgs(PageArgs):
    """Which held ratings."""

    state = choice(ReviewState, load_default=ReviewState.WAITING)
    event_id = ma.fields.UUID()
    employee_id = ma.fields.UUID()


class SimilarOut(Out):
    """A rating from the same browser as another, or from a phone that looks the same."""

    rating_id = ma.fields.UUID(required=True)
    event_id = ma.fields.UUID(required=True)
    employee_id = ma.fields.UUID(required=True)
    stars = ma.fields.Integer(required=True)
    rated_at = Instant(required=True)
    state = choice(RatingState, required=True)


class AskedOut(Out):
    """What somebody wanted to know before a held rating is decided on."""

    asked_by = ma.fields.UUID(required=True)
    asked_at = Instant(required=True)
    question = Str(longest=LONGEST_REASON, required=True)


class ReviewOut(Out):
    """A rating that was held: why, what it says, and what became of it."""

    rating_id = ma.fields.UUID(required=True, attribute="facts.rating_id")
    event_id = ma.fields.UUID(required=True, attribute="facts.event_id")
    employee_id = ma.fields.UUID(required=True, attribute="facts.employee_id")
    request_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        attribute="facts.request_id",
        metadata={"description": "Null for a card."},
    )
    stars = ma.fields.Integer(required=True, attribute="facts.stars")
    reason = choice(Reason, required=True, allow_none=True, attribute="facts.reason")
    comment = ma.fields.String(required=True, allow_none=True, attribute="facts.comment")
    rated_at = Instant(required=True, attribute="facts.rated_at")
    version = ma.fields.Integer(
        required=True,
        attribute="facts.version",
        metadata={"description": "Grows when the fan corrects the rating."},
    )
    suspicions = ma.fields.List(choice(Suspicion), required=True, attribute="facts.suspicions")
    similar = ma.fields.List(
        ma.fields.Nested(SimilarOut()),
        required=True,
        metadata={
            "description": "Ratings of that day that share its browser or its kind of phone, held "
            "or not, whoever they are about; nothing is known after 30 days."
        },
    )
    signals = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={
            "description": "In words: what fans said who were asked whether somebody suggested a "
            "score. It decides nothing by itself, and is deleted with the other signals."
        },
    )
    questions = ma.fields.List(ma.fields.Nested(AskedOut()), required=True)
    decision = choice(
        ReviewDecision,
        required=True,
        allow_none=True,
        attribute="facts.decision",
        metadata={"description": "Null while it waits; it lapses with its season."},
    )
    decided_by = ma.fields.UUID(required=True, allow_none=True, attribute="facts.decided_by")
    decided_at = Instant(required=True, allow_none=True, attribute="facts.decided_at")
    decided_because = ma.fields.String(
        required=True, allow_none=True, attribute="facts.decided_because"
    )


class ReviewsOut(Out):
    """A page of held ratings, the oldest first."""

    items = ma.fields.List(ma.fields.Nested(ReviewOut), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class QuestionIn(In):
    """What somebody wants to know before a held rating is decided on."""

    question = Str(longest=LONGEST_REASON, shortest=1, required=True)


class JudgementIn(In):
    """Whether a held rating counts, and why."""

    decision = choice(Verdict, required=True)
    reason = Str(longest=LONGEST_REASON, shortest=1, required=True)
    seen_version = Int(
        low=1,
        high=5,
        required=True,
        metadata={"description": "The version of the rating that was decided on."},
    )
