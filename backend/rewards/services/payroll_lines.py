"""The lines of a batch in the making: who is paid what, by which points, earned in which weeks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.identity.queries import EmployeeFacts
from backend.rewards import queries
from backend.rewards.lots import Attribution, Parts
from backend.rewards.models import Redemption
from backend.rewards.queries import DueCorrection, LineFacts, WeekFacts
from backend.rewards.workweeks import LineKind, points_by_week, spread

# By the transaction that gave them: points, and the day on which they were earned.
Earned = Mapping[UUID, tuple[int, date]]


@dataclass(kw_only=True, slots=True)
class Drafts:
    """Lines, and what is kept beside them: what paid for each, and which correction it carries."""

    lines: list[LineFacts] = field(default_factory=list)
    sources: list[dict[str, object]] = field(default_factory=list)
    carried: list[dict[str, object]] = field(default_factory=list)


def find_earned(
    session: Session, *, organisation_id: UUID, redemptions: Iterable[Redemption]
) -> dict[UUID, Earned]:
    """Return by redemption what its points were given by, and on which day.

    As long as they are held for it, this does not change. Left out is that of which the books do
    not say what paid for it, to the last point: it is not paid until they do.
    """
    spent = _spent(session, organisation_id, redemptions)
    days = queries.list_days_earned(
        session,
        organisation_id=organisation_id,
        transaction_ids={source for parts in spent.values() for source in parts},
    )
    return {
        redemption_id: {source: (points, days[source]) for source, points in parts.items()}
        for redemption_id, parts in spent.items()
    }


def draft(
    session: Session,
    *,
    batch_id: UUID,
    starts_on: int,
    payments: Sequence[tuple[Redemption, EmployeeFacts, Earned]],
    corrections: Sequence[DueCorrection],
) -> Drafts:
    """Return the lines of a batch: the payments first, each list in its order.

    With each redemption comes whom it is for, and what `find_earned` says of it.
    """
    drafts = Drafts()
    for number, (row, person, earned) in enumerate(payments, start=1):
        days = [(day, points) for points, day in earned.values()]
        weeks = points_by_week(days, starts_on=starts_on)
        line = _payment(row, person, batch_id=batch_id, weeks=weeks)
        drafts.lines.append(replace(line, number=number))
        drafts.sources += [
            {
                "organisation_id": row.organisation_id,
                "line_id": line.id,
                "transaction_id": source,
                "points": points,
                "earned_on": day,
            }
            for source, (points, day) in earned.items()
        ]
    _add_corrections(session, drafts, corrections, batch_id)
    return drafts


def _spent(
    session: Session, organisation_id: UUID, redemptions: Iterable[Redemption]
) -> dict[UUID, Parts]:
    """Return by redemption what its points were given by."""
    known: dict[UUID, Attribution] = {}
    spent: dict[UUID, Parts] = {}
    for row in redemptions:
        if row.employee_id not in known:
            known[row.employee_id] = queries.get_attribution(
                session, organisation_id=organisation_id, employee_id=row.employee_id
            )
        parts = known[row.employee_id].spent_on(row.id)
        if sum(parts.values()) == row.points:
            spent[row.id] = parts
    return spent


def _payment(
    row: Redemption, person: EmployeeFacts, *, batch_id: UUID, weeks: dict[date, int]
) -> LineFacts:
    cents = spread(row.value_cents, weeks)
    return LineFacts(
        id=new_id(),
        batch_id=batch_id,
        number=0,
        kind=LineKind.PAYMENT,
        employee_id=row.employee_id,
        redemption_id=row.id,
        corrects_id=None,
        corrects_batch=None,
        corrects_line=None,
        amount_cents=row.value_cents,
        points=row.points,
        badge_number=person.badge_number,
        payroll_number=person.payroll_number,
        name=person.name,
        department=person.department,
        employment_kind=person.employment_kind,
        pay_basis=person.pay_basis,
        taxable=row.taxable,
        reward_name=row.reward_name,
        reason=None,
        weeks=[
            WeekFacts(starts_on=week, points=points, cents=cents[week])
            for week, points in weeks.items()
        ],
    )


def _add_corrections(
    session: Session,
    drafts: Drafts,
    corrections: Sequence[DueCorrection],
    batch_id: UUID,
) -> None:
    """Add a line for each correction: of whom, and for which weeks, the corrected line says."""
    corrected: dict[UUID, LineFacts] = {}
    for owner in {one.organisation_id for one in corrections}:
        ids = {one.line_id for one in corrections}
        lines = queries.list_lines(session, organisation_id=owner, line_ids=ids)
        corrected |= {line.id: line for line in lines}
    for one in corrections:
        of = corrected[one.line_id]
        cents = spread(one.amount_cents, {week.starts_on: week.points for week in of.weeks})
        line = replace(
            of,
            id=new_id(),
            batch_id=batch_id,
            number=len(drafts.lines) + 1,
            kind=LineKind.CORRECTION,
            redemption_id=None,
            corrects_id=of.id,
            corrects_batch=one.batch_number,
            corrects_line=of.number,
            amount_cents=one.amount_cents,
            points=0,
            reason=one.reason,
            weeks=[
                WeekFacts(starts_on=week.starts_on, points=0, cents=cents[week.starts_on])
                for week in of.weeks
            ],
        )
        drafts.lines.append(line)
        drafts.carried.append(
            {"organisation_id": one.organisation_id, "correction_id": one.id, "line_id": line.id}
        )
