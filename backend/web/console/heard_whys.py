"""HR's page of why something does not work yet for fans: shown to everybody, or to nobody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from backend.engagement.queries.heard import list_entries_by_id, list_whys
from backend.engagement.rules import CommentState, Decision
from backend.engagement.schemas.heard import WhyDecisionIn
from backend.engagement.services import heard_entries
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.web.console.forms import loaded, refused, typed
from backend.web.console.frames import Reading, Ways, acts, reads

LINES = 25
_MAY = Permission.MODERATE


@reads("/hr/heard/whys", may=_MAY, template="heard_whys")
def show_whys(
    reading: Reading, answer_id: UUID | None = None, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show whys that wait, or were decided on, as they came; raises Invalid for another list.

    ``answer_id`` is whose decision was refused, if one was.
    """
    return {
        **listed(reading, after=request.args.get("after"), limit=LINES),
        "may_write": reading.reader.may(Permission.MANAGE_HEARD),
        "zone": reading.zone,
        "wrong_id": answer_id,
        "reason": typed("reason"),
        **refused(refusal),
    }


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the list that the address asks for; raises Invalid for no such list."""
    try:
        state = CommentState(request.args.get("show", CommentState.WAITING))
    except ValueError as error:
        raise Invalid(errors={"query": {"show": ["No such list."]}}) from error
    session, owner = reading.session, reading.organisation_id
    position = position_of(after, datetime, UUID)
    found = list_whys(
        session,
        organisation_id=owner,
        state=state,
        after=(position[0], position[1]) if position else None,
        limit=limit + 1,
    )
    shown = page_of(
        found, limit=limit, position=lambda one: [one.answered_at.isoformat(), str(one.id)]
    )
    ids = {one.entry_id for one in shown["items"]}
    return {
        "state": state,
        "lines": shown["items"],
        "next_after": shown["next_cursor"],
        "entries": list_entries_by_id(session, organisation_id=owner, entry_ids=ids),
    }


_WAYS = Ways(then="console.show_whys", otherwise="heard_whys", refused=show_whys)


@acts("/hr/heard/whys/<uuid:answer_id>/show", may=_MAY, ways=_WAYS)
def show_why(acting: Reading, answer_id: UUID) -> str:
    """Let everybody read it on the public page; raises WhyNotFound and Invalid."""
    return _decide(acting, answer_id, Decision.SHOW)


@acts("/hr/heard/whys/<uuid:answer_id>/hide", may=_MAY, ways=_WAYS)
def hide_why(acting: Reading, answer_id: UUID) -> str:
    """Let nobody read it; the answer counts all the same. Raises WhyNotFound and Invalid."""
    return _decide(acting, answer_id, Decision.HIDE)


def _decide(acting: Reading, answer_id: UUID, decision: Decision) -> str:
    said = loaded(WhyDecisionIn(), {"decision": decision.value, "reason": typed("reason")})
    heard_entries.decide_why(
        acting.session,
        actor=acting.reader,
        answer_id=answer_id,
        decision=decision,
        reason=said["reason"],
        now=acting.now,
    )
    return f"why_{decision}"
