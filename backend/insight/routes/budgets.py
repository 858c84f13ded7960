"""A season's budget beside what it has cost, over HTTP."""

from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.insight.schemas.budgets import BudgetReportOut
from backend.insight.services import budgets
from backend.insight.services.budgets import Report
from backend.venues.problems import SeasonNotFound

routes = Routes("forecasts", __name__, description="What a season costs, and will cost")


@routes.query(
    "/seasons/<uuid:season_id>/budget",
    may=Permission.MANAGE_BUDGETS,
    answers=BudgetReportOut(),
    raises=(SeasonNotFound,),
)
def get_season_budget(call: Call, season_id: UUID) -> Report:
    """Give a season's budget, what it has given and committed, and what it will come to."""
    return budgets.read(
        call.session,
        organisation_id=call.actor.organisation_id,
        season_id=season_id,
        now=call.now,
    )
