"""HR's pages of held ratings: what waits, why, what lies beside it, and deciding on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from backend.engagement.queries.reviews import ReviewFilter
from backend.engagement.rules import ReviewDecision
from backend.engagement.schemas.reviews import JudgementIn, QuestionIn
from backend.engagement.services import reviews
from backend.engagement.services.reviews import Judgement, Review
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Problem
from backend.identity.permissions import Permission
from backend.identity.queries import EmployeeFacts, list_employees_by_id
from backend.venues.queries import recall_event
from backend.web.console.forms import loaded, refused, typed, whole
from backend.web.console.frames import Reading, Ways, acts, reads

LINES = 50
_MAY = Permission.REVIEW_RATINGS


@reads("/hr/reviews", may=_MAY, template="reviews")
def show_reviews(reading: Reading) -> dict[str, Any]:
    """Show the held ratings that wait, or those decided on, as they came."""
    return listed(reading, after=request.args.get("after"), limit=LINES)


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the list that the address asks for, without what is about the reader."""
    decided = request.args.get("show") == "decided"
    position = position_of(after, datetime, UUID)
    found = reviews.list_some(
        reading.session,
        actor=reading.reader,
        wanted=ReviewFilter(waiting=not decided, not_about=reading.accounts),
        after=(position[0], position[1]) if position else None,
        limit=limit + 1,
    )
    shown = page_of(
        found,
        limit=limit,
        position=lambda one: [one.facts.rated_at.isoformat(), str(one.facts.rating_id)],
    )
    return {
        "decided": decided,
        "lines": shown["items"],
        "next_after": shown["next_cursor"],
        **_around(reading, shown["items"]),
    }


@reads("/hr/reviews/<uuid:rating_id>", may=_MAY, template="review")
def show_review(
    reading: Reading, rating_id: UUID, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show a held rating beside similar ones; raises ReviewNotFound."""
    found = reviews.show(reading.session, actor=reading.reader, rating_id=rating_id)
    return {
        "found": found,
        **_around(reading, [found]),
        "said": {name: typed(name) for name in ("reason", "question")},
        **refused(refusal),
    }


_WAYS = Ways(then="console.show_reviews", otherwise="review", refused=show_review)


@acts("/hr/reviews/<uuid:rating_id>/accept", may=_MAY, ways=_WAYS)
def accept_rating(acting: Reading, rating_id: UUID) -> str:
    """Let it count and pay."""
    return _decide(acting, rating_id, ReviewDecision.ACCEPTED)


@acts("/hr/reviews/<uuid:rating_id>/reject", may=_MAY, ways=_WAYS)
def reject_rating(acting: Reading, rating_id: UUID) -> str:
    """Let it never count."""
    return _decide(acting, rating_id, ReviewDecision.REJECTED)


@acts(
    "/hr/reviews/<uuid:rating_id>/ask",
    may=_MAY,
    ways=Ways(
        then="console.show_review", otherwise="review", refused=show_review, carries=("rating_id",)
    ),
)
def ask_about_rating(acting: Reading, rating_id: UUID) -> str:
    """Ask the others who decide; it goes on waiting."""
    asked = loaded(QuestionIn(), {"question": typed("question")})
    reviews.ask(acting.session, actor=acting.reader, rating_id=rating_id, now=acting.now, **asked)
    return "asked"


def _decide(acting: Reading, rating_id: UUID, decision: ReviewDecision) -> str:
    body = {
        "decision": decision.value,
        "reason": typed("reason"),
        "seen_version": whole(typed("seen_version")),
    }
    said = loaded(JudgementIn(), body)
    reviews.decide(
        acting.session,
        actor=acting.reader,
        rating_id=rating_id,
        judgement=Judgement(**{**said, "decision": decision}),
        now=acting.now,
    )
    return f"rating_{decision}"


def _around(reading: Reading, found: Sequence[Review]) -> dict[str, Any]:
    """Return what pages say of who and where; names of staff, and of events by id."""
    owner = reading.organisation_id
    glances = [each for one in found for each in one.similar]
    people = {one.facts.employee_id for one in found} | {one.employee_id for one in glances}
    people |= {one.facts.decided_by for one in found if one.facts.decided_by}
    people |= {each.asked_by for one in found for each in one.questions}
    known: dict[UUID, EmployeeFacts] = list_employees_by_id(
        reading.session, organisation_id=owner, employee_ids=people
    )
    events = {one.facts.event_id for one in found} | {one.event_id for one in glances}
    named = {
        each: recall_event(reading.session, organisation_id=owner, event_id=each).name
        for each in events
    }
    return {"people": known, "events": named, "zone": reading.zone}
