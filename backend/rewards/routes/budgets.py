"""What a season may cost, over HTTP; `insight` shows it beside what it has cost."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.rewards.problems import BudgetBelowCommitted, BudgetChanged, BudgetCurrencyInUse
from backend.rewards.queries import BudgetFacts
from backend.rewards.schemas.budgets import SeasonBudgetIn, SeasonBudgetOut
from backend.rewards.services import budgets
from backend.rewards.services.budgets import Wanted
from backend.venues.problems import SeasonNotFound

routes = Routes("budgets", __name__, description="What a season may cost")


@routes.command(
    "PUT /seasons/<uuid:season_id>/budget",
    may=Permission.MANAGE_BUDGETS,
    takes=SeasonBudgetIn(),
    answers=SeasonBudgetOut(),
    raises=(SeasonNotFound, BudgetChanged, BudgetBelowCommitted, BudgetCurrencyInUse),
)
def set_season_budget(call: Call, body: dict[str, Any], season_id: UUID) -> BudgetFacts:
    """Set what a season may cost, as long as it is as you saw it."""
    of_season = {"season_id": season_id, "seen_version": body.pop("seen_version")}
    return budgets.set_budget(
        call.session, actor=call.actor, wanted=Wanted(**body), now=call.now, **of_season
    )
