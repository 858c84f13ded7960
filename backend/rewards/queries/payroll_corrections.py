"""Reads of corrections of what payroll was told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import Session

from backend.rewards.models import (
    PayrollBatch,
    PayrollCarriedCorrection,
    PayrollCorrection,
    PayrollCorrectionDecision,
    PayrollLine,
)
from backend.rewards.problems import CorrectionNotFound, LineNotFound


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectionFacts:
    """A correction of a payment, what was decided on it, and the line that carries it."""

    id: UUID
    line_id: UUID
    employee_id: UUID
    amount_cents: int
    currency: str
    reason: str
    made_by: UUID
    made_by_person: str | None
    made_at: datetime
    decided_by: UUID | None
    decided_at: datetime | None
    approved: bool | None
    carried_by_id: UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DueCorrection:
    """An approved correction that no batch has yet, and the payment that it corrects.

    ``payroll_number`` is whom the payment went to; persons are who was who when it was approved,
    and ``asker_person`` when it was asked for.
    """

    organisation_id: UUID
    id: UUID
    line_id: UUID
    batch_number: int
    currency: str
    payroll_number: str | None
    employee_id: UUID
    employee_person: str
    made_by: UUID
    asker_person: str | None
    made_by_person: str
    decided_by: UUID
    decided_by_person: str
    amount_cents: int
    reason: str


def list_corrections(
    session: Session, *, organisation_id: UUID, before: UUID | None = None, limit: int = 50
) -> list[CorrectionFacts]:
    """Return at most ``limit`` corrections, the newest first, those before ``before``."""
    query = _corrections(organisation_id).order_by(PayrollCorrection.id.desc()).limit(limit)
    if before is not None:
        query = query.where(PayrollCorrection.id < before)
    return [CorrectionFacts(**row._mapping) for row in session.execute(query)]


def list_waiting_corrections(session: Session, *, organisation_id: UUID) -> list[CorrectionFacts]:
    """Return the corrections that nobody has decided on, the oldest first."""
    query = (
        _corrections(organisation_id)
        .where(PayrollCorrectionDecision.at.is_(None))
        .order_by(PayrollCorrection.id)
    )
    return [CorrectionFacts(**row._mapping) for row in session.execute(query)]


def list_corrections_of(
    session: Session, *, organisation_id: UUID, line_id: UUID
) -> list[CorrectionFacts]:
    """Return the corrections of a payment, the oldest first."""
    query = (
        _corrections(organisation_id)
        .where(PayrollCorrection.line_id == line_id)
        .order_by(PayrollCorrection.id)
    )
    return [CorrectionFacts(**row._mapping) for row in session.execute(query)]


def get_correction(
    session: Session, *, organisation_id: UUID, correction_id: UUID
) -> CorrectionFacts:
    """Return a correction; raises CorrectionNotFound."""
    query = _corrections(organisation_id).where(PayrollCorrection.id == correction_id)
    row = session.execute(query).first()
    if row is None:
        raise CorrectionNotFound
    return CorrectionFacts(**row._mapping)


def lock_line(session: Session, *, organisation_id: UUID, line_id: UUID) -> PayrollLine:
    """Return a line in hand, so that its corrections are decided in turn; raises LineNotFound."""
    row = session.scalars(
        select(PayrollLine)
        .where(PayrollLine.organisation_id == organisation_id, PayrollLine.id == line_id)
        .with_for_update(key_share=True)
    ).first()
    if row is None:
        raise LineNotFound
    return row


def list_due_corrections(
    session: Session, *, organisation_id: UUID, after: UUID | None, limit: int
) -> list[DueCorrection]:
    """Return approved corrections that no batch has, the oldest first, those after ``after``."""
    rows = session.execute(_due(organisation_id, after).limit(limit))
    return [DueCorrection(**row._mapping) for row in rows]


def lock_due_corrections(
    session: Session, *, organisation_id: UUID, currency: str, after: UUID | None, limit: int
) -> list[DueCorrection]:
    """Return what `list_due_corrections` does in ``currency``, in hand.

    Passes over what another export has in hand.
    """
    due = _due(organisation_id, after).where(PayrollBatch.currency == currency).limit(limit)
    rows = session.execute(due.with_for_update(skip_locked=True, of=PayrollCorrection))
    return [DueCorrection(**row._mapping) for row in rows]


def sum_approved_corrections(session: Session, *, organisation_id: UUID, line_id: UUID) -> int:
    """Return the cents by which a payment was corrected so far, by all that was approved."""
    return int(
        session.scalar(
            select(func.coalesce(func.sum(PayrollCorrection.amount_cents), 0))
            .join(PayrollCorrectionDecision, _its_decision())
            .where(
                PayrollCorrection.organisation_id == organisation_id,
                PayrollCorrection.line_id == line_id,
                PayrollCorrectionDecision.approved.is_(True),
            )
        )
        or 0
    )


def _due(organisation_id: UUID, after: UUID | None) -> Select[*tuple[Any, ...]]:
    carried = select(PayrollCarriedCorrection).where(
        PayrollCarriedCorrection.organisation_id == PayrollCorrection.organisation_id,
        PayrollCarriedCorrection.correction_id == PayrollCorrection.id,
    )
    return (
        select(
            PayrollCorrection.organisation_id,
            PayrollCorrection.id,
            PayrollCorrection.line_id,
            PayrollBatch.number.label("batch_number"),
            PayrollBatch.currency,
            PayrollLine.payroll_number,
            PayrollCorrection.employee_id,
            PayrollCorrectionDecision.employee_person,
            PayrollCorrection.made_by,
            PayrollCorrection.made_by_person.label("asker_person"),
            PayrollCorrectionDecision.made_by_person,
            PayrollCorrectionDecision.decided_by,
            PayrollCorrectionDecision.decided_by_person,
            PayrollCorrection.amount_cents,
            PayrollCorrection.reason,
        )
        .join(PayrollCorrectionDecision, _its_decision())
        .join(PayrollLine, _its_line())
        .join(PayrollBatch, _its_batch())
        .where(
            PayrollCorrection.organisation_id == organisation_id,
            PayrollCorrectionDecision.approved.is_(True),
            ~carried.exists(),
            PayrollCorrection.id > after if after else true(),
        )
        .order_by(PayrollCorrection.id)
    )


def _corrections(organisation_id: UUID) -> Select[*tuple[Any, ...]]:
    carried = and_(
        PayrollCarriedCorrection.organisation_id == PayrollCorrection.organisation_id,
        PayrollCarriedCorrection.correction_id == PayrollCorrection.id,
    )
    return (
        select(
            PayrollCorrection.id,
            PayrollCorrection.line_id,
            PayrollCorrection.employee_id,
            PayrollCorrection.amount_cents,
            PayrollBatch.currency,
            PayrollCorrection.reason,
            PayrollCorrection.made_by,
            PayrollCorrection.made_by_person,
            PayrollCorrection.made_at,
            PayrollCorrectionDecision.decided_by,
            PayrollCorrectionDecision.at.label("decided_at"),
            PayrollCorrectionDecision.approved,
            PayrollCarriedCorrection.line_id.label("carried_by_id"),
        )
        .join(PayrollLine, _its_line())
        .join(PayrollBatch, _its_batch())
        .outerjoin(PayrollCorrectionDecision, _its_decision())
        .outerjoin(PayrollCarriedCorrection, carried)
        .where(PayrollCorrection.organisation_id == organisation_id)
    )


def _its_batch() -> ColumnElement[bool]:
    return and_(
        PayrollBatch.organisation_id == PayrollLine.organisation_id,
        PayrollBatch.id == PayrollLine.batch_id,
    )


def _its_decision() -> ColumnElement[bool]:
    return and_(
        PayrollCorrectionDecision.organisation_id == PayrollCorrection.organisation_id,
        PayrollCorrectionDecision.correction_id == PayrollCorrection.id,
    )


def _its_line() -> ColumnElement[bool]:
    return and_(
        PayrollLine.organisation_id == PayrollCorrection.organisation_id,
        PayrollLine.id == PayrollCorrection.line_id,
    )
