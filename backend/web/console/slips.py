"""The slip on which HR hands out an enrolment code: made, shown and printed once.

The code is kept as a hash alone. It stands in this answer, in no address and in no cache, and the
page empties itself when it is left, for a browser's way back does not ask the server.
"""

from typing import Any
from uuid import UUID

from flask import current_app
from markupsafe import Markup

from backend.engagement.exports import qr_inline
from backend.identity.permissions import Permission
from backend.identity.queries import get_employee
from backend.identity.services import personnel
from backend.settings import Settings
from backend.web.console.frames import Reading, Ways, acts
from backend.web.console.person import show_person
from backend.web.console.slip_words import WORDS
from backend.web.security import policy

_MAY = Permission.MANAGE_EMPLOYEES
# Its own script prints it, and empties it.
_POLICY = policy(script_src="'self'", style_src="'self'", img_src="'self'", form_action="'self'")


@acts(
    "/hr/people/<uuid:employee_id>/slip",
    may=_MAY,
    ways=Ways(then="slip", otherwise="person", refused=show_person),
)
def make_slip(acting: Reading, employee_id: UUID) -> dict[str, Any]:
    """Issue an enrolment code, good once within seven days; older ones expire at once.

    Raises EmployeeUnknown, EmployeeInactive, AdministratorNeeded.
    """
    issued = personnel.issue_code(
        acting.session, actor=acting.reader, employee_id=employee_id, now=acting.now
    )
    who = get_employee(
        acting.session, organisation_id=acting.organisation_id, employee_id=employee_id
    )
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    return {
        "who": who,
        "code": issued.code,
        "expires_at": issued.expires_at,
        "address": f"{settings.public_url}/app",
        "picture": Markup(qr_inline(f"{settings.public_url}/app#enrol={issued.code}")),
        "says": WORDS[who.language],
        "zone": acting.zone,
        "content_policy": _POLICY,
    }
