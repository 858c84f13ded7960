"""HR's page of what is owed to fans after an event, and who sees to it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from backend.engagement.queries.follow_ups import WantedFollowUps, list_follow_ups
from backend.engagement.rules import FollowUpState
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid
from backend.identity.permissions import Permission
from backend.identity.queries import list_employees_by_id
from backend.insight.queries.evidence import find_needs
from backend.web.console.frames import Reading, reads

LINES = 50


@reads("/hr/follow-ups", may=Permission.SEE_FOLLOW_UPS, template="follow_ups")
def show_follow_ups(reading: Reading) -> dict[str, Any]:
    """Show what is overdue, to do or done, as it was due; raises Invalid for another list."""
    page = listed(reading, after=request.args.get("after"), limit=LINES)
    return {**page, "zone": reading.zone}


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the list that the address asks for; raises Invalid for no such list."""
    try:
        state = FollowUpState(request.args.get("show", FollowUpState.OVERDUE))
    except ValueError as error:
        raise Invalid(errors={"query": {"show": ["No such list."]}}) from error
    position = position_of(after, datetime, UUID)
    owner: dict[str, Any] = {"organisation_id": reading.organisation_id}
    found = list_follow_ups(
        reading.session,
        **owner,
        wanted=WantedFollowUps(state=state),
        now=reading.now,
        after=(position[0], position[1]) if position else None,
        limit=limit + 1,
    )
    shown = page_of(
        found, limit=limit, position=lambda one: [one.due_at.isoformat(), str(one.request.id)]
    )
    lines = shown["items"]
    people = {one.employee_id for one in lines} | {one.done_by for one in lines if one.done_by}
    return {
        "state": state,
        "lines": lines,
        "next_after": shown["next_cursor"],
        "needs": find_needs(
            reading.session, **owner, request_ids=[one.request.id for one in lines]
        ),
        "people": list_employees_by_id(reading.session, **owner, employee_ids=people),
    }
