"""Who am I."""

from typing import Any

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.identity.routes.answers import one
from backend.identity.schemas import MeChangeIn, MeOut
from backend.identity.services import employees

routes = Routes("me", __name__, description="The employee who is signed in")


@routes.query("/me", may=Permission.USE_OWN_ACCOUNT, answers=MeOut())
def get_me(call: Call) -> dict[str, Any]:
    """Tell who is signed in and what this session allows."""
    return _me(call)


@routes.command("PATCH /me", may=Permission.USE_OWN_ACCOUNT, takes=MeChangeIn(), answers=MeOut())
def change_me(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Choose the language in which the product speaks to the caller."""
    employees.change(
        call.session,
        organisation_id=call.actor.organisation_id,
        employee_id=call.actor.employee_id,
        changes=body,
    )
    return _me(call)


def _me(call: Call) -> dict[str, Any]:
    actor = call.actor
    return {**one(call, actor.employee_id), "permissions": sorted(actor.permissions)}
