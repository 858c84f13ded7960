"""For how long what fans wrote is kept: read and set by HR, and said to fans at /privacy."""

from typing import Any

from backend.engagement.schemas.retentions import RetentionIn, RetentionOut
from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.integrity.queries.retentions import get_periods
from backend.integrity.rules.retentions import Periods
from backend.integrity.services import retentions

routes = Routes("retention", __name__, description="For how long what fans wrote is kept")


@routes.query("/retention", may=Permission.MANAGE_RETENTION, answers=RetentionOut())
def get_retention(call: Call) -> Periods:
    """Show how many days words of fans, and signals, are kept."""
    return get_periods(call.session, organisation_id=call.actor.organisation_id)


@routes.command(
    "PUT /retention",
    may=Permission.MANAGE_RETENTION,
    takes=RetentionIn(),
    answers=RetentionOut(),
)
def set_retention(call: Call, body: dict[str, Any]) -> Periods:
    """Keep them for as long as this from now on; what is older is deleted within minutes."""
    return retentions.change(call.session, actor=call.actor, to=Periods(**body), now=call.now)
