"""Gestures, their kinds and caps as they are sent and answered."""

import re
from typing import Any

import marshmallow as ma

from backend.engagement.rules.gestures import MOST_CENTS, GestureCategory, GestureState, Withdrawal
from backend.foundation.fields import Bool, In, Instant, Int, Out, SecretOut, Str, choice
from backend.foundation.pages import PageArgs
from backend.identity.permissions import Role

_CURRENCY = re.compile(r"[A-Z]{3}")
_ITSELF = {"description": "Made by the phone, unique for ever."}


def _cents(**kwargs: Any) -> Int:
    return Int(low=1, high=MOST_CENTS, **kwargs)


def _currency(**kwargs: Any) -> Str:
    return Str(
        longest=3,
        validate=[ma.validate.Regexp(_CURRENCY, error="Must be a code of ISO 4217, like USD.")],
        metadata={"description": "ISO 4217."},
        **kwargs,
    )


class GestureKindIn(In):
    """Something that may be given on the spot."""

    name = Str(longest=80, shortest=1, required=True)
    category = choice(GestureCategory, required=True)
    cents = _cents(
        allow_none=True,
        load_default=None,
        metadata={"description": "Its price; null where the giver says how much."},
    )
    currency = _currency(required=True)


class GestureKindPatchIn(In):
    """What is to change of a kind; category and currency stay."""

    name = Str(longest=80, shortest=1)
    cents = _cents(allow_none=True)
    active = Bool(metadata={"description": "Whether it may still be given."})


class GestureKindOut(Out):
    """Something that may be given; without cents the giver says how much."""

    id = ma.fields.UUID(required=True)
    name = Str(required=True)
    category = choice(GestureCategory, required=True)
    cents = ma.fields.Integer(required=True, allow_none=True)
    currency = Str(required=True)
    active = ma.fields.Boolean(required=True)


class GestureKindsOut(Out):
    """A page of kinds, by name."""

    items = ma.fields.List(ma.fields.Nested(GestureKindOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class GestureCapIn(In):
    """How much somebody with a role may give at one event; 0 is nothing."""

    role = choice(Role, required=True)
    currency = _currency(required=True)
    cents = Int(low=0, high=MOST_CENTS, required=True)


class GestureCapsIn(In):
    """All caps as they are to be; a role that is left out may give nothing."""

    items = ma.fields.List(
        ma.fields.Nested(GestureCapIn()), required=True, validate=ma.validate.Length(max=40)
    )


class GestureCapOut(Out):
    """How much somebody with a role may give at one event."""

    role = choice(Role, required=True)
    currency = Str(required=True)
    cents = ma.fields.Integer(required=True)


class GestureCapsOut(Out):
    """All caps; whoever has several roles has the largest of theirs."""

    items = ma.fields.List(ma.fields.Nested(GestureCapOut()), required=True)


class GestureIn(In):
    """What to give to the fan of the request."""

    id = ma.fields.UUID(required=True, metadata=_ITSELF)
    kind_id = ma.fields.UUID(required=True)
    amount_cents = _cents(
        metadata={"description": "How much, exactly where the kind has no price."}
    )
    needs_supervisor = Bool(
        load_default=False,
        metadata={"description": "Ask a supervisor for what is more than I have left."},
    )


class GestureOut(Out):
    """A gesture as it stands; beyond its giver's authority it waits for a supervisor."""

    id = ma.fields.UUID(required=True)
    request_id = ma.fields.UUID(required=True)
    event_id = ma.fields.UUID(required=True)
    employee_id = ma.fields.UUID(required=True)
    kind_id = ma.fields.UUID(required=True)
    kind_name = Str(required=True)
    category = choice(GestureCategory, required=True)
    cents = ma.fields.Integer(required=True)
    currency = Str(required=True)
    seat = Str(required=True, allow_none=True)
    state = choice(GestureState, required=True)
    asked_at = Instant(required=True)
    given_at = Instant(required=True, allow_none=True)
    allowed_by = ma.fields.UUID(
        required=True, allow_none=True, metadata={"description": "Who added it beyond the cap."}
    )
    withdrawn_at = Instant(required=True, allow_none=True)
    withdrawal = choice(
        Withdrawal,
        required=True,
        allow_none=True,
        metadata={"description": "Why it was not given."},
    )
    withdrawn_by = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Who took it back or declined it; none: its request was over."},
    )
    decline_reason = Str(required=True, allow_none=True)
    claimed_at = Instant(required=True, allow_none=True)
    claimed_by = ma.fields.UUID(required=True, allow_none=True)


class GestureReceiptOut(SecretOut, GestureOut):
    """A gesture with the code that its giver shows at the stand."""

    receipt_code = Str(
        required=True,
        allow_none=True,
        metadata={"description": "For its giver, once it is given; good once."},
    )


class ClaimIn(In):
    """The code on a receipt, as it is read or typed."""

    code = Str(longest=40, shortest=1, required=True)


class GestureDeclineIn(In):
    """Why something is not given; its giver reads it."""

    reason = Str(longest=280, shortest=1, required=True)


class WaitingGesturesArgs(PageArgs):
    """Where to look for gestures that wait."""

    venue_id = ma.fields.UUID(
        metadata={"description": "Without one, where I am on duty, or where an event is on."}
    )


class GesturesArgs(PageArgs):
    """Which gestures to list."""

    event_id = ma.fields.UUID()
    seat = Str(longest=40, shortest=1, metadata={"description": "However it is written."})
    state = choice(GestureState)


class GivenGesturesArgs(PageArgs):
    """Which of my gestures to list."""

    event_id = ma.fields.UUID(metadata={"description": "Only what I gave at this event."})


class GivenGesturesOut(Out):
    """A page of my gestures, the newest first; each is asked for by itself for its receipt."""

    items = ma.fields.List(ma.fields.Nested(GestureOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class RepeatedGestureOut(GestureOut):
    """A gesture, and how often its seat had one."""

    repeats = ma.fields.Integer(
        required=True,
        metadata={"description": "Gestures given to this seat this season, this one counted."},
    )


class GesturesOut(Out):
    """A page of gestures, the newest first."""

    items = ma.fields.List(ma.fields.Nested(RepeatedGestureOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class WaitingGesturesOut(Out):
    """A page of gestures that wait for a supervisor, the oldest first."""

    items = ma.fields.List(ma.fields.Nested(RepeatedGestureOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class AuthorityOut(Out):
    """What I may give at this event in one currency."""

    currency = Str(required=True)
    cap_cents = ma.fields.Integer(required=True)
    spent_cents = ma.fields.Integer(required=True)
    left_cents = ma.fields.Integer(required=True)


class MyGesturesOut(Out):
    """What I have left to give at this event, and what there is to choose from."""

    event_id = ma.fields.UUID(required=True)
    authorities = ma.fields.List(ma.fields.Nested(AuthorityOut()), required=True)
    kinds = ma.fields.List(ma.fields.Nested(GestureKindOut()), required=True)
