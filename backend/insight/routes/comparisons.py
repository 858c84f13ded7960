"""The bias report over HTTP."""

from typing import Any

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.insight.problems import NoSeasonYet
from backend.insight.schemas.comparisons import BiasReportArgs, BiasReportOut
from backend.insight.services import comparisons
from backend.venues.problems import SeasonNotFound

routes = Routes("bias", __name__, description="What groups of employees get, compared")


@routes.query(
    "/bias-report",
    may=Permission.SEE_BOARD_ALL,
    args=BiasReportArgs(),
    answers=BiasReportOut(),
    raises=(NoSeasonYet, SeasonNotFound),
)
def get_bias_report(call: Call, args: dict[str, Any]) -> comparisons.BiasReport:
    """Compare departments, kinds of employment and protected groups in a season, with intervals.

    Protected groups are those that HR has imported for it, with rounded figures. Figures of few
    people or ratings are withheld, and so are others from which they could be found. It may be
    two minutes old.
    """
    return comparisons.read(
        call.session,
        organisation_id=call.actor.organisation_id,
        season_id=args.get("season_id"),
        now=call.now,
    )
