"""The catalogue as it is sent and answered."""

import re
from typing import Any

import marshmallow as ma

from backend.foundation.fields import Bool, In, Instant, Int, Out, Str, choice
from backend.identity.rules import EmploymentKind
from backend.rewards.rules import MOST_CENTS, RewardKind

MOST_REWARD_POINTS = 1_000_000
_CURRENCY = re.compile(r"[A-Z]{3}")


def currency_code(**kwargs: Any) -> Str:
    """Return a field that takes the code of a currency."""
    return Str(
        longest=3,
        validate=[ma.validate.Regexp(_CURRENCY, error="Must be a code of ISO 4217, like USD.")],
        metadata={"description": "ISO 4217."},
        **kwargs,
    )


class _RewardIn(In):
    """What may be said of any reward; with null, a bound is lifted."""

    description = Str(longest=1000)
    taxable = Bool()
    days_off = Int(low=1, high=60, allow_none=True, metadata={"description": "Of a vacation."})
    stock = Int(
        low=0, high=1_000_000, allow_none=True, metadata={"description": "Null for any number."}
    )
    offered_from = Instant(metadata={"description": "Left out, it is now."})
    offered_until = Instant(allow_none=True)
    employment_kinds = ma.fields.List(
        choice(EmploymentKind),
        allow_none=True,
        validate=ma.validate.Length(1, 4),
        metadata={"description": "Who may have it; null for everybody."},
    )
    least_resolved = Int(
        low=0,
        high=10_000,
        metadata={"description": "Requests to have resolved this season, at events that are over."},
    )
    least_good_percent = Int(
        low=0,
        high=100,
        metadata={"description": "Share of good ratings this season, of events that are over."},
    )


class RewardIn(_RewardIn):
    """A reward to put into the catalogue: a cash bonus, a vacation or a perk."""

    name = Str(longest=120, shortest=1, required=True)
    kind = choice(RewardKind, required=True)
    points = Int(
        low=1, high=MOST_REWARD_POINTS, required=True, metadata={"description": "Its price."}
    )
    value_cents = Int(
        low=0,
        high=MOST_CENTS,
        required=True,
        metadata={"description": "What is paid, or what it is worth."},
    )
    currency = currency_code(required=True)
    taxable = Bool(required=True)

    @ma.post_load
    def _whole(self, body: dict[str, Any], **_: Any) -> dict[str, Any]:
        absent = dict.fromkeys(("days_off", "stock", "offered_until", "employment_kinds"))
        return absent | {"description": "", "least_resolved": 0, "least_good_percent": 0} | body


class RewardPatchIn(_RewardIn):
    """What is to change of a reward, and the version that was read; its kind stays."""

    version = Int(low=1, high=2**31 - 1, required=True)
    seen_stock = Int(
        low=0,
        high=2**31 - 1,
        allow_none=True,
        metadata={
            "description": "The stock that was read, with every change of it: some may have been"
            " taken since, which makes no other version."
        },
    )
    name = Str(longest=120, shortest=1)
    points = Int(low=1, high=MOST_REWARD_POINTS)
    value_cents = Int(low=0, high=MOST_CENTS)
    currency = currency_code()
    withdrawn = Bool(metadata={"description": "Whether it is taken out of the catalogue."})

    @ma.validates_schema
    def _a_stock_beside_the_one_that_was_read(self, body: dict[str, Any], **_: Any) -> None:
        if "stock" in body and "seen_stock" not in body:
            raise ma.ValidationError("Say which stock you read.", "seen_stock")


class RewardOut(Out):
    """A reward: its price in points, its worth in cents."""

    id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    name = Str(required=True)
    description = Str(longest=1000, required=True)
    kind = choice(RewardKind, required=True)
    points = ma.fields.Integer(required=True)
    value_cents = ma.fields.Integer(required=True)
    currency = Str(required=True)
    taxable = ma.fields.Boolean(required=True)
    days_off = ma.fields.Integer(required=True, allow_none=True)
    stock = ma.fields.Integer(required=True, allow_none=True)
    offered_from = Instant(required=True)
    offered_until = Instant(required=True, allow_none=True)
    employment_kinds = ma.fields.List(Str(), required=True, allow_none=True)
    least_resolved = ma.fields.Integer(required=True)
    least_good_percent = ma.fields.Integer(required=True)
    withdrawn_at = Instant(required=True, allow_none=True)


class RewardsOut(Out):
    """A page of the catalogue, the cheapest first."""

    items = ma.fields.List(ma.fields.Nested(RewardOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class MissingOut(Out):
    """What is still missing: points and resolved requests to go, and a share to reach."""

    points = ma.fields.Integer(required=True)
    resolved = ma.fields.Integer(required=True)
    good_percent = ma.fields.Integer(required=True)
    employment = ma.fields.Boolean(
        required=True, metadata={"description": "It is not for how you are employed."}
    )


class RewardInViewOut(Out):
    """A reward, and what I still lack for it."""

    reward = ma.fields.Nested(RewardOut(), required=True)
    in_reach = ma.fields.Boolean(required=True)
    missing = ma.fields.Nested(MissingOut(), required=True)


class RewardsInViewOut(Out):
    """A page of what is offered now, the cheapest first."""

    items = ma.fields.List(ma.fields.Nested(RewardInViewOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)
