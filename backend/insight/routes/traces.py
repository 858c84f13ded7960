"""From money to the work that earned it, and back, over HTTP."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.insight.problems import NothingGiven
from backend.insight.schemas.traces import FatesOut, SourcesOut
from backend.insight.services import traces
from backend.insight.services.traces import Sources
from backend.rewards.problems import LineNotFound, RedemptionNotFound

routes = Routes("traces", __name__, description="From money to the work that earned it, and back")


@routes.query(
    "/redemptions/<uuid:redemption_id>/sources",
    may=Permission.EXPORT_PAYROLL,
    answers=SourcesOut(),
    raises=(RedemptionNotFound,),
)
def list_redemption_sources(call: Call, redemption_id: UUID) -> dict[str, Any]:
    """List everything that earned the points of a redemption, down to requests and ratings.

    The oldest points are spent first.
    """
    redemption, sources = traces.sources_of_redemption(
        call.session, organisation_id=call.actor.organisation_id, redemption_id=redemption_id
    )
    return _said(sources, redemption_id, None, redemption.employee_id)


@routes.query(
    "/payroll-lines/<uuid:line_id>/sources",
    may=Permission.EXPORT_PAYROLL,
    answers=SourcesOut(),
    raises=(LineNotFound,),
)
def list_payroll_line_sources(call: Call, line_id: UUID) -> dict[str, Any]:
    """List everything that earned a line of a payroll batch, down to requests and ratings."""
    line, sources = traces.sources_of_line(
        call.session, organisation_id=call.actor.organisation_id, line_id=line_id
    )
    return _said(sources, line.redemption_id, line_id, line.employee_id)


@routes.query(
    "/ledger/<uuid:source_id>/payments",
    may=Permission.EXPORT_PAYROLL,
    answers=FatesOut(),
    raises=(NothingGiven,),
)
def list_payments(call: Call, source_id: UUID) -> dict[str, Any]:
    """List what became of the points for an entry, a request, a rating or a greeting.

    Of a request those of its rating are among them. Each says the redemptions that it went into,
    and the lines by which payroll paid them.
    """
    owner = call.actor.organisation_id
    return {"items": traces.fates_of(call.session, organisation_id=owner, source_id=source_id)}


def _said(
    sources: Sources, redemption_id: UUID | None, line_id: UUID | None, employee_id: UUID
) -> dict[str, Any]:
    return {
        "redemption_id": redemption_id,
        "line_id": line_id,
        "employee_id": employee_id,
        "points": sources.points,
        "earned_from": sources.earned_from,
        "earned_until": sources.earned_until,
        "parts": sources.parts,
    }
