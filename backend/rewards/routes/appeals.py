"""Appeals over HTTP."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.identity.problems import PersonUnknown
from backend.rewards import queries
from backend.rewards.problems import (
    AdjustmentNotFound,
    AlreadyAppealed,
    AppealDecided,
    AppealNotFound,
    AppealTooLate,
    BudgetExceeded,
    BudgetInOtherCurrency,
    NotAppealable,
    NotEnoughPoints,
    NotImpartial,
    OutOfStock,
    RedemptionNotFound,
)
from backend.rewards.queries import AppealFacts
from backend.rewards.schemas.adjustments import ReasonIn
from backend.rewards.schemas.appeals import AppealIn, AppealOut, AppealsArgs, AppealsOut
from backend.rewards.services import appeals

DECIDE = Permission.DECIDE_APPEALS
_DECIDED = (AppealNotFound, AppealDecided, NotImpartial, PersonUnknown)

routes = Routes("appeals", __name__, description="Ask somebody else to look again")


@routes.command(
    "POST /appeals",
    may=Permission.APPEAL,
    takes=AppealIn(),
    answers=AppealOut(),
    status=201,
    raises=(
        *(AdjustmentNotFound, RedemptionNotFound),
        *(NotAppealable, AppealTooLate, AlreadyAppealed),
    ),
)
def lodge_appeal(call: Call, body: dict[str, Any]) -> AppealFacts:
    """Appeal, within fourteen days, against what took points from me or was declined to me."""
    return appeals.lodge(call.session, actor=call.actor, now=call.now, **body)


@routes.query("/me/appeals", may=Permission.APPEAL, answers=AppealsOut(), args=PageArgs())
def list_my_appeals(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what I appealed against, the newest first, with what became of it."""
    return _newest(call, args, employee_id=call.actor.employee_id)


@routes.query("/appeals", may=DECIDE, answers=AppealsOut(), args=AppealsArgs())
def list_appeals(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the appeals that wait, the oldest first and so the overdue in front; or all of them."""
    if not args["waiting"]:
        return _newest(call, args, employee_id=None)
    found = queries.list_waiting_appeals(
        call.session,
        organisation_id=call.actor.organisation_id,
        now=call.now,
        **_page(args, side="after"),
    )
    return page_of(found, limit=args["limit"], position=_made)


@routes.query(
    "/appeals/<uuid:appeal_id>", may=DECIDE, answers=AppealOut(), raises=(AppealNotFound,)
)
def get_appeal(call: Call, appeal_id: UUID) -> AppealFacts:
    """Give an appeal."""
    return queries.get_appeal(
        call.session,
        organisation_id=call.actor.organisation_id,
        appeal_id=appeal_id,
        now=call.now,
    )


@routes.command(
    "POST /appeals/<uuid:appeal_id>/uphold",
    may=DECIDE,
    takes=ReasonIn(),
    answers=AppealOut(),
    raises=_DECIDED,
)
def uphold_appeal(call: Call, body: dict[str, Any], appeal_id: UUID) -> AppealFacts:
    """Leave what was decided before as it is, with a reason."""
    return appeals.uphold(call.session, actor=call.actor, appeal_id=appeal_id, now=call.now, **body)


@routes.command(
    "POST /appeals/<uuid:appeal_id>/grant",
    may=DECIDE,
    takes=ReasonIn(),
    answers=AppealOut(),
    raises=(*_DECIDED, OutOfStock, NotEnoughPoints, BudgetExceeded, BudgetInOtherCurrency),
)
def grant_appeal(call: Call, body: dict[str, Any], appeal_id: UUID) -> AppealFacts:
    """Decide for the employee: give the points back, or make the declined redemption anew."""
    return appeals.grant(call.session, actor=call.actor, appeal_id=appeal_id, now=call.now, **body)


def _newest(call: Call, args: dict[str, Any], *, employee_id: UUID | None) -> dict[str, Any]:
    found = queries.list_appeals(
        call.session,
        organisation_id=call.actor.organisation_id,
        employee_id=employee_id,
        now=call.now,
        **_page(args, side="before"),
    )
    return page_of(found, limit=args["limit"], position=_made)


def _page(args: dict[str, Any], *, side: str) -> dict[str, Any]:
    position = position_of(args.get("cursor"), datetime, UUID)
    return {side: (position[0], position[1]) if position else None, "limit": args["limit"] + 1}


def _made(one: AppealFacts) -> list[str]:
    return [one.made_at.isoformat(), str(one.id)]
