"""What may be given, and how much by whom, over HTTP."""

from typing import Any
from uuid import UUID

from backend.engagement.problems import GestureCapsRefused, GestureKindNotFound
from backend.engagement.queries.gestures import CapFacts, KindFacts, list_caps, list_kinds
from backend.engagement.schemas.gestures import (
    GestureCapsIn,
    GestureCapsOut,
    GestureKindIn,
    GestureKindOut,
    GestureKindPatchIn,
    GestureKindsOut,
)
from backend.engagement.services import gesture_kinds
from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission

routes = Routes("gestures", __name__, description="On-the-spot make-goods, within one's authority")


@routes.query(
    "/gesture-kinds", may=Permission.MANAGE_GESTURES, answers=GestureKindsOut(), args=PageArgs()
)
def list_gesture_kinds(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what may be given, or might once, by name."""
    position = position_of(args.get("cursor"), str, UUID)
    found = list_kinds(
        call.session,
        organisation_id=call.actor.organisation_id,
        after=(position[0], position[1]) if position else None,
        limit=args["limit"] + 1,
    )
    return page_of(found, limit=args["limit"], position=lambda one: [one.name, str(one.id)])


@routes.command(
    "POST /gesture-kinds",
    may=Permission.MANAGE_GESTURES,
    takes=GestureKindIn(),
    answers=GestureKindOut(),
    status=201,
)
def create_gesture_kind(call: Call, body: dict[str, Any]) -> KindFacts:
    """Let something be given on the spot."""
    return gesture_kinds.create(call.session, actor=call.actor, given=body, now=call.now)


@routes.command(
    "PATCH /gesture-kinds/<uuid:kind_id>",
    may=Permission.MANAGE_GESTURES,
    takes=GestureKindPatchIn(),
    answers=GestureKindOut(),
    raises=(GestureKindNotFound,),
)
def change_gesture_kind(call: Call, body: dict[str, Any], kind_id: UUID) -> KindFacts:
    """Change a kind's name or price, or withdraw it; what was given stays as it was."""
    return gesture_kinds.change(
        call.session, actor=call.actor, kind_id=kind_id, to=body, now=call.now
    )


@routes.query("/gesture-caps", may=Permission.MANAGE_GESTURES, answers=GestureCapsOut())
def list_gesture_caps(call: Call) -> dict[str, Any]:
    """List how much each role may give at one event."""
    return {"items": list_caps(call.session, organisation_id=call.actor.organisation_id)}


@routes.command(
    "PUT /gesture-caps",
    may=Permission.MANAGE_GESTURES,
    takes=GestureCapsIn(),
    answers=GestureCapsOut(),
    raises=(GestureCapsRefused,),
)
def put_gesture_caps(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Say how much each role may give at one event; who is left out may give nothing."""
    caps = [CapFacts(**one) for one in body["items"]]
    after = gesture_kinds.put_caps(call.session, actor=call.actor, caps=caps, now=call.now)
    return {"items": after}
