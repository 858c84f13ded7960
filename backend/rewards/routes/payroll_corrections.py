"""Corrections of what payroll was told, over HTTP."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.identity.problems import PersonUnknown
from backend.rewards import queries
from backend.rewards.problems import (
    BudgetExceeded,
    BudgetInOtherCurrency,
    CorrectionDecided,
    CorrectionNotFound,
    LineNotFound,
    NotAPayment,
    OwnCorrection,
    OwnPay,
    PaidBelowZero,
    PaidToAnotherNumber,
)
from backend.rewards.queries import CorrectionFacts
from backend.rewards.schemas.payroll import (
    PayrollCorrectionIn,
    PayrollCorrectionOut,
    PayrollCorrectionsOut,
)
from backend.rewards.services import payroll_corrections

routes = Routes("payroll-corrections", __name__, description="Payments put right, with four eyes")
_DECIDED = (CorrectionNotFound, OwnCorrection, OwnPay, PersonUnknown, CorrectionDecided)


@routes.command(
    "POST /payroll-corrections",
    may=Permission.EXPORT_PAYROLL,
    takes=PayrollCorrectionIn(),
    answers=PayrollCorrectionOut(),
    status=201,
    raises=(LineNotFound, NotAPayment, OwnPay, PaidToAnotherNumber, PaidBelowZero),
)
def ask_for_payroll_correction(call: Call, body: dict[str, Any]) -> CorrectionFacts:
    """Ask for a payment of somebody else to be corrected; another person decides."""
    return payroll_corrections.ask(call.session, actor=call.actor, now=call.now, **body)


@routes.query(
    "/payroll-corrections",
    may=Permission.EXPORT_PAYROLL,
    answers=PayrollCorrectionsOut(),
    args=PageArgs(),
)
def list_payroll_corrections(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the corrections, the newest first."""
    position = position_of(args.get("cursor"), UUID)
    found = queries.list_corrections(
        call.session,
        organisation_id=call.actor.organisation_id,
        before=position[0] if position else None,
        limit=args["limit"] + 1,
    )
    return page_of(found, limit=args["limit"], position=lambda one: [str(one.id)])


@routes.command(
    "POST /payroll-corrections/<uuid:correction_id>/approve",
    may=Permission.EXPORT_PAYROLL,
    answers=PayrollCorrectionOut(),
    raises=(
        *(*_DECIDED, PaidToAnotherNumber, PaidBelowZero),
        *(BudgetExceeded, BudgetInOtherCurrency),
    ),
)
def approve_payroll_correction(call: Call, correction_id: UUID) -> CorrectionFacts:
    """Approve a correction that somebody else asked for; the next batch has it as a line."""
    return payroll_corrections.approve(
        call.session, actor=call.actor, correction_id=correction_id, now=call.now
    )


@routes.command(
    "POST /payroll-corrections/<uuid:correction_id>/decline",
    may=Permission.EXPORT_PAYROLL,
    answers=PayrollCorrectionOut(),
    raises=_DECIDED,
)
def decline_payroll_correction(call: Call, correction_id: UUID) -> CorrectionFacts:
    """Decline a correction that somebody else asked for."""
    return payroll_corrections.decline(
        call.session, actor=call.actor, correction_id=correction_id, now=call.now
    )
