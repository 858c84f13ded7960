"""The shifts of the contract's evening: those there are, and one that was a mistake."""

from typing import Any

from backend.foundation.db import transaction
from tests.factories import make_employee, make_shift


def mend(caller: Any, token: str, cast: Any) -> None:
    """Read the shifts of the event, and take one away."""
    caller.call("listShifts", token=token, event_id=cast.arena.event_id)
    with caller.app.app_context(), transaction() as session:
        shift_id = make_shift(session, cast.arena, make_employee(session, cast.arena))
    why = {"reason": "Put on the roster twice under two badges."}
    caller.call("cancelShift", token=token, shift_id=shift_id, body=why)
