"""What is handed to payroll, as it is sent and answered."""

import re

import marshmallow as ma

from backend.foundation.fields import In, Instant, Int, Out, Str, choice
from backend.identity.rules import EmploymentKind, PayBasis
from backend.rewards.rules import MOST_CENTS
from backend.rewards.workweeks import LineKind

_CURRENCY = re.compile(r"[A-Z]{3}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class PayrollExportIn(In):
    """Which money to export, and on which weekday workweeks begin."""

    currency = Str(
        longest=3,
        required=True,
        validate=[ma.validate.Regexp(_CURRENCY, error="Must be a code of ISO 4217, like USD.")],
        metadata={"description": "ISO 4217; a batch is of one currency."},
    )
    workweek_starts_on = Int(
        low=0,
        high=6,
        required=True,
        metadata={
            "description": "0 for Monday to 6 for Sunday: the first day of the employer's fixed"
            " workweek of 168 hours (in the United States 29 CFR 778.105)."
        },
    )


class AcknowledgementIn(In):
    """Which file payroll has."""

    sha256 = Str(
        longest=64,
        required=True,
        validate=[ma.validate.Regexp(_SHA256, error="Must be 64 hexadecimal digits.")],
        metadata={"description": "Of the CSV file, as `sha256sum` prints it."},
    )


class PayrollExportOut(Out):
    """A batch: what is paid together. It and its files never change."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True, metadata={"description": "Counts up without a gap."})
    made_by = ma.fields.UUID(required=True)
    made_at = Instant(required=True)
    currency = Str(required=True)
    workweek_starts_on = ma.fields.Integer(required=True)
    line_count = ma.fields.Integer(required=True)
    total_cents = ma.fields.Integer(required=True)
    csv_sha256 = Str(required=True, attribute="sha256.csv")
    xlsx_sha256 = Str(required=True, attribute="sha256.xlsx")
    acknowledged_by = ma.fields.UUID(required=True, allow_none=True)
    acknowledged_at = Instant(required=True, allow_none=True)


class PayrollExportsOut(Out):
    """A page of batches, the newest first."""

    items = ma.fields.List(ma.fields.Nested(PayrollExportOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)


class PayrollWeekOut(Out):
    """The part of a line that was earned in one workweek; the parts add up to the line."""

    starts_on = ma.fields.Date(required=True)
    ends_on = ma.fields.Date(required=True)
    points = ma.fields.Integer(required=True)
    cents = ma.fields.Integer(required=True)


class PayrollLineOut(Out):
    """A payment of one redemption, or the correction of one, with who was who then."""

    id = ma.fields.UUID(required=True)
    number = ma.fields.Integer(required=True)
    kind = choice(LineKind, required=True)
    employee_id = ma.fields.UUID(required=True)
    redemption_id = ma.fields.UUID(required=True, allow_none=True)
    corrects_id = ma.fields.UUID(
        required=True, allow_none=True, metadata={"description": "The line that is corrected."}
    )
    amount_cents = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)
    badge_number = Str(required=True)
    payroll_number = Str(required=True, allow_none=True)
    name = Str(required=True)
    department = Str(required=True, metadata={"description": "The cost centre."})
    employment_kind = choice(EmploymentKind, required=True)
    pay_basis = choice(PayBasis, required=True)
    taxable = ma.fields.Boolean(required=True)
    reward_name = Str(required=True)
    reason = Str(longest=500, required=True, allow_none=True)
    weeks = ma.fields.List(ma.fields.Nested(PayrollWeekOut()), required=True)


class PayrollExportWithLinesOut(PayrollExportOut):
    """A batch with its lines."""

    lines = ma.fields.List(ma.fields.Nested(PayrollLineOut()), required=True)


class PayrollCorrectionIn(In):
    """A payment that was too much or too little, and why."""

    line_id = ma.fields.UUID(required=True)
    amount_cents = Int(
        low=-MOST_CENTS,
        high=MOST_CENTS,
        required=True,
        metadata={"description": "To be added; below zero, to be taken back. Not 0."},
    )
    reason = Str(longest=500, shortest=1, required=True)

    @ma.validates("amount_cents")
    def _not_nothing(self, value: int, **_: object) -> None:
        if value == 0:
            raise ma.ValidationError("Must not be 0.")


class PayrollCorrectionOut(Out):
    """A correction, what was decided on it, and the line of the batch that carries it."""

    id = ma.fields.UUID(required=True)
    line_id = ma.fields.UUID(required=True)
    employee_id = ma.fields.UUID(required=True)
    amount_cents = ma.fields.Integer(required=True)
    currency = Str(required=True)
    reason = Str(longest=500, required=True)
    made_by = ma.fields.UUID(required=True)
    made_at = Instant(required=True)
    decided_by = ma.fields.UUID(required=True, allow_none=True)
    decided_at = Instant(required=True, allow_none=True)
    approved = ma.fields.Boolean(
        required=True, allow_none=True, metadata={"description": "Null until it is decided."}
    )
    carried_by_id = ma.fields.UUID(required=True, allow_none=True)


class PayrollCorrectionsOut(Out):
    """A page of corrections, the newest first."""

    items = ma.fields.List(ma.fields.Nested(PayrollCorrectionOut()), required=True)
    next_cursor = Str(required=True, allow_none=True)
