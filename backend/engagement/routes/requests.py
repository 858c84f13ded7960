"""Requests over HTTP: opened by a phone's id, listed, and shown with their history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response

from backend.engagement.problems import (
    IdAlreadyUsed,
    NoEventOn,
    RequestNotFound,
    UnknownGreeting,
    ZoneNeeded,
)
from backend.engagement.queries.requests import (
    RequestView,
    Wanted,
    get_request,
    list_history,
    list_near,
    list_requests,
)
from backend.engagement.routes.answers import answer
from backend.engagement.rules import Status, shielded
from backend.engagement.schemas.requests import (
    HistoryOut,
    RequestIn,
    RequestOut,
    RequestsArgs,
    RequestsOut,
    Scope,
)
from backend.engagement.services import actions, requests
from backend.engagement.services.requests import NewRequest
from backend.engagement.services.reviews import accounts_of
from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import NotAllowed
from backend.identity.permissions import Permission
from backend.venues.problems import ZoneNotFound

routes = Routes("requests", __name__, description="What fans need, and who takes care of it")


@routes.query("/requests", may=Permission.HELP, answers=RequestsOut(), args=RequestsArgs())
def list_some_requests(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List requests: open ones near me, those that I have a part in, or all."""
    if args["scope"] is Scope.NEAR:
        return _near(call, args)
    if args["scope"] is Scope.MINE:
        return _newest_first(call, args, employee_id=call.actor.employee_id)
    if not call.actor.may(Permission.SEE_ALL_REQUESTS):
        raise NotAllowed
    return _newest_first(call, args, employee_id=None)


def _near(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    near = requests.find_near(
        call.session, actor=call.actor, now=call.now, venue_id=args.get("venue_id")
    )
    after = position_of(args.get("cursor"), int, datetime, UUID)
    found: list[RequestView] = []
    if near is not None and args.get("status", Status.OPEN) is Status.OPEN:
        found = list_near(
            call.session,
            organisation_id=call.actor.organisation_id,
            near=near,
            after=(after[0], after[1], after[2]) if after else None,
            limit=args["limit"] + 1,
        )

    def position(view: RequestView) -> list[str | int]:
        far = near.far(view.zone_id) if near else 0
        return [far, view.opened_at.isoformat(), str(view.id)]

    return page_of(found, limit=args["limit"], position=position)


def _newest_first(call: Call, args: dict[str, Any], *, employee_id: UUID | None) -> dict[str, Any]:
    before = position_of(args.get("cursor"), datetime, UUID)
    found = list_requests(
        call.session,
        organisation_id=call.actor.organisation_id,
        wanted=Wanted(employee_id=employee_id, status=args.get("status")),
        before=(before[0], before[1]) if before else None,
        limit=args["limit"] + 1,
    )
    return page_of(
        found,
        limit=args["limit"],
        position=lambda view: [view.opened_at.isoformat(), str(view.id)],
    )


@routes.command(
    "PUT /requests/<uuid:request_id>",
    may=Permission.HELP,
    takes=RequestIn(),
    answers=RequestOut(),
    status=201,
    raises=(IdAlreadyUsed, NoEventOn, ZoneNeeded, ZoneNotFound, UnknownGreeting),
)
def put_request(call: Call, body: dict[str, Any], request_id: UUID) -> Response:
    """Open a request by hand, under an id that the phone makes.

    Sending the same again gets the first result, with 200; anything else under that id is 409.
    """
    moment = actions.moment_of(body.get("at"), sent_at=body.get("sent_at"), now=call.now)
    result = requests.open_once(
        call.session,
        actor=call.actor,
        new=NewRequest.said(request_id, body),
        moment=moment,
        phone_at=body.get("at"),
    )
    return answer(result)


@routes.query(
    "/requests/<uuid:request_id>",
    may=Permission.HELP,
    answers=RequestOut(),
    raises=(RequestNotFound,),
)
def show_request(call: Call, request_id: UUID) -> RequestView:
    """Show a request as it stands."""
    owner = call.actor.organisation_id
    return get_request(call.session, organisation_id=owner, request_id=request_id)


@routes.query(
    "/requests/<uuid:request_id>/history",
    may=Permission.HELP,
    answers=HistoryOut(),
    raises=(RequestNotFound,),
)
def list_request_history(call: Call, request_id: UUID) -> dict[str, Any]:
    """List every step of a request, the first one first.

    When a fan rated is shown only to those who moderate comments and have no part in the request.
    """
    owner = call.actor.organisation_id
    request = get_request(call.session, organisation_id=owner, request_id=request_id)
    steps = list_history(call.session, organisation_id=owner, request_id=request_id)
    moderates = call.actor.may(Permission.MODERATE) and not (
        accounts_of(call.session, actor=call.actor)
        & {share.employee_id for share in request.shares}
    )
    return {"items": [step for step in steps if moderates or not shielded(step.step)]}
