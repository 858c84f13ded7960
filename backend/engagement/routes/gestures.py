"""Gestures over HTTP: given in two taps, allowed in one, claimed at the stand, seen by HR."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response

from backend.engagement.problems import (
    GestureAmountRefused,
    GestureKindNotFound,
    GestureKindWithdrawn,
    GestureNotFound,
    GestureNotWaiting,
    GestureOffDuty,
    IdAlreadyUsed,
    NoEveningNow,
    NotInYourHands,
    NotYourGesture,
    OverGestureCap,
    OwnGesture,
    ReceiptAlreadyUsed,
    RequestClosed,
    RequestNotFound,
    RequestNotInHand,
    UnknownReceipt,
)
from backend.engagement.queries.gestures import (
    GestureView,
    RepeatedView,
    WantedGestures,
    list_gestures,
)
from backend.engagement.routes import codes
from backend.engagement.routes.answers import answer
from backend.engagement.routes.gesture_kinds import routes as routes
from backend.engagement.rules import Moment
from backend.engagement.rules.gestures import GestureState
from backend.engagement.schemas.gestures import (
    ClaimIn,
    GestureDeclineIn,
    GestureIn,
    GestureOut,
    GestureReceiptOut,
    GesturesArgs,
    GesturesOut,
    GivenGesturesArgs,
    GivenGesturesOut,
    MyGesturesOut,
    WaitingGesturesArgs,
    WaitingGesturesOut,
)
from backend.engagement.services import gestures, receipts, withdrawals
from backend.engagement.services.gestures import NewGesture, OwnAuthority
from backend.foundation.http import Call
from backend.foundation.pages import page_of, position_of
from backend.identity.permissions import Permission
from backend.venues.problems import SeasonClosed
from backend.venues.schemas import WhereArgs


@routes.query(
    "/me/gestures",
    may=Permission.HELP,
    args=WhereArgs(),
    answers=MyGesturesOut(),
    raises=(NoEveningNow,),
)
def get_my_gestures(call: Call, args: dict[str, Any]) -> OwnAuthority:
    """Say what I have left to give at this event, and what there is to choose from."""
    return gestures.get_own_authority(call.session, actor=call.actor, now=call.now, **args)


@routes.query(
    "/me/gestures/given",
    may=Permission.HELP,
    answers=GivenGesturesOut(),
    args=GivenGesturesArgs(),
)
def list_given_gestures(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what I gave or asked a supervisor for, from any phone, the newest first."""
    return _page(_gestures(call, args | {"employee_id": call.actor.employee_id}), args)


@routes.command(
    "POST /requests/<uuid:request_id>/gestures",
    may=Permission.HELP,
    takes=GestureIn(),
    answers=GestureReceiptOut(),
    status=201,
    raises=(
        IdAlreadyUsed,
        RequestNotFound,
        SeasonClosed,
        RequestClosed,
        RequestNotInHand,
        NotInYourHands,
        GestureOffDuty,
        GestureKindNotFound,
        GestureKindWithdrawn,
        GestureAmountRefused,
        OverGestureCap,
    ),
)
def give_gesture(call: Call, body: dict[str, Any], request_id: UUID) -> Response:
    """Give a fan something at once, within my own authority; nobody approves it.

    The problem for what is more says what is left. Sending the same again gets the first result,
    with 200.
    """
    new = NewGesture.said(body["id"], body | {"request_id": request_id})
    moment, key = Moment.present(call.now), codes.settings().secrets.code_key
    result = gestures.give_once(
        call.session, actor=call.actor, new=new, moment=moment, code_key=key
    )
    return answer(replace(result, body=with_receipt(result.body)))


