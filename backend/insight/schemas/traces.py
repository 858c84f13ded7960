"""Where money comes from, as it is answered."""

import marshmallow as ma

from backend.foundation.fields import Instant, Out, Str, choice
from backend.rewards.rules import RedemptionStatus, SourceKind
from backend.rewards.workweeks import LineKind


class GiftOut(Out):
    """Points that an employee was given once, and the work behind them."""

    transaction_id = ma.fields.UUID(required=True)
    employee_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    rule = Str(required=True)
    source_kind = choice(SourceKind, required=True)
    source_id = ma.fields.UUID(
        required=True,
        metadata={"description": "The request, the rating's answer, or the first greeting."},
    )
    event_id = ma.fields.UUID(required=True, allow_none=True)
    event = Str(required=True, allow_none=True)
    earned_at = Instant(required=True)
    earned_on = ma.fields.Date(
        required=True, metadata={"description": "The day of the event, or of the adjustment."}
    )
    request_id = ma.fields.UUID(required=True, allow_none=True)
    rating_id = ma.fields.UUID(required=True, allow_none=True)
    stars = ma.fields.Integer(required=True, allow_none=True)


class PartOut(Out):
    """How many points of a gift went in."""

    points = ma.fields.Integer(required=True)
    gift = ma.fields.Nested(GiftOut(), required=True)


class SourcesOut(Out):
    """What a redemption or payroll line was earned by, the oldest points first, all of it.

    What gave its points back, or is nothing that points paid for, has no parts.
    """

    redemption_id = ma.fields.UUID(required=True, allow_none=True)
    line_id = ma.fields.UUID(required=True, allow_none=True)
    employee_id = ma.fields.UUID(required=True)
    points = ma.fields.Integer(required=True)
    earned_from = ma.fields.Date(required=True, allow_none=True)
    earned_until = ma.fields.Date(required=True, allow_none=True)
    parts = ma.fields.List(ma.fields.Nested(PartOut()), required=True)


class PaidLineOut(Out):
    """A line by which payroll paid, or corrected what it paid."""

    line_id = ma.fields.UUID(required=True)
    batch_id = ma.fields.UUID(required=True)
    batch_number = ma.fields.Integer(required=True)
    line_number = ma.fields.Integer(required=True)
    kind = choice(LineKind, required=True)
    amount_cents = ma.fields.Integer(required=True)
    currency = Str(required=True)


class GiftPaymentOut(Out):
    """Points of a gift that went into a redemption."""

    points = ma.fields.Integer(required=True)
    redemption_id = ma.fields.UUID(required=True)
    reward_name = Str(required=True)
    status = choice(RedemptionStatus, required=True)
    lines = ma.fields.List(ma.fields.Nested(PaidLineOut()), required=True)


class FateOut(Out):
    """What became of a gift; what is neither available nor paid out waits, expired or went back."""

    gift = ma.fields.Nested(GiftOut(), required=True)
    available = ma.fields.Integer(required=True)
    payments = ma.fields.List(ma.fields.Nested(GiftPaymentOut()), required=True)


class FatesOut(Out):
    """What became of all points that were given for one thing."""

    items = ma.fields.List(ma.fields.Nested(FateOut()), required=True)
