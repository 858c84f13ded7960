"""The supervisors' board over HTTP."""

from typing import Any

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.insight.schemas.coverage import CoverageArgs, CoverageOut
from backend.insight.services import coverage
from backend.insight.services.coverage import Coverage
from backend.venues.problems import EventNotFound

routes = Routes("coverage", __name__, description="Who is where, and what is uncovered")


@routes.query(
    "/posts/coverage",
    may=Permission.SEE_COVERAGE,
    args=CoverageArgs(),
    answers=CoverageOut(),
    raises=(EventNotFound,),
)
def get_coverage(call: Call, args: dict[str, Any]) -> Coverage:
    """Show every post with a shift now, and the open requests, those that wait longest first.

    A second old at most; ask again with If-None-Match.
    """
    return coverage.read(
        lambda: call.session, actor=call.actor, event_id=args.get("event_id"), now=call.now
    )
