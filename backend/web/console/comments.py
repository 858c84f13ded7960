"""HR's page of what fans wrote: shown to the employee whom it is about, or kept from them.

There is also said for how many days it is kept.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from backend.engagement.queries.feedback import WantedComments, list_comments
from backend.engagement.rules import CORRECTION_WINDOW, CommentState, Decision
from backend.engagement.schemas.ratings import DecisionIn
from backend.engagement.schemas.retentions import RetentionIn
from backend.engagement.services import comments
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.identity.queries import list_employees_by_id
from backend.integrity.queries.retentions import get_periods, lock_periods
from backend.integrity.rules import retentions as bounds
from backend.integrity.rules.retentions import Periods
from backend.integrity.services import retentions
from backend.web.console.forms import loaded, refused, typed, whole
from backend.web.console.frames import Reading, Ways, acts, reads
from backend.web.console.touched import SEEN, Texts, filled, weigh
from backend.web.privacy import address_of

LINES = 25
_MAY = Permission.MODERATE
_DAYS = ("word_days", "signal_days")


@reads("/hr/comments", may=_MAY, template="comments")
def show_comments(
    reading: Reading, rating_id: UUID | None = None, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show comments that wait, or were decided on, as they came, and for how long they are kept.

    ``rating_id`` is whose decision was refused, if one was. Raises Invalid for another list.
    """
    said, days = refused(refusal), _days_form(reading, refusal)
    return {
        **listed(reading, after=request.args.get("after"), limit=LINES),
        "zone": reading.zone,
        "wrong_id": rating_id,
        "reason": typed("reason"),
        "may_set_days": reading.reader.may(Permission.MANAGE_RETENTION),
        "days": days,
        "bounds": bounds,
        "privacy": address_of(reading.organisation_id),
        **said,
        "errors": said["errors"] | days["moved"],
    }


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the list that the address asks for; raises Invalid for no such list."""
    try:
        state = CommentState(request.args.get("show", CommentState.WAITING))
    except ValueError as error:
        raise Invalid(errors={"query": {"show": ["No such list."]}}) from error
    position = position_of(after, datetime, UUID)
    found = list_comments(
        reading.session,
        organisation_id=reading.organisation_id,
        wanted=WantedComments(
            state=state, until=reading.now - CORRECTION_WINDOW, not_about=reading.accounts
        ),
        after=(position[0], position[1]) if position else None,
        limit=limit + 1,
    )
    shown = page_of(
        found, limit=limit, position=lambda one: [one.rated_at.isoformat(), str(one.rating_id)]
    )
    ids = {one.employee_id for one in shown["items"] if one.employee_id}
    return {
        "state": state,
        "lines": shown["items"],
        "next_after": shown["next_cursor"],
        "people": list_employees_by_id(
            reading.session, organisation_id=reading.organisation_id, employee_ids=ids
        ),
    }


_WAYS = Ways(then="console.show_comments", otherwise="comments", refused=show_comments)


@acts("/hr/comments/<uuid:rating_id>/show", may=_MAY, ways=_WAYS)
def show_comment(acting: Reading, rating_id: UUID) -> str:
    """Let the employee whom it is about read it."""
    return _decide(acting, rating_id, Decision.SHOW)


@acts("/hr/comments/<uuid:rating_id>/hide", may=_MAY, ways=_WAYS)
def hide_comment(acting: Reading, rating_id: UUID) -> str:
    """Keep it from them; the stars count all the same."""
    return _decide(acting, rating_id, Decision.HIDE)


@acts("/hr/comments/retention", may=Permission.MANAGE_RETENTION, ways=_WAYS)
def set_retention(acting: Reading) -> str:
    """Keep words of fans, and signals, for as many days as the form says; raises Invalid."""
    before = lock_periods(acting.session, organisation_id=acting.organisation_id)
    meant, moved = weigh(*_days_sent(), _texts_of(before))
    body = asdict(before) | {name: whole(text) for name, text in meant.items()}
    to = Periods(**loaded(RetentionIn(), body, wrong=moved))
    if to == before:
        return "unchanged"
    retentions.change(acting.session, actor=acting.reader, to=to, now=acting.now)
    return "retention_set"


def _days_form(reading: Reading, refusal: Problem | None) -> dict[str, Texts]:
    stored = get_periods(reading.session, organisation_id=reading.organisation_id)
    sent = _days_sent() if refusal and "word_days" in request.form else ({}, {})
    return filled(_texts_of(stored), *sent)


def _days_sent() -> tuple[Texts, Texts]:
    """Return what was typed into the fields of the form, and what they showed."""
    return {name: typed(name) for name in _DAYS}, {name: typed(f"{SEEN}{name}") for name in _DAYS}


def _texts_of(periods: Periods) -> Texts:
    return {name: str(days) for name, days in asdict(periods).items()}


def _decide(acting: Reading, rating_id: UUID, decision: Decision) -> str:
    said = loaded(DecisionIn(), {"decision": decision.value, "reason": typed("reason")})
    comments.decide(
        acting.session,
        actor=acting.reader,
        rating_id=rating_id,
        decision=decision,
        reason=said["reason"],
        now=acting.now,
    )
    return f"comment_{decision}"
