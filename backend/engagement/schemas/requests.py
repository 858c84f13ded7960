"""Requests as they are sent and answered."""

from enum import StrEnum
from typing import Any

import marshmallow as ma

from backend.engagement.rules import MOST_KEPT, WHOLE, Category, Concern, Status, Step
from backend.foundation.fields import In, Instant, Int, Out, SecretOut, Str, choice
from backend.foundation.pages import PageArgs
from backend.integrity.rules import Verdict
from backend.venues.schemas import WhereArgs

LONGEST_REASON = 280


class Scope(StrEnum):
    """Whose requests a list holds."""

    NEAR = "near"
    MINE = "mine"
    ALL = "all"


class RequestsArgs(PageArgs, WhereArgs):
    """Which requests: open ones near me, those that I have a part in, or all."""

    scope = choice(
        Scope,
        load_default=Scope.NEAR,
        metadata={
            "description": "near: open ones at the present event that I may take, the nearest first"
            ", of one zone the oldest. mine: whose credit I share, the newest first. all: for"
            " supervisors."
        },
    )
    status = choice(Status, metadata={"description": "Only these; `near` holds open ones."})


class RequestIn(In):
    """What a fan needs."""

    category = choice(Category, required=True)
    zone_id = ma.fields.UUID(
        metadata={"description": "Where; left out, it is the zone of your post."}
    )
    seat = Str(longest=40, shortest=1)
    note = Str(longest=280, shortest=1)
    greeting_id = ma.fields.UUID(
        metadata={"description": "The greeting of yours that it came out of."}
    )
    at = Instant(metadata={"description": "When, by the phone's clock; left out, it is now."})
    sent_at = Instant(
        metadata={"description": "The phone's clock when sending; left out, it is `at`."}
    )


class HelperIn(In):
    """A colleague who helps, for a part of your credit."""

    employee_id = ma.fields.UUID(required=True)
    percent = Int(low=1, high=WHOLE, required=True)


class HandOverIn(In):
    """A colleague who takes over."""

    employee_id = ma.fields.UUID(required=True)
    keep_percent = Int(
        low=0,
        high=MOST_KEPT,
        load_default=0,
        metadata={"description": "How much of your own share you keep, in per cent of it."},
    )


class CancelIn(In):
    """Why a request is not needed any more."""

    reason = Str(longest=LONGEST_REASON, shortest=1, required=True)


class SafetyIn(In):
    """Why the command centre takes over; it is chosen, never typed."""

    concern = choice(Concern, required=True)


class ShareOut(Out):
    """Per cent of the credit, and who holds it."""

    employee_id = ma.fields.UUID(required=True)
    percent = ma.fields.Integer(required=True)


class RequestOut(Out):
    """A request as it stands."""

    id = ma.fields.UUID(required=True)
    event_id = ma.fields.UUID(required=True)
    zone_id = ma.fields.UUID(required=True)
    greeting_id = ma.fields.UUID(required=True, allow_none=True)
    category = choice(Category, required=True)
    seat = ma.fields.String(required=True, allow_none=True)
    note = ma.fields.String(required=True, allow_none=True)
    status = choice(Status, required=True)
    opened_by = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Null: the fan, from the code of a place."},
    )
    reopens_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={
            "description": "The request that was resolved, and not to the fan; whoever had a part"
            " in it cannot take this one."
        },
    )
    owner_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Who has it in hand, or resolved it."},
    )
    left_post_id = ma.fields.UUID(
        required=True, allow_none=True, metadata={"description": "The post its owner left for it."}
    )
    verdict = choice(
        Verdict, required=True, metadata={"description": "Only a verified request earns points."}
    )
    opened_at = Instant(required=True)
    accepted_at = Instant(required=True, allow_none=True)
    closed_at = Instant(required=True, allow_none=True)
    accept_seconds = ma.fields.Integer(required=True, allow_none=True)
    resolve_seconds = ma.fields.Integer(required=True, allow_none=True)
    shares = ma.fields.List(ma.fields.Nested(ShareOut), required=True)


class RequestsOut(Out):
    """A page of requests."""

    items = ma.fields.List(ma.fields.Nested(RequestOut), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class SafetyOut(Out):
    """A request that the command centre has now."""

    request = ma.fields.Nested(RequestOut, required=True)
    command_centre_phone = Str(
        required=True, allow_none=True, metadata={"description": "Call it now, if it is known."}
    )


class RatingCodeOut(SecretOut):
    """The code with which the fan rates; show it, and nobody else sees it."""

    code = ma.fields.String(required=True)
    url = ma.fields.String(required=True, metadata={"description": "What the QR says."})
    expires_at = Instant(required=True)
    qr_svg = ma.fields.String(required=True, metadata={"description": "Where to get the QR."})
    qr_png = ma.fields.String(required=True, metadata={"description": "Where to get the QR."})


class ResolvedOut(SecretOut):
    """A resolved request and its rating code."""

    request = ma.fields.Nested(RequestOut, required=True)
    rating = ma.fields.Nested(RatingCodeOut, required=True)


class StepOut(Out):
    """One step in the history of a request."""

    number = ma.fields.Integer(required=True)
    step = choice(Step, required=True)
    employee_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "Who did it; none is the fan, a timer, or the season's end."},
    )
    other_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "To whom: the helper or the new owner."},
    )
    detail: Any = ma.fields.Dict(keys=ma.fields.String(), required=True)
    at = Instant(required=True)


class HistoryOut(Out):
    """Every step of a request, the first one first."""

    items = ma.fields.List(ma.fields.Nested(StepOut), required=True)