def with_receipt(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a gesture of the caller's own as JSON, with the code of its receipt once given.

    The code is a secret and in no remembered result; it is derived again each time.
    """
    shown = given["state"] == GestureState.GIVEN
    key = codes.settings().secrets.code_key
    code = receipts.code_of(UUID(str(given["id"])), code_key=key) if shown else None
    return {**given, "receipt_code": code}


@routes.query(
    "/gestures/<uuid:gesture_id>",
    may=Permission.HELP,
    answers=GestureReceiptOut(),
    raises=(GestureNotFound,),
)
def show_gesture(call: Call, gesture_id: UUID) -> dict[str, Any]:
    """Show a gesture of mine with its receipt, or to a supervisor one without."""
    found = gestures.get_visible(call.session, actor=call.actor, gesture_id=gesture_id)
    if found.employee_id == call.actor.employee_id:
        return with_receipt(asdict(found))
    return {**asdict(found), "receipt_code": None}


@routes.command(
    "POST /gestures/<uuid:gesture_id>/allow",
    may=Permission.ALLOW_GESTURES,
    answers=GestureOut(),
    raises=(GestureNotFound, OwnGesture, SeasonClosed, GestureNotWaiting),
)
def allow_gesture(call: Call, gesture_id: UUID) -> GestureView:
    """Add a gesture that is more than its giver has left; never one's own."""
    return gestures.allow(call.session, actor=call.actor, gesture_id=gesture_id, now=call.now)


@routes.command(
    "POST /gestures/<uuid:gesture_id>/decline",
    may=Permission.ALLOW_GESTURES,
    takes=GestureDeclineIn(),
    answers=GestureOut(),
    raises=(GestureNotFound, OwnGesture, GestureNotWaiting),
)
def decline_gesture(call: Call, body: dict[str, Any], gesture_id: UUID) -> GestureView:
    """Decline a gesture that waits, and say why; its giver is told."""
    return withdrawals.decline(
        call.session, actor=call.actor, gesture_id=gesture_id, reason=body["reason"], now=call.now
    )


@routes.command(
    "POST /gestures/<uuid:gesture_id>/withdraw",
    may=Permission.HELP,
    answers=GestureOut(),
    raises=(GestureNotFound, NotYourGesture, GestureNotWaiting),
)
def withdraw_gesture(call: Call, gesture_id: UUID) -> GestureView:
    """Take back a gesture of mine that waits for a supervisor."""
    return withdrawals.take_back(
        call.session, actor=call.actor, gesture_id=gesture_id, now=call.now
    )


@routes.query(
    "/gestures/waiting",
    may=Permission.ALLOW_GESTURES,
    answers=WaitingGesturesOut(),
    args=WaitingGesturesArgs(),
    raises=(NoEveningNow,),
)
def list_waiting_gestures(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what waits for a supervisor at my venue, the oldest first; never my own."""
    after = position_of(args.get("cursor"), datetime, UUID)
    found = gestures.list_waiting(
        call.session,
        actor=call.actor,
        venue_id=args.get("venue_id"),
        now=call.now,
        after=(after[0], after[1]) if after else None,
        limit=args["limit"] + 1,
    )
    return _page(found, args)


@routes.command(
    "POST /gestures/claims",
    may=Permission.HELP,
    takes=ClaimIn(),
    answers=GestureOut(),
    raises=(UnknownReceipt, OwnGesture, ReceiptAlreadyUsed),
)
def claim_gesture(call: Call, body: dict[str, Any]) -> GestureView:
    """Use a receipt up where the gesture is handed out; its giver cannot."""
    return receipts.claim(call.session, actor=call.actor, code=body["code"], now=call.now)


@routes.query("/gestures", may=Permission.SEE_GESTURES, answers=GesturesOut(), args=GesturesArgs())
def list_some_gestures(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List gestures, the newest first, and how often each seat had one this season."""
    return _page(_gestures(call, args), args)


def _page(found: list[RepeatedView], args: Mapping[str, Any]) -> dict[str, Any]:
    page = page_of(
        found,
        limit=args["limit"],
        position=lambda one: [one.gesture.asked_at.isoformat(), str(one.gesture.id)],
    )
    page["items"] = [asdict(one.gesture) | {"repeats": one.repeats} for one in page["items"]]
    return page


def _gestures(call: Call, args: dict[str, Any]) -> list[RepeatedView]:
    before = position_of(args.get("cursor"), datetime, UUID)
    names = WantedGestures.__dataclass_fields__
    return list_gestures(
        call.session,
        organisation_id=call.actor.organisation_id,
        wanted=WantedGestures(**{name: args[name] for name in names if name in args}),
        before=(before[0], before[1]) if before else None,
        limit=args["limit"] + 1,
    )
