"""Shifts that were a mistake, over HTTP."""

from typing import Any
from uuid import UUID

from backend.engagement.problems import ShiftWorked
from backend.engagement.schemas.shifts import CancelShiftIn
from backend.engagement.services import shifts
from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.venues.problems import SeasonClosed, ShiftNotFound

routes = Routes("rosters", __name__, description="Shifts that were a mistake")


@routes.command(
    "POST /shifts/<uuid:shift_id>/cancel",
    may=Permission.MANAGE_VENUES,
    takes=CancelShiftIn(),
    answers=None,
    status=204,
    raises=(ShiftNotFound, SeasonClosed, ShiftWorked),
)
def cancel_shift(call: Call, body: dict[str, Any], shift_id: UUID) -> None:
    """Take a shift away that was a mistake, if nothing was done on it; the audit keeps it."""
    shifts.cancel(
        call.session,
        actor=call.actor,
        shift_id=shift_id,
        reason=body["reason"],
        now=call.now,
    )
