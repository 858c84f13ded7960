"""What the caller has done, told by a domain that stands above this one."""

from flask import current_app

from backend.foundation.http import Call
from backend.rewards.rules import Merit

MERIT = "on_the_spot.merit"


def own_merit(call: Call) -> Merit:
    """Return what the caller has done in the season that is on."""
    merit: Merit = current_app.extensions[MERIT](
        call.session,
        organisation_id=call.actor.organisation_id,
        employee_id=call.actor.employee_id,
        now=call.now,
    )
    return merit
