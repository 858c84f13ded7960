"""Follow-ups over HTTP: what is owed to fans after an event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.engagement.problems import FollowUpNotFound, NotYourFollowUp, RequestNotFound
from backend.engagement.queries.follow_ups import FollowUpView, WantedFollowUps, list_follow_ups
from backend.engagement.schemas.covers import (
    FollowUpDoneIn,
    FollowUpOut,
    FollowUpsArgs,
    FollowUpsOut,
)
from backend.engagement.services import follow_ups
from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of, position_of
from backend.identity.permissions import Permission

routes = Routes("follow-ups", __name__, description="What is owed to fans after an event")


@routes.query("/me/follow-ups", may=Permission.HELP, answers=FollowUpsOut(), args=FollowUpsArgs())
def list_my_follow_ups(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what I am to see to after an event, those due first come first."""
    return _page(call, args, employee_id=call.actor.employee_id)


@routes.query(
    "/follow-ups",
    may=Permission.SEE_FOLLOW_UPS,
    answers=FollowUpsOut(),
    args=FollowUpsArgs(),
)
def list_all_follow_ups(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what anybody is to see to after an event; overdue ones by their state."""
    return _page(call, args, employee_id=None)


@routes.command(
    "POST /requests/<uuid:request_id>/follow-up/done",
    may=Permission.HELP,
    takes=FollowUpDoneIn(),
    answers=FollowUpOut(),
    raises=(RequestNotFound, FollowUpNotFound, NotYourFollowUp),
)
def finish_follow_up(call: Call, body: dict[str, Any], request_id: UUID) -> FollowUpView:
    """Say what was done; a request that is still open is closed by it."""
    return follow_ups.finish(
        call.session, actor=call.actor, request_id=request_id, note=body["note"], now=call.now
    )


def _page(call: Call, args: dict[str, Any], *, employee_id: UUID | None) -> dict[str, Any]:
    after = position_of(args.get("cursor"), datetime, UUID)
    found = list_follow_ups(
        call.session,
        organisation_id=call.actor.organisation_id,
        wanted=WantedFollowUps(employee_id=employee_id, state=args["state"]),
        now=call.now,
        after=(after[0], after[1]) if after else None,
        limit=args["limit"] + 1,
    )
    return page_of(
        found,
        limit=args["limit"],
        position=lambda one: [one.due_at.isoformat(), str(one.request.id)],
    )
