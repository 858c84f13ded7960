"""What messages say, how long they are worth pushing, and when to try again."""

from datetime import timedelta
from enum import StrEnum

# After the first failure, and at most; twice as long each time in between.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=5)
# What a push service may ask of us at most, or its mistake would keep a phone silent.
LONGEST_ASKED_WAIT = timedelta(minutes=30)
# Messages are kept in the inbox for as long.
KEPT = timedelta(days=30)


class MessageKind(StrEnum):
    """What a message is about; its subject is the thing with that id."""

    REQUEST_HANDED_OVER = "request_handed_over"
    REQUEST_HELPER_ADDED = "request_helper_added"
    REDEMPTION_DECIDED = "redemption_decided"
    COVER_ASKED = "cover_asked"
    COVER_ESCALATED = "cover_escalated"
    RELIEF_SENT = "relief_sent"
    SAFETY_HANDED_OVER = "safety_handed_over"
    REQUEST_NEAR = "request_near"
    REQUEST_ESCALATED = "request_escalated"
    REQUEST_RELEASED = "request_released"
    REQUEST_CANCELLED = "request_cancelled"
    FOLLOW_UP = "follow_up"
    GESTURE_ASKED = "gesture_asked"
    GESTURE_ALLOWED = "gesture_allowed"
    GESTURE_DECLINED = "gesture_declined"
    SHIFT_CANCELLED = "shift_cancelled"


class TargetKind(StrEnum):
    """What a push target is: a Firebase installation id, or a registration token."""

    FID = "fid"
    TOKEN = "token"


class MessageState(StrEnum):
    """Where a message stands: on its way, on a phone, in the inbox only, or given up."""

    WAITING = "waiting"
    PUSHED = "pushed"
    INBOX_ONLY = "inbox_only"
    DEAD = "dead"


_PUSHED_FOR = {
    MessageKind.REQUEST_HANDED_OVER: timedelta(minutes=30),
    MessageKind.REQUEST_HELPER_ADDED: timedelta(minutes=30),
    MessageKind.REDEMPTION_DECIDED: timedelta(days=2),
    MessageKind.COVER_ASKED: timedelta(minutes=5),
    MessageKind.COVER_ESCALATED: timedelta(minutes=10),
    MessageKind.RELIEF_SENT: timedelta(minutes=5),
    MessageKind.SAFETY_HANDED_OVER: timedelta(minutes=30),
    MessageKind.REQUEST_NEAR: timedelta(minutes=5),
    MessageKind.REQUEST_ESCALATED: timedelta(minutes=10),
    MessageKind.REQUEST_RELEASED: timedelta(minutes=30),
    MessageKind.REQUEST_CANCELLED: timedelta(minutes=10),
    MessageKind.FOLLOW_UP: timedelta(hours=24),
    MessageKind.GESTURE_ASKED: timedelta(minutes=15),
    MessageKind.GESTURE_ALLOWED: timedelta(minutes=30),
    MessageKind.GESTURE_DECLINED: timedelta(minutes=30),
    MessageKind.SHIFT_CANCELLED: timedelta(days=2),
}


def pushed_for(kind: MessageKind) -> timedelta:
    """Return how long a message of ``kind`` is worth pushing: an old call for help is noise."""
    return _PUSHED_FOR[kind]


def wait_after(failures: int, *, asked: timedelta | None) -> timedelta:
    """Return how long to wait after so many ``failures`` in a row, one or more.

    At least what the push service ``asked`` for, of which no more than half an hour is believed.
    """
    doubled = min(FIRST_WAIT * (1 << min(failures - 1, 20)), LONGEST_WAIT)
    return max(doubled, min(asked or timedelta(), LONGEST_ASKED_WAIT))
