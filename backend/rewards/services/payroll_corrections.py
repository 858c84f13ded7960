"""Corrections of what payroll was told: asked for by one, decided on by another, then a new line.

A batch never changes. Of all corrections of one payment one is decided at a time: its line is
locked.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.services import persons
from backend.rewards import queries
from backend.rewards.models import (
    PayrollCorrection,
    PayrollCorrectionDecision,
    PayrollLine,
    Redemption,
)
from backend.rewards.problems import (
    CorrectionDecided,
    NotAPayment,
    OwnCorrection,
    OwnPay,
    PaidBelowZero,
    PaidToAnotherNumber,
)
from backend.rewards.queries import CorrectionFacts
from backend.rewards.services import budgets
from backend.rewards.workweeks import LineKind


def ask(
    session: Session,
    *,
    actor: Actor,
    line_id: UUID,
    amount_cents: int,
    reason: str,
    now: datetime,
) -> CorrectionFacts:
    """Ask for ``amount_cents``, not zero, to be added to a payment; below zero it is taken back.

    Raises LineNotFound, NotAPayment, OwnPay, PaidToAnotherNumber, PaidBelowZero.
    """
    owner = actor.organisation_id
    line = queries.lock_line(session, organisation_id=owner, line_id=line_id)
    if line.kind is not LineKind.PAYMENT:
        raise NotAPayment
    paid = _paid_by(session, line, actor=actor)
    if paid.has_actor:
        raise OwnPay
    _refuse_impossible(session, line, paid, amount_cents)
    row = PayrollCorrection(
        organisation_id=owner,
        id=new_id(),
        line_id=line_id,
        employee_id=line.employee_id,
        amount_cents=amount_cents,
        reason=reason,
        made_by=actor.employee_id,
        made_by_person=paid.numbers[actor.employee_id],
        made_at=now,
    )
    session.add(row)
    _record(session, actor, row, act="payroll.correction_asked", now=now)
    return queries.get_correction(session, organisation_id=owner, correction_id=row.id)


def approve(
    session: Session, *, actor: Actor, correction_id: UUID, now: datetime
) -> CorrectionFacts:
    """Approve a correction of somebody else, of the pay of somebody else.

    What it adds is committed: the season's budget must hold it. Raises CorrectionNotFound,
    OwnCorrection, OwnPay, PersonUnknown, CorrectionDecided, PaidToAnotherNumber, PaidBelowZero,
    BudgetExceeded, BudgetInOtherCurrency.
    """
    return _decide(session, actor, correction_id, approved=True, now=now)


def decline(
    session: Session, *, actor: Actor, correction_id: UUID, now: datetime
) -> CorrectionFacts:
    """Decline a correction; raises as `approve` does, but for what a payment may come to."""
    return _decide(session, actor, correction_id, approved=False, now=now)


def _decide(
    session: Session, actor: Actor, correction_id: UUID, *, approved: bool, now: datetime
) -> CorrectionFacts:
    owner = actor.organisation_id
    found = queries.get_correction(session, organisation_id=owner, correction_id=correction_id)
    line = queries.lock_line(session, organisation_id=owner, line_id=found.line_id)
    # Looked at again: somebody may have decided until the line was free.
    found = queries.get_correction(session, organisation_id=owner, correction_id=correction_id)
    maker = persons.around(
        session, actor=actor, concerned=[found.made_by], known=[found.made_by_person]
    )
    paid = _paid_by(session, line, actor=actor)
    if maker.has_actor:
        raise OwnCorrection
    if paid.has_actor:
        raise OwnPay
    if found.decided_at is not None:
        raise CorrectionDecided
    if approved:
        makers = {found.made_by_person, maker.person_of(found.made_by)}
        if not makers.isdisjoint({line.payroll_number, paid.person_of(found.employee_id)} - {None}):
            raise OwnPay
        _refuse_impossible(session, line, paid, found.amount_cents)
        paid_for = session.get_one(Redemption, (owner, line.redemption_id))
        budgets.commit_cents(session, paid_for, cents=found.amount_cents)
    row = PayrollCorrectionDecision(
        organisation_id=owner,
        correction_id=correction_id,
        made_by=found.made_by,
        employee_id=found.employee_id,
        decided_by=actor.employee_id,
        made_by_person=maker.person_of(found.made_by),
        employee_person=paid.person_of(found.employee_id),
        decided_by_person=maker.actor_person,
        approved=approved,
        at=now,
    )
    session.add(row)
    act = "payroll.correction_approved" if approved else "payroll.correction_declined"
    audit.record(session, actor=actor, act=act, subject_id=correction_id, now=now)
    session.flush()
    return queries.get_correction(session, organisation_id=owner, correction_id=correction_id)


def _paid_by(session: Session, line: PayrollLine, *, actor: Actor) -> persons.Circle:
    """Return ``actor`` and whoever a line pays: its account, and the person of its number."""
    return persons.around(
        session, actor=actor, concerned=[line.employee_id], known=[line.payroll_number]
    )


def _refuse_impossible(
    session: Session, line: PayrollLine, paid: persons.Circle, amount_cents: int
) -> None:
    """Refuse to add where another person was paid, or to take back more than was paid."""
    # A correction goes to the number of its line: from there too much is taken back, but no more
    # is paid there once it is known that it was the wrong one.
    if amount_cents > 0 and paid.numbers[line.employee_id] != line.payroll_number:
        raise PaidToAnotherNumber
    corrected = queries.sum_approved_corrections(
        session, organisation_id=line.organisation_id, line_id=line.id
    )
    left = line.amount_cents + corrected
    if left + amount_cents < 0:
        raise PaidBelowZero(left_cents=left)


def _record(
    session: Session, actor: Actor, row: PayrollCorrection, *, act: str, now: datetime
) -> None:
    detail = {"line_id": str(row.line_id), "amount_cents": row.amount_cents, "reason": row.reason}
    audit.record(session, actor=actor, act=act, subject_id=row.id, now=now, detail=detail)
    session.flush()
