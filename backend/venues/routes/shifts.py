"""Shifts: who works at an event, and where the caller is on duty."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of, position_of
from backend.identity.permissions import Permission
from backend.identity.queries import list_employees_by_id
from backend.venues import queries
from backend.venues.problems import EventNotFound
from backend.venues.routes.positions import by_start, start_position
from backend.venues.schemas import (
    ColleaguesOut,
    DutyOut,
    MyColleaguesArgs,
    ShiftsArgs,
    ShiftsOut,
    WhereArgs,
)

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


@routes.query("/me/duty", may=Permission.READ_VENUES, args=WhereArgs(), answers=DutyOut())
def get_my_duty(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """Tell where the caller is on duty now: event, post and zone."""
    duty = queries.find_duty(call.session, actor=call.actor, at=call.now, **args)
    if duty is None:
        return {"event": None, "shift_id": None, "post": None, "zone": None, "elsewhere": []}
    elsewhere = queries.list_elsewhere(call.session, actor=call.actor, duty=duty, at=call.now)
    return _placed(call, duty) | {"elsewhere": elsewhere}


def _placed(call: Call, duty: queries.Duty) -> dict[str, Any]:
    owner = call.actor.organisation_id
    post = duty.post_id and queries.get_post(
        call.session, organisation_id=owner, post_id=duty.post_id
    )
    zone = post.zone if post else None
    return {"event": duty.event, "shift_id": duty.shift_id, "post": post, "zone": zone}


@routes.query(
    "/me/colleagues", may=Permission.HELP, args=MyColleaguesArgs(), answers=ColleaguesOut()
)
def list_my_colleagues(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List who is on duty beside the caller now, those in the own zone first."""
    duty = queries.find_duty(
        call.session, actor=call.actor, at=call.now, venue_id=args.get("venue_id")
    )
    if duty is None:
        return {"items": [], "next_cursor": None}
    return _named(call, _beside(call, duty, args))


def _beside(call: Call, duty: queries.Duty, args: dict[str, Any]) -> dict[str, Any]:
    beside = queries.Beside(
        organisation_id=call.actor.organisation_id,
        employee_id=call.actor.employee_id,
        event_id=duty.event.id,
        zone_id=duty.zone_id,
        at=call.now,
    )
    after = position_of(args.get("cursor"), int, str, UUID)
    found = queries.list_colleagues(
        call.session,
        beside=beside,
        after=(after[0], after[1], after[2]) if after else None,
        limit=args["limit"] + 1,
    )

    def position(one: queries.OnDuty) -> list[str | int]:
        return [one.far, one.post.code, str(one.employee_id)]

    return page_of(found, limit=args["limit"], position=position)


def _named(call: Call, page: dict[str, Any]) -> dict[str, Any]:
    """Return a page of colleagues with their names; who works here no more is left out."""
    found: list[queries.OnDuty] = page["items"]
    people = list_employees_by_id(
        call.session,
        organisation_id=call.actor.organisation_id,
        employee_ids=[one.employee_id for one in found],
    )
    items = [
        {
            "employee_id": one.employee_id,
            "name": people[one.employee_id].name,
            "post": one.post,
            "zone": one.post.zone,
        }
        for one in found
        if people[one.employee_id].active
    ]
    return {**page, "items": items}
