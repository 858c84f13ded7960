"""What a season may cost and when its points expire, over HTTP; `insight` shows both."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.rewards.problems import (
    BudgetBelowCommitted,
    BudgetChanged,
    BudgetCurrencyInUse,
    ExpiryBegun,
    ExpiryChanged,
    ExpiryOnlyLater,
    ExpiryTooSoon,
)
from backend.rewards.queries import BudgetFacts, ExpiryFacts
from backend.rewards.schemas.budgets import SeasonBudgetIn, SeasonBudgetOut
from backend.rewards.schemas.expiries import PointsExpiryIn, PointsExpiryOut
from backend.rewards.services import budgets, expiries
from backend.rewards.services.budgets import Wanted
from backend.venues.problems import SeasonNotFound

routes = Routes(
    "budgets", __name__, description="What a season may cost, and when its points expire"
)


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


@routes.command(
    "PUT /seasons/<uuid:season_id>/points-expiry",
    may=Permission.MANAGE_BUDGETS,
    takes=PointsExpiryIn(),
    answers=PointsExpiryOut(),
    raises=(SeasonNotFound, ExpiryChanged, ExpiryBegun, ExpiryTooSoon, ExpiryOnlyLater),
)
def set_points_expiry(call: Call, body: dict[str, Any], season_id: UUID) -> ExpiryFacts:
    """Say on which day the points of a season expire; later on, only move it to a later one."""
    return expiries.set_day(
        call.session, actor=call.actor, season_id=season_id, now=call.now, **body
    )
