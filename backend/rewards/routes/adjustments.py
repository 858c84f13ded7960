"""Adjustments over HTTP."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.identity.problems import EmployeeUnknown, PersonUnknown
from backend.rewards import queries
from backend.rewards.problems import (
    AdjustmentClosed,
    AdjustmentNotFound,
    NothingToReverse,
    OwnAdjustment,
    PointsBudgetExceeded,
    TooFreshToReverse,
)
from backend.rewards.queries import AdjustmentFacts
from backend.rewards.schemas.adjustments import (
    AdjustmentIn,
    AdjustmentOut,
    AdjustmentsArgs,
    AdjustmentsOut,
    OwnAdjustmentsOut,
    ReasonIn,
    ReversalIn,
)
from backend.rewards.services import adjustments

ADJUST = Permission.ADJUST_POINTS
_WHO = (OwnAdjustment, PersonUnknown)
_DECIDED = (AdjustmentNotFound, AdjustmentClosed, *_WHO)

routes = Routes("adjustments", __name__, description="Correct points, with four eyes")


@routes.command(
    "POST /adjustments",
    may=ADJUST,
    takes=AdjustmentIn(),
    answers=AdjustmentOut(),
    status=201,
    raises=(EmployeeUnknown, *_WHO, PointsBudgetExceeded),
)
def adjust_points(call: Call, body: dict[str, Any]) -> AdjustmentFacts:
    """Give points or take them, at once; from 100 in thirty days it takes a second person."""
    return adjustments.adjust(call.session, actor=call.actor, now=call.now, **body)


@routes.command(
    "POST /reversals",
    may=ADJUST,
    takes=ReversalIn(),
    answers=AdjustmentOut(),
    status=201,
    raises=(NothingToReverse, TooFreshToReverse, *_WHO),
)
def reverse_source(call: Call, body: dict[str, Any]) -> AdjustmentFacts:
    """Take back what a request or rating earned; from 100 points on it takes a second person."""
    return adjustments.reverse(call.session, actor=call.actor, now=call.now, **body)


@routes.command(
    "POST /adjustments/<uuid:adjustment_id>/approve",
    may=ADJUST,
    answers=AdjustmentOut(),
    raises=(*_DECIDED, NothingToReverse, PointsBudgetExceeded),
)
def approve_adjustment(call: Call, adjustment_id: UUID) -> AdjustmentFacts:
    """Agree to what a colleague proposed, as it stands; it takes effect at once."""
    return adjustments.approve(
        call.session, actor=call.actor, adjustment_id=adjustment_id, now=call.now
    )


@routes.command(
    "POST /adjustments/<uuid:adjustment_id>/decline",
    may=ADJUST,
    takes=ReasonIn(),
    answers=AdjustmentOut(),
    raises=_DECIDED,
)
def decline_adjustment(call: Call, body: dict[str, Any], adjustment_id: UUID) -> AdjustmentFacts:
    """Refuse what a colleague proposed, with a reason."""
    return adjustments.decline(
        call.session, actor=call.actor, adjustment_id=adjustment_id, now=call.now, **body
    )


@routes.query("/adjustments", may=ADJUST, answers=AdjustmentsOut(), args=AdjustmentsArgs())
def list_adjustments(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List adjustments and reversals, the newest first."""
    names = queries.WantedAdjustments.__dataclass_fields__
    found = queries.list_adjustments(
        call.session,
        organisation_id=call.actor.organisation_id,
        wanted=queries.WantedAdjustments(**{name: args.get(name) for name in names}),
        before=_before(args),
        limit=args["limit"] + 1,
    )
    return page_of(found, limit=args["limit"], position=_made)


@routes.query(
    "/adjustments/<uuid:adjustment_id>",
    may=ADJUST,
    answers=AdjustmentOut(),
    raises=(AdjustmentNotFound,),
)
def get_adjustment(call: Call, adjustment_id: UUID) -> AdjustmentFacts:
    """Give an adjustment: who proposed it and why, and how it ended."""
    return queries.get_adjustment(
        call.session, organisation_id=call.actor.organisation_id, adjustment_id=adjustment_id
    )


@routes.query(
    "/me/adjustments",
    may=Permission.SEE_OWN_POINTS,
    answers=OwnAdjustmentsOut(),
    args=PageArgs(),
)
def list_my_adjustments(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what HR gave me, took from me or took back, and until when I may appeal."""
    found = queries.list_own_adjustments(
        call.session,
        organisation_id=call.actor.organisation_id,
        employee_id=call.actor.employee_id,
        before=_before(args),
        limit=args["limit"] + 1,
    )
    return page_of(found, limit=args["limit"], position=_applied)


def _before(args: dict[str, Any]) -> tuple[datetime, UUID] | None:
    position = position_of(args.get("cursor"), datetime, UUID)
    return (position[0], position[1]) if position else None


def _made(one: AdjustmentFacts) -> list[str]:
    return [one.made_at.isoformat(), str(one.id)]


def _applied(one: queries.OwnAdjustment) -> list[str]:
    return [one.applied_at.isoformat(), str(one.id)]
