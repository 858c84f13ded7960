"""The catalogue over HTTP."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.rewards import queries
from backend.rewards.problems import RewardChanged, RewardNotFound, RewardRefused
from backend.rewards.queries import RewardFacts
from backend.rewards.routes.merit import own_merit
from backend.rewards.schemas.catalogue import (
    RewardIn,
    RewardOut,
    RewardPatchIn,
    RewardsInViewOut,
    RewardsOut,
)
from backend.rewards.services import catalogue, reach

routes = Routes("rewards", __name__, description="What points can be spent on")


@routes.query("/me/rewards", may=Permission.REDEEM, answers=RewardsInViewOut(), args=PageArgs())
def list_my_rewards(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what is offered now, the cheapest first, each with what I still lack for it."""
    page = _page(call, args, offered=True)
    page["items"] = reach.list_in_view(
        call.session,
        actor=call.actor,
        rewards=page["items"],
        merit=own_merit(call),
        now=call.now,
    )
    return page


@routes.query("/rewards", may=Permission.MANAGE_REWARDS, answers=RewardsOut(), args=PageArgs())
def list_rewards(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the whole catalogue, withdrawn rewards too, the cheapest first."""
    return _page(call, args, offered=False)


@routes.command(
    "POST /rewards",
    may=Permission.MANAGE_REWARDS,
    takes=RewardIn(),
    answers=RewardOut(),
    status=201,
    raises=(RewardRefused,),
)
def create_reward(call: Call, body: dict[str, Any]) -> RewardFacts:
    """Put a reward into the catalogue."""
    return catalogue.create(call.session, actor=call.actor, given=body, now=call.now)


@routes.command(
    "PATCH /rewards/<uuid:reward_id>",
    may=Permission.MANAGE_REWARDS,
    takes=RewardPatchIn(),
    answers=RewardOut(),
    raises=(RewardNotFound, RewardChanged, RewardRefused),
)
def change_reward(call: Call, body: dict[str, Any], reward_id: UUID) -> RewardFacts:
    """Change a reward, or withdraw it; what was asked for before keeps its terms."""
    return catalogue.change(
        call.session, actor=call.actor, reward_id=reward_id, to=body, now=call.now
    )


def _page(call: Call, args: dict[str, Any], *, offered: bool) -> dict[str, Any]:
    position = position_of(args.get("cursor"), int, UUID)
    found = queries.list_rewards(
        call.session,
        organisation_id=call.actor.organisation_id,
        offered_at=call.now if offered else None,
        after=(position[0], position[1]) if position else None,
        limit=args["limit"] + 1,
    )
    return page_of(found, limit=args["limit"], position=lambda one: [one.points, str(one.id)])
