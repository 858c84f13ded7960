"""The pages of payroll: what is due, batches and their files, and corrections of what was paid."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import request

from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Problem
from backend.identity.permissions import Permission
from backend.identity.queries import EmployeeFacts, list_employees_by_id, list_payroll_numbers
from backend.identity.rules import is_same_person
from backend.insight.services import evidence
from backend.rewards import queries
from backend.rewards.problems import LineNotFound
from backend.rewards.queries import BatchFacts, CorrectionFacts, LineFacts
from backend.rewards.rules import MOST_CENTS
from backend.rewards.schemas.payroll import (
    AcknowledgementIn,
    PayrollCorrectionIn,
    PayrollExportIn,
)
from backend.rewards.services import (
    payables,
    payroll_acknowledgements,
    payroll_corrections,
    payroll_exports,
)
from backend.rewards.workweeks import LineKind
from backend.web.console.forms import loaded, refused, typed, whole
from backend.web.console.frames import Reading, Ways, acts, reads

LINES, EARNED = 50, 50
USUAL_WEEK = 6
_MAY = Permission.EXPORT_PAYROLL
_MONEY = re.compile(r"([-+\u2212]?)([0-9]{1,7})(?:\.([0-9]{2}))?")


@reads("/hr/payroll", may=_MAY, template="payroll")
def show_payroll(reading: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show what waits for a batch, corrections to be decided on, and batches, the newest first."""
    page = batches_of(reading, after=request.args.get("after"), limit=LINES)
    wait = to_decide(reading)
    due, left_out = payables.sum_due(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )
    return {
        "due": due,
        "left_out": left_out,
        **page,
        **wait,
        "people": page["people"] | wait["people"],
        "week": request.form.get("workweek_starts_on", str(USUAL_WEEK)),
        "zone": reading.zone,
        **refused(refusal),
    }


