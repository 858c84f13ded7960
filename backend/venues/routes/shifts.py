"""Shifts: who works at an event, and where the caller is on duty."""

from typing import Any

from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of
from backend.identity.permissions import Permission
from backend.venues import queries
from backend.venues.problems import EventNotFound
from backend.venues.routes.positions import by_start, start_position
from backend.venues.schemas import DutyOut, ShiftsArgs, ShiftsOut

routes = Routes("shifts", __name__, description="Who works where during an event")


@routes.query(
    "/shifts",
    may=Permission.SEE_ALL_REQUESTS,
    args=ShiftsArgs(),
    answers=ShiftsOut(),
    raises=(EventNotFound,),
)
def list_shifts(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the shifts of an event by start."""
    which = {"organisation_id": call.actor.organisation_id, "event_id": args["event_id"]}
    queries.get_event(call.session, **which)
    shifts = queries.list_shifts(
        call.session, **which, after=by_start(args.get("cursor")), limit=args["limit"] + 1
    )
    return page_of(shifts, limit=args["limit"], position=start_position)


@routes.query("/me/duty", may=Permission.READ_VENUES, answers=DutyOut())
def get_my_duty(call: Call) -> dict[str, Any]:
    """Tell where the caller is on duty now: event, post and zone."""
    duty = queries.find_duty(call.session, actor=call.actor, at=call.now)
    if duty is None:
        return {"event": None, "shift_id": None, "post": None, "zone": None}
    organisation_id = call.actor.organisation_id
    post = duty.post_id and queries.get_post(
        call.session, organisation_id=organisation_id, post_id=duty.post_id
    )
    zone = post.zone if post else None
    return {"event": duty.event, "shift_id": duty.shift_id, "post": post, "zone": zone}
