"""Rules tried on a season, over HTTP."""

from typing import Any

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.insight.rules import Rate
from backend.insight.schemas.simulations import SimulationIn, SimulationOut
from backend.insight.services import simulations
from backend.insight.services.simulations import Simulation
from backend.rewards.problems import RulesOutOfBounds
from backend.venues.problems import SeasonNotFound

routes = Routes("simulations", __name__, description="What other rules would have paid.")


@routes.query(
    "/rules/simulate",
    may=Permission.MANAGE_RULES,
    takes=SimulationIn(),
    answers=SimulationOut(),
    raises=(RulesOutOfBounds, SeasonNotFound),
)
def simulate_rules(call: Call, body: dict[str, Any]) -> Simulation:
    """Compare what a season has earned with what it would have by a draft of the rules.

    Everything that was done is judged anew, as it was when it was paid; nothing is changed.
    """
    return simulations.simulate(
        call.session,
        organisation_id=call.actor.organisation_id,
        season_id=body["season_id"],
        document=body["document"],
        rate=Rate.of(body.get("cents_per_point"), body.get("currency")),
    )
