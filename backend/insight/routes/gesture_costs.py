"""What gestures cost, over HTTP."""

from typing import Any

from backend.foundation.http import Call
from backend.identity.permissions import Permission
from backend.insight.problems import NoSeasonYet
from backend.insight.routes.figures import routes as routes
from backend.insight.schemas.figures import ProgrammeArgs
from backend.insight.schemas.gesture_costs import GestureCostsOut
from backend.insight.services import gesture_costs
from backend.insight.services.gesture_costs import GestureCosts
from backend.venues.problems import EventNotFound, SeasonNotFound


@routes.query(
    "/gestures/costs",
    may=Permission.SEE_GESTURES,
    args=ProgrammeArgs(),
    answers=GestureCostsOut(),
    raises=(NoSeasonYet, SeasonNotFound, EventNotFound),
)
def get_gesture_costs(call: Call, args: dict[str, Any]) -> GestureCosts:
    """Say what the gestures of an event or a season cost, by event and category."""
    return gesture_costs.read(
        call.session,
        organisation_id=call.actor.organisation_id,
        event_id=args.get("event_id"),
        season_id=args.get("season_id"),
        now=call.now,
    )
