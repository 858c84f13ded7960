"""Ratings as files: those held with the reasons in words, what is like one, and comments."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import request

from backend.engagement.services.reviews import Review
from backend.foundation.spreadsheets import Row, instant
from backend.identity.permissions import Permission
from backend.identity.queries import get_employee
from backend.web.console import comments, person, reviews
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import (
    PART,
    Kind,
    Table,
    asked_id,
    in_parts,
    said_with,
    who,
)

_MAY = Permission.REVIEW_RATINGS


def _read_reviews(reading: Reading) -> Table:
    decided = request.args.get("show") == "decided"
    return Table(
        filter={"show": "decided" if decided else "waiting"},
        words={"List": "Decided" if decided else "Waiting"},
        header=(
            *("rated_at", "badge_number", "name", "event", "stars", "why_it_waits", "asked"),
            *("similar", "decision", "decided_by_badge_number", "decided_by", "rating_id"),
        ),
        rows=_review_rows(reading),
    )


def _review_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: reviews.listed(reading, after=after, limit=PART)):
        for one in page["lines"]:
            it = one.facts
            yield (
                *(instant(it.rated_at), *who(page["people"], it.employee_id)),
                *(page["events"][it.event_id], it.stars, _why(one), len(one.questions)),
                *(len(one.similar), it.decision.value if it.decision else None),
                *(*who(page["people"], it.decided_by), str(it.rating_id)),
            )


def _why(review: Review) -> str:
    words = said_with("suspicions")
    return " ".join(words[each] for each in review.facts.suspicions)


def _read_held(reading: Reading) -> Table:
    """Return an employee's ratings that wait, none of the reader's own; raises EmployeeUnknown."""
    employee_id, owner = asked_id("employee_id"), reading.organisation_id
    whose = get_employee(reading.session, organisation_id=owner, employee_id=employee_id)
    return Table(
        filter={"employee_id": str(employee_id)},
        words={"Employee": whose.name},
        header=("rated_at", "stars", "why_it_waits", "signals", "similar", "rating_id"),
        rows=_held_rows(reading, employee_id),
    )


def _held_rows(reading: Reading, employee_id: UUID) -> Iterator[Row]:
    for page in in_parts(
        lambda after: person.held_of(reading, employee_id, after=after, limit=PART)
    ):
        for one in page["lines"]:
            yield (
                *(instant(one.facts.rated_at), one.facts.stars, _why(one)),
                *(" ".join(one.signals), len(one.similar), str(one.facts.rating_id)),
            )


def _read_similar(reading: Reading) -> Table:
    """Return what is like the rating that the address names; raises ReviewNotFound."""
    shown: dict[str, Any] = reviews.show_review(reading, asked_id("rating_id"))
    it, people, events = shown["found"], shown["people"], shown["events"]
    return Table(
        filter={"rating_id": str(it.facts.rating_id)},
        words={"Held rating of": people[it.facts.employee_id].name},
        header=("rated_at", "badge_number", "name", "event", "stars", "stands", "rating_id"),
        rows=(
            (
                *(instant(one.rated_at), *who(people, one.employee_id), events[one.event_id]),
                *(one.stars, one.state.value, str(one.rating_id)),
            )
            for one in it.similar
        ),
    )


def _read_comments(reading: Reading) -> Table:
    state = comments.listed(reading, after=None, limit=1)["state"].value
    return Table(
        filter={"show": state},
        words={"List": state.capitalize()},
        header=(
            *("rated_at", "badge_number", "name", "stars", "about", "comment", "stands"),
            "rating_id",
        ),
        rows=_comment_rows(reading),
    )


def _comment_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: comments.listed(reading, after=after, limit=PART)):
        for one in page["lines"]:
            yield (
                *(instant(one.rated_at), *who(page["people"], one.employee_id), one.stars),
                *(one.reason.value if one.reason else None, one.comment, one.state.value),
                str(one.rating_id),
            )


KINDS = {
    "reviews": Kind(
        title="held ratings",
        page="console.show_reviews",
        kept=("show",),
        may=_MAY,
        read=_read_reviews,
    ),
    "held-ratings": Kind(
        title="an employee’s held ratings",
        page="console.show_person",
        kept=("employee_id",),
        may=_MAY,
        read=_read_held,
    ),
    "similar-ratings": Kind(
        title="ratings similar to one",
        page="console.show_review",
        kept=("rating_id",),
        may=_MAY,
        read=_read_similar,
    ),
    "comments": Kind(
        title="comments",
        page="console.show_comments",
        kept=("show",),
        may=Permission.MODERATE,
        read=_read_comments,
    ),
}