def batches_of(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the batches, the newest first, and who made and acknowledged them."""
    position = position_of(after, int)
    found = page_of(
        queries.list_batches(
            reading.session,
            organisation_id=reading.organisation_id,
            below=position[0] if position else None,
            limit=limit + 1,
        ),
        limit=limit,
        position=lambda one: [one.number],
    )
    return {
        "batches": found["items"],
        "next_after": found["next_cursor"],
        "people": _people(reading, found["items"], []),
    }


def to_decide(reading: Reading) -> dict[str, Any]:
    """Return the corrections that nobody has decided on, and the lines that they correct."""
    owner, session = reading.organisation_id, reading.session
    waiting = queries.list_waiting_corrections(session, organisation_id=owner)
    lines = queries.list_lines(
        session, organisation_id=owner, line_ids=[one.line_id for one in waiting]
    )
    return {
        "to_decide": waiting,
        "lines": {line.id: line for line in lines},
        "people": _people(reading, [], waiting),
    }


@reads("/hr/payroll/<uuid:batch_id>", may=_MAY, template="payroll_batch")
def show_batch(reading: Reading, batch_id: UUID, refusal: Problem | None = None) -> dict[str, Any]:
    """Show a batch with its lines and files, and whether payroll has it; raises BatchNotFound."""
    which: dict[str, Any] = {"organisation_id": reading.organisation_id, "batch_id": batch_id}
    batch = queries.get_batch(reading.session, **which)
    return {
        "batch": batch,
        "lines": queries.list_lines(reading.session, **which),
        "people": _people(reading, [batch], []),
        "why_not": _why_not_acknowledge(reading, batch),
        "typed": request.form.get("sha256", ""),
        "zone": reading.zone,
        **refused(refusal),
    }


@reads("/hr/payroll/<uuid:batch_id>/<uuid:line_id>", may=_MAY, template="payroll_line")
def show_line(
    reading: Reading, batch_id: UUID, line_id: UUID, refusal: Problem | None = None, **_: object
) -> dict[str, Any]:
    """Show a line, the work behind it, and its corrections.

    Raises BatchNotFound and LineNotFound.
    """
    owner, session = reading.organisation_id, reading.session
    batch, line = line_in(reading, batch_id, line_id)
    corrections = queries.list_corrections_of(session, organisation_id=owner, line_id=line_id)
    earned = evidence.list_behind_line(session, organisation_id=owner, line_id=line_id)
    return {
        "batch": batch,
        "line": line,
        "earned": evidence.by_event(earned[:EARNED]),
        "not_shown": len(earned[EARNED:]),
        "corrections": corrections,
        "comes_to": _comes_to(line, corrections),
        "accounts": reading.accounts,
        **_whose(reading, line),
        "people": _people(reading, [batch], corrections),
        "typed": request.form,
        "zone": reading.zone,
        **refused(refusal),
    }


def _whose(reading: Reading, line: LineFacts) -> dict[str, bool]:
    """Tell whether the reader was paid, and whether the account has another number now."""
    numbers = list_payroll_numbers(
        reading.session,
        organisation_id=reading.organisation_id,
        employee_ids=[reading.reader.employee_id, line.employee_id],
    )
    to_reader = is_same_person(numbers[reading.reader.employee_id], line.payroll_number)
    return {
        "mine": line.employee_id in reading.accounts or to_reader,
        "moved": numbers[line.employee_id] != line.payroll_number,
    }


def line_in(reading: Reading, batch_id: UUID, line_id: UUID) -> tuple[BatchFacts, LineFacts]:
    """Return a batch and a line of it; raises BatchNotFound and LineNotFound."""
    owner = reading.organisation_id
    batch = queries.get_batch(reading.session, organisation_id=owner, batch_id=batch_id)
    line = queries.get_line(reading.session, organisation_id=owner, line_id=line_id)
    if line.batch_id != batch.id:
        raise LineNotFound
    return batch, line


def _foresee(reading: Reading) -> dict[str, Any]:
    wanted = _wanted()
    foreseen = payables.foresee(
        reading.session,
        organisation_id=reading.organisation_id,
        currency=wanted["currency"],
        now=reading.now,
    )
    return {"foreseen": foreseen}


@acts(
    "/hr/payroll",
    may=_MAY,
    ways=Ways(then="console.show_payroll", otherwise="payroll", refused=show_payroll),
    ahead=_foresee,
)
def make_batch(acting: Reading, foreseen: dict[UUID, Any]) -> str:
    """Put everything that waits in the currency of the form into a batch."""
    payroll_exports.export(
        acting.session, actor=acting.reader, now=acting.now, foreseen=foreseen, **_wanted()
    )
    return "exported"


@acts(
    "/hr/payroll/<uuid:batch_id>/acknowledge",
    may=Permission.ACKNOWLEDGE_PAYROLL,
    ways=Ways(
        then="console.show_batch",
        otherwise="payroll_batch",
        refused=show_batch,
        carries=("batch_id",),
    ),
)
def acknowledge_batch(acting: Reading, batch_id: UUID) -> str:
    """Say that payroll has the file whose hash is in the form."""
    said = {"sha256": request.form.get("sha256", "").strip().lower()}
    payroll_acknowledgements.acknowledge(
        acting.session,
        actor=acting.reader,
        batch_id=batch_id,
        now=acting.now,
        **loaded(AcknowledgementIn(), said),
    )
    return "acknowledged"


_OF_THE_LINE = Ways(
    then="console.show_line",
    otherwise="payroll_line",
    refused=show_line,
    carries=("batch_id", "line_id"),
)


@acts("/hr/payroll/<uuid:batch_id>/<uuid:line_id>/corrections", may=_MAY, ways=_OF_THE_LINE)
def ask_correction(acting: Reading, batch_id: UUID, line_id: UUID) -> str:
    """Ask for the correction in the form."""
    said = request.form
    cents, wrong = _cents(said.get("amount", ""))
    body = {"line_id": str(line_id), "amount_cents": cents, "reason": typed("reason")}
    wanted = loaded(PayrollCorrectionIn(), body, wrong=wrong)
    payroll_corrections.ask(acting.session, actor=acting.reader, now=acting.now, **wanted)
    return "correction_asked"


_DECIDES = "/hr/payroll/<uuid:batch_id>/<uuid:line_id>/corrections/<uuid:correction_id>/"


@acts(_DECIDES + "approve", may=_MAY, ways=_OF_THE_LINE)
def approve_correction(acting: Reading, correction_id: UUID, **_: object) -> str:
    """Approve a correction that somebody else asked for."""
    payroll_corrections.approve(
        acting.session, actor=acting.reader, correction_id=correction_id, now=acting.now
    )
    return "correction_approved"


@acts(_DECIDES + "decline", may=_MAY, ways=_OF_THE_LINE)
def decline_correction(acting: Reading, correction_id: UUID, **_: object) -> str:
    """Decline a correction that somebody else asked for."""
    payroll_corrections.decline(
        acting.session, actor=acting.reader, correction_id=correction_id, now=acting.now
    )
    return "correction_declined"


def _wanted() -> dict[str, Any]:
    """Return what the form wants exported; raises Invalid."""
    said = request.form
    return loaded(
        PayrollExportIn(),
        {
            "currency": said.get("currency", ""),
            "workweek_starts_on": whole(said.get("workweek_starts_on", "")),
        },
    )


def _cents(text: str) -> tuple[int, dict[str, str]]:
    """Return the amount that was typed in cents, and what is wrong with it."""
    found = _MONEY.fullmatch(text.strip())
    if not found:
        return 1, {"amount": "Must be an amount like 12.50, or -12.50 to take it back."}
    cents = int(found[2]) * 100 + int(found[3] or 0)
    if cents == 0:
        return 1, {"amount": "Nothing would be corrected."}
    if cents > MOST_CENTS:
        return 1, {"amount": f"Must be at most {MOST_CENTS // 100}.00."}
    return (-cents if found[1] in {"-", "\u2212"} else cents), {}


def _why_not_acknowledge(reading: Reading, batch: BatchFacts) -> str | None:
    """Return why the reader cannot acknowledge a batch, None where they can."""
    if not reading.reader.may(Permission.ACKNOWLEDGE_PAYROLL):
        return "Payroll acknowledges it."
    if batch.made_by in reading.accounts:
        return "You made this batch; another person acknowledges it."
    return None


def _comes_to(line: LineFacts, corrections: Iterable[CorrectionFacts]) -> int | None:
    """Return what a payment comes to with all that was approved, None for a correction."""
    if line.kind is not LineKind.PAYMENT:
        return None
    return line.amount_cents + sum(one.amount_cents for one in corrections if one.approved)


def _people(
    reading: Reading, batches: Iterable[BatchFacts], corrections: Iterable[CorrectionFacts]
) -> dict[UUID, EmployeeFacts]:
    ids = {reading.reader.employee_id}
    ids |= {who for one in batches for who in (one.made_by, one.acknowledged_by) if who}
    ids |= {who for one in corrections for who in (one.made_by, one.decided_by) if who}
    owner = reading.organisation_id
    return list_employees_by_id(reading.session, organisation_id=owner, employee_ids=ids)
