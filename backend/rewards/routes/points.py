"""Points, each with its source."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.identity.problems import EmployeeUnknown
from backend.identity.queries import get_employee
from backend.rewards import queries
from backend.rewards.schemas.points import PointsEntriesOut, PointsOut
from backend.venues.schemas import WhereArgs

routes = Routes("points", __name__, description="Points, each with its source")


@routes.query("/me/points", may=Permission.SEE_OWN_POINTS, args=WhereArgs(), answers=PointsOut())
def get_my_points(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """Tell the caller's points: pending, available, held, paid, and this evening's."""
    who = {"organisation_id": call.actor.organisation_id, "employee_id": call.actor.employee_id}
    points = queries.get_points(call.session, **who)
    over = queries.sum_overdue(call.session, now=call.now, **who)
    return {
        **asdict(points) | {"available": points.available - over},
        "next_available_at": queries.find_next_due(call.session, **who),
        "expiring": queries.list_expiring(call.session, now=call.now, **who),
        "expired": queries.sum_expired(call.session, **who) + over,
        "this_evening": queries.find_evening(call.session, actor=call.actor, now=call.now, **args),
    }


@routes.query(
    "/me/points/entries",
    may=Permission.SEE_OWN_POINTS,
    answers=PointsEntriesOut(),
    args=PageArgs(),
)
def list_my_points_entries(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List everything that the caller was given points for, the newest first."""
    return _entries(call, call.actor.employee_id, args)


@routes.query(
    "/employees/<uuid:employee_id>/points/entries",
    may=Permission.SEE_BOARD_ALL,
    answers=PointsEntriesOut(),
    args=PageArgs(),
    raises=(EmployeeUnknown,),
)
def list_points_entries(call: Call, args: dict[str, Any], employee_id: UUID) -> dict[str, Any]:
    """List everything that an employee was given points for, the newest first."""
    get_employee(call.session, organisation_id=call.actor.organisation_id, employee_id=employee_id)
    return _entries(call, employee_id, args)


def _entries(call: Call, employee_id: UUID, args: dict[str, Any]) -> dict[str, Any]:
    position = position_of(args.get("cursor"), UUID)
    entries = queries.list_entries(
        call.session,
        organisation_id=call.actor.organisation_id,
        employee_id=employee_id,
        before=position[0] if position else None,
        limit=args["limit"] + 1,
    )
    return page_of(entries, limit=args["limit"], position=lambda entry: [str(entry.id)])
