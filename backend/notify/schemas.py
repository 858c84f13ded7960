"""Messages and push targets as they are sent and answered."""

import marshmallow as ma

from backend.foundation.fields import In, Instant, Out, Str, choice
from backend.foundation.pages import PageArgs
from backend.notify.messages import MessageKind, MessageState, TargetKind


class PushTargetIn(In):
    """How a push service reaches this phone."""

    kind = choice(TargetKind, required=True)
    value = Str(
        longest=400,
        shortest=1,
        required=True,
        validate=[ma.validate.Regexp(r"\A[A-Za-z0-9_:.\-]+\Z", error="Letters, digits and _:.-")],
    )


class MessageOut(Out):
    """A message: its kind, and the id of what it is about."""

    id = ma.fields.UUID(required=True)
    kind = choice(MessageKind, required=True)
    subject_id = ma.fields.UUID(required=True)
    at = Instant(required=True)
    read = ma.fields.Boolean(required=True)


class InboxOut(Out):
    """A page of my messages, the newest first."""

    items = ma.fields.List(ma.fields.Nested(MessageOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)
    unread = ma.fields.Integer(required=True, metadata={"description": "On all pages together."})


class ReadIn(In):
    """The newest message that I have seen."""

    up_to = ma.fields.UUID(
        required=True,
        metadata={
            "description": (
                "All before it in the inbox count as read, too: also one that was told at the very"
                " same time and takes its place there a moment later."
            )
        },
    )


class UnreadOut(Out):
    """How many messages are left."""

    unread = ma.fields.Integer(required=True)


class MessagesArgs(PageArgs):
    """Which messages to list."""

    state = choice(MessageState)


class SentMessageOut(MessageOut):
    """A message, and how its push is going."""

    recipient_id = ma.fields.UUID(required=True)
    state = choice(MessageState, required=True)
    due_at = Instant(required=True)
    failures = ma.fields.Integer(required=True)
    last_failure = Str(required=True, allow_none=True)


class SentMessagesOut(Out):
    """A page of messages, the newest first."""

    items = ma.fields.List(ma.fields.Nested(SentMessageOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)
