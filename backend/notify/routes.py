"""Messages and push targets over HTTP."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.notify import queries
from backend.notify.problems import MessageNotDead, MessageNotFound, NotOnAPhone
from backend.notify.schemas import (
    InboxOut,
    MessagesArgs,
    PushTargetIn,
    ReadIn,
    SentMessagesOut,
    UnreadOut,
)
from backend.notify.services import messages, targets

routes = Routes("messages", __name__, description="What people are told: inbox and push")
BLUEPRINTS = (routes,)


@routes.command(
    "PUT /me/push-target",
    may=Permission.USE_OWN_ACCOUNT,
    takes=PushTargetIn(),
    answers=None,
    status=204,
    raises=(NotOnAPhone,),
)
def put_push_target(call: Call, body: dict[str, Any]) -> None:
    """Be reached on this phone, as long as I am signed in here."""
    targets.put(call.session, actor=call.actor, now=call.now, **body)


@routes.command(
    "DELETE /me/push-target",
    may=Permission.USE_OWN_ACCOUNT,
    answers=None,
    status=204,
    raises=(NotOnAPhone,),
)
def drop_push_target(call: Call) -> None:
    """Be left in peace on this phone; the inbox stays."""
    targets.drop(call.session, actor=call.actor)


@routes.query("/me/inbox", may=Permission.USE_OWN_ACCOUNT, answers=InboxOut(), args=PageArgs())
def get_my_inbox(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what I was told, the newest first; ask again with If-None-Match."""
    who = {"recipient_id": call.actor.employee_id}
    return {**_page(call, args, **who), "unread": _unread(call)}


@routes.command(
    "POST /me/inbox/read",
    may=Permission.USE_OWN_ACCOUNT,
    takes=ReadIn(),
    answers=UnreadOut(),
    raises=(MessageNotFound,),
)
def read_my_inbox(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Say up to which message I have seen them."""
    messages.read(call.session, actor=call.actor, now=call.now, **body)
    return {"unread": _unread(call)}


@routes.query(
    "/messages", may=Permission.SEE_MESSAGES, answers=SentMessagesOut(), args=MessagesArgs()
)
def list_messages(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List what people were told and how its push is going; the dead ones by their state."""
    return _page(call, args, state=args.get("state"))


@routes.command(
    "POST /messages/<uuid:message_id>/send-again",
    may=Permission.SEE_MESSAGES,
    answers=None,
    status=204,
    raises=(MessageNotFound, MessageNotDead),
)
def send_message_again(call: Call, message_id: UUID) -> None:
    """Try a message again that was given up."""
    messages.send_again(call.session, actor=call.actor, message_id=message_id, now=call.now)


def _page(call: Call, args: dict[str, Any], **which: Any) -> dict[str, Any]:
    position = position_of(args.get("cursor"), UUID)
    found = queries.list_messages(
        call.session,
        organisation_id=call.actor.organisation_id,
        before=position[0] if position else None,
        limit=args["limit"] + 1,
        **which,
    )
    return page_of(found, limit=args["limit"], position=lambda one: [str(one.id)])


def _unread(call: Call) -> int:
    return queries.count_unread(
        call.session,
        organisation_id=call.actor.organisation_id,
        recipient_id=call.actor.employee_id,
    )
