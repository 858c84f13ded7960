"""Redemptions over HTTP."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.identity.problems import PersonUnknown
from backend.rewards import queries
from backend.rewards.problems import (
    AlreadyApproved,
    ApproverChanged,
    BudgetExceeded,
    BudgetInOtherCurrency,
    CashGoesThroughPayroll,
    NotEligible,
    NotEnoughPoints,
    NotOffered,
    OutOfStock,
    OwnRedemption,
    PayeeChanged,
    RedemptionChanged,
    RedemptionClosed,
    RedemptionInPayroll,
    RedemptionNotFound,
    RewardChanged,
    RewardNotFound,
)
from backend.rewards.queries import RedemptionFacts
from backend.rewards.routes.merit import own_merit
from backend.rewards.schemas.redemptions import (
    DeclineIn,
    RedemptionIn,
    RedemptionOut,
    RedemptionsArgs,
    RedemptionsOut,
    RedemptionsToDecideOut,
    RedemptionToDecideOut,
    SeenIn,
)
from backend.rewards.services import budgets, redemptions

routes = Routes("redemptions", __name__, description="Ask for a reward; decide with four eyes")
_DECIDED = (RedemptionNotFound, OwnRedemption, RedemptionClosed, RedemptionChanged)


@routes.command(
    "POST /redemptions",
    may=Permission.REDEEM,
    takes=RedemptionIn(),
    answers=RedemptionOut(),
    status=201,
    raises=(RewardNotFound, RewardChanged, NotOffered, NotEligible, OutOfStock, NotEnoughPoints),
)
def ask_for_reward(call: Call, body: dict[str, Any]) -> RedemptionFacts:
    """Ask for a reward as I see it; its points are held at once."""
    return redemptions.ask(
        call.session, actor=call.actor, merit=own_merit(call), now=call.now, **body
    )


@routes.query("/me/redemptions", may=Permission.REDEEM, answers=RedemptionsOut(), args=PageArgs())
def list_my_redemptions(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what I asked for, the newest first, with what became of it."""
    return _page(call, args, employee_id=call.actor.employee_id)


@routes.command(
    "POST /redemptions/<uuid:redemption_id>/cancel",
    may=Permission.REDEEM,
    answers=RedemptionOut(),
    raises=(RedemptionNotFound, RedemptionClosed, RedemptionInPayroll),
)
def cancel_redemption(call: Call, redemption_id: UUID) -> RedemptionFacts:
    """Take back what I asked for, until it is fulfilled."""
    return redemptions.cancel(
        call.session, actor=call.actor, redemption_id=redemption_id, now=call.now
    )


@routes.query(
    "/redemptions",
    may=Permission.DECIDE_REDEMPTIONS,
    answers=RedemptionsToDecideOut(),
    args=RedemptionsArgs(),
)
def list_redemptions(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what employees asked for, the newest first."""
    page = _page(call, args, employee_id=args.get("employee_id"))
    return page | {"items": _beside(call, *page["items"])}


@routes.query(
    "/redemptions/<uuid:redemption_id>",
    may=Permission.DECIDE_REDEMPTIONS,
    answers=RedemptionToDecideOut(),
    raises=(RedemptionNotFound,),
)
def get_redemption(call: Call, redemption_id: UUID) -> RedemptionFacts:
    """Give a redemption with its history."""
    found = queries.get_redemption(
        call.session, organisation_id=call.actor.organisation_id, redemption_id=redemption_id
    )
    return _beside(call, found)[0]


@routes.command(
    "POST /redemptions/<uuid:redemption_id>/approve",
    may=Permission.DECIDE_REDEMPTIONS,
    takes=SeenIn(),
    answers=RedemptionToDecideOut(),
    raises=(
        *(*_DECIDED, PersonUnknown, AlreadyApproved, PayeeChanged, ApproverChanged),
        *(BudgetExceeded, BudgetInOtherCurrency),
    ),
)
def approve_redemption(call: Call, body: dict[str, Any], redemption_id: UUID) -> RedemptionFacts:
    """Approve what somebody else asked for; from 250.00 in thirty days it takes two people."""
    done = redemptions.approve(
        call.session, actor=call.actor, redemption_id=redemption_id, now=call.now, **body
    )
    return _beside(call, done)[0]


@routes.command(
    "POST /redemptions/<uuid:redemption_id>/decline",
    may=Permission.DECIDE_REDEMPTIONS,
    takes=DeclineIn(),
    answers=RedemptionToDecideOut(),
    raises=(*_DECIDED, PersonUnknown, RedemptionInPayroll),
)
def decline_redemption(call: Call, body: dict[str, Any], redemption_id: UUID) -> RedemptionFacts:
    """Decline what somebody else asked for, with a reason; the points are free again."""
    done = redemptions.decline(
        call.session, actor=call.actor, redemption_id=redemption_id, now=call.now, **body
    )
    return _beside(call, done)[0]


@routes.command(
    "POST /redemptions/<uuid:redemption_id>/fulfil",
    may=Permission.DECIDE_REDEMPTIONS,
    takes=SeenIn(),
    answers=RedemptionToDecideOut(),
    raises=(*_DECIDED, CashGoesThroughPayroll, ApproverChanged),
)
def fulfil_redemption(call: Call, body: dict[str, Any], redemption_id: UUID) -> RedemptionFacts:
    """Say that what was approved, but money, was handed over; its points are paid."""
    done = redemptions.fulfil(
        call.session, actor=call.actor, redemption_id=redemption_id, now=call.now, **body
    )
    return _beside(call, done)[0]


def _beside(call: Call, *found: RedemptionFacts) -> list[RedemptionFacts]:
    owner = call.actor.organisation_id
    return budgets.beside(call.session, organisation_id=owner, redemptions=found)


def _page(call: Call, args: dict[str, Any], *, employee_id: UUID | None) -> dict[str, Any]:
    before = position_of(args.get("cursor"), datetime, UUID)
    found = queries.list_redemptions(
        call.session,
        organisation_id=call.actor.organisation_id,
        employee_id=employee_id,
        status=args.get("status"),
        before=(before[0], before[1]) if before else None,
        limit=args["limit"] + 1,
    )
    return page_of(
        found, limit=args["limit"], position=lambda one: [one.asked_at.isoformat(), str(one.id)]
    )
