"""Held ratings over HTTP, for whoever decides whether they count."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.engagement.problems import (
    OwnReview,
    RatingMayStillChange,
    ReviewChanged,
    ReviewClosed,
    ReviewNotFound,
)
from backend.engagement.queries.reviews import ReviewFilter
from backend.engagement.rules import ReviewDecision
from backend.engagement.schemas.reviews import (
    JudgementIn,
    QuestionIn,
    ReviewOut,
    ReviewsArgs,
    ReviewsOut,
    ReviewState,
)
from backend.engagement.services import reviews
from backend.engagement.services.reviews import Judgement, Review
from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of, position_of
from backend.identity.permissions import Permission
from backend.identity.problems import PersonUnknown
from backend.venues.problems import SeasonClosed

routes = Routes("reviews", __name__, description="Ratings that wait for a person")


@routes.query("/reviews", may=Permission.REVIEW_RATINGS, answers=ReviewsOut(), args=ReviewsArgs())
def list_held_ratings(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List ratings that were held, the oldest first, each with similar ones beside it.

    Those about oneself are left out, on whatever account: somebody else decides on them.
    """
    return page_of(
        _reviews(call, args),
        limit=args["limit"],
        position=lambda one: [one.facts.rated_at.isoformat(), str(one.facts.rating_id)],
    )


@routes.query(
    "/reviews/<uuid:rating_id>",
    may=Permission.REVIEW_RATINGS,
    answers=ReviewOut(),
    raises=(ReviewNotFound,),
)
def get_held_rating(call: Call, rating_id: UUID) -> Review:
    """Return a rating that was held, with similar ones beside it; none about oneself."""
    return reviews.show(call.session, actor=call.actor, rating_id=rating_id)


@routes.command(
    "POST /reviews/<uuid:rating_id>/ask",
    may=Permission.REVIEW_RATINGS,
    takes=QuestionIn(),
    answers=ReviewOut(),
    raises=(ReviewNotFound, ReviewClosed),
)
def ask_about_rating(call: Call, body: dict[str, Any], rating_id: UUID) -> Review:
    """Ask those who decide what one wants to know first; the rating goes on waiting."""
    return reviews.ask(
        call.session,
        actor=call.actor,
        rating_id=rating_id,
        question=body["question"],
        now=call.now,
    )


def _reviews(call: Call, args: dict[str, Any]) -> list[Review]:
    after = position_of(args.get("cursor"), datetime, UUID)
    wanted = ReviewFilter(
        waiting=args["state"] is ReviewState.WAITING,
        event_id=args.get("event_id"),
        employee_id=args.get("employee_id"),
        not_about=reviews.accounts_of(call.session, actor=call.actor),
    )
    return reviews.list_some(
        call.session,
        actor=call.actor,
        wanted=wanted,
        after=(after[0], after[1]) if after else None,
        limit=args["limit"] + 1,
    )


@routes.command(
    "POST /reviews/<uuid:rating_id>/decide",
    may=Permission.REVIEW_RATINGS,
    takes=JudgementIn(),
    answers=ReviewOut(),
    raises=(
        ReviewNotFound,
        OwnReview,
        PersonUnknown,
        ReviewClosed,
        SeasonClosed,
        RatingMayStillChange,
        ReviewChanged,
    ),
)
def decide_review(call: Call, body: dict[str, Any], rating_id: UUID) -> Review:
    """Let a held rating count and pay from now on, or never; a decision stands for ever."""
    judgement = Judgement(**{**body, "decision": ReviewDecision(body["decision"].value)})
    return reviews.decide(
        call.session, actor=call.actor, rating_id=rating_id, judgement=judgement, now=call.now
    )
