"""An employee's own copy of everything, over HTTP."""

from typing import Any

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.insight.schemas.own_data import OwnDataOut
from backend.insight.services import own_data

routes = Routes("own data", __name__, description="Everything that is kept about oneself")


@routes.query("/me/data", may=Permission.USE_OWN_ACCOUNT, answers=OwnDataOut())
def get_my_data(call: Call) -> dict[str, Any]:
    """Give everything that is kept about the caller, to take along."""
    return own_data.read(call.session, actor=call.actor, now=call.now)
