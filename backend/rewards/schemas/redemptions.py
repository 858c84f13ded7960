"""Redemptions as they are sent and answered."""

import marshmallow as ma

from backend.foundation.fields import In, Instant, Int, Out, Str, choice
from backend.foundation.pages import PageArgs
from backend.rewards.rules import RedemptionStatus, RewardKind


def _version() -> Int:
    return Int(
        low=1,
        high=2**31 - 1,
        required=True,
        metadata={"description": "The version that you saw."},
    )


class RedemptionIn(In):
    """A reward that I want, on the terms of the version that I saw."""

    reward_id = ma.fields.UUID(required=True)
    reward_version = _version()


class SeenIn(In):
    """A decision on a redemption as it was seen."""

    seen_version = _version()


class DeclineIn(SeenIn):
    """Why a redemption is declined; the employee reads it."""

    reason = Str(longest=500, shortest=1, required=True)


class RedemptionsArgs(PageArgs):
    """Which redemptions to list."""

    status = choice(RedemptionStatus)
    employee_id = ma.fields.UUID()


class RedemptionStepOut(Out):
    """One step; where time alone did it there is no actor."""

    step = choice(RedemptionStatus, required=True)
    actor_id = ma.fields.UUID(required=True, allow_none=True)
    reason = Str(longest=500, required=True, allow_none=True)
    at = Instant(required=True)


class RedemptionOut(Out):
    """A redemption, on the terms on which it was asked for."""

    id = ma.fields.UUID(required=True)
    employee_id = ma.fields.UUID(required=True)
    reward_id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    status = choice(RedemptionStatus, required=True)
    reward_name = Str(required=True)
    kind = choice(RewardKind, required=True)
    points = ma.fields.Integer(required=True)
    value_cents = ma.fields.Integer(required=True)
    currency = Str(required=True)
    taxable = ma.fields.Boolean(required=True)
    season_id = ma.fields.UUID(
        required=True,
        allow_none=True,
        metadata={"description": "The season whose budget it is charged to."},
    )
    rolling_cents = ma.fields.Integer(
        required=True,
        metadata={"description": "What this person asked for, on all accounts, in thirty days."},
    )
    approvals_needed = ma.fields.Integer(required=True)
    approved_by = ma.fields.List(ma.fields.UUID(), required=True)
    asked_at = Instant(required=True)
    due_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When it expires unless somebody acts; null with payroll."},
    )
    in_payroll = ma.fields.Boolean(
        required=True,
        metadata={"description": "Payroll has it: it is paid next, and not taken back."},
    )
    steps = ma.fields.List(ma.fields.Nested(RedemptionStepOut()), required=True)


class BudgetBesideOut(Out):
    """The season's budget beside a redemption."""

    currency = Str(required=True)
    left_cents = ma.fields.Integer(
        required=True, metadata={"description": "Neither approved nor handed over yet."}
    )
    after_this_cents = ma.fields.Integer(
        required=True, metadata={"description": "What is left once this one is approved."}
    )
    enough = ma.fields.Boolean(
        required=True,
        metadata={"description": "False where the last approval would be refused as it is now."},
    )


class RedemptionToDecideOut(RedemptionOut):
    """A redemption as those see it who decide, beside the budget it is charged to."""

    budget = ma.fields.Nested(
        BudgetBesideOut(),
        required=True,
        allow_none=True,
        metadata={"description": "Null where no budget was set, or nothing is charged to it."},
    )


class RedemptionsToDecideOut(Out):
    """A page of redemptions, the newest first, each beside its budget."""

    items = ma.fields.List(ma.fields.Nested(RedemptionToDecideOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class RedemptionsOut(Out):
    """A page of redemptions, the newest first."""

    items = ma.fields.List(ma.fields.Nested(RedemptionOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)
