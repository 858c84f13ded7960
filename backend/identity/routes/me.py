"""Who am I."""

from typing import Any

from backend.foundation.http import Call, Routes
from backend.identity import queries
from backend.identity.permissions import Permission
from backend.identity.schemas import MeOut

routes = Routes("me", __name__, description="The employee who is signed in")


@routes.query("/me", may=Permission.USE_OWN_ACCOUNT, answers=MeOut())
def get_me(call: Call) -> dict[str, Any]:
    """Tell who is signed in and what this session allows."""
    who = {
        "organisation_id": call.actor.organisation_id,
        "employee_id": call.actor.employee_id,
    }
    return {
        **vars(queries.get_employee(call.session, **who)),
        "roles": sorted(queries.list_roles(call.session, **who)),
        "permissions": sorted(call.actor.permissions),
    }
