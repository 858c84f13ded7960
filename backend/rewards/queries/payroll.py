"""Reads of what was handed to payroll."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from backend.foundation.spreadsheets import FileFormat
from backend.identity.rules import EmploymentKind, PayBasis
from backend.rewards.models import (
    PayrollAcknowledgement,
    PayrollBatch,
    PayrollFile,
    PayrollLine,
    PayrollLineWeek,
)
from backend.rewards.problems import BatchNotFound, LineNotFound
from backend.rewards.workweeks import LineKind, last_day_of


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchFacts:
    """A batch; the hashes are those of its files, by format, in hexadecimal."""

    id: UUID
    number: int
    made_by: UUID
    made_by_person: str | None
    made_at: datetime
    currency: str
    workweek_starts_on: int
    line_count: int
    total_cents: int
    acknowledged_by: UUID | None
    acknowledged_at: datetime | None
    sha256: Mapping[FileFormat, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class WeekFacts:
    """The part of a line that was earned in one workweek."""

    starts_on: date
    points: int
    cents: int

    @property
    def ends_on(self) -> date:
        """Return the last day of the week."""
        return last_day_of(self.starts_on)


@dataclass(frozen=True, kw_only=True, slots=True)
class LineFacts:
    """A line, with the numbers of the batch and line that a correction corrects."""

    id: UUID
    batch_id: UUID
    number: int
    kind: LineKind
    employee_id: UUID
    redemption_id: UUID | None
    corrects_id: UUID | None
    corrects_batch: int | None
    corrects_line: int | None
    amount_cents: int
    points: int
    badge_number: str
    payroll_number: str | None
    name: str
    department: str
    employment_kind: EmploymentKind
    pay_basis: PayBasis
    taxable: bool
    reward_name: str
    reason: str | None
    weeks: Sequence[WeekFacts] = field(default_factory=list)


_BATCH = tuple(
    PayrollBatch.__table__.c[name]
    for name in BatchFacts.__dataclass_fields__
    if name not in {"acknowledged_by", "acknowledged_at", "sha256"}
)
NOT_OF_THE_TABLE = frozenset({"corrects_batch", "corrects_line", "weeks"})
_LINE = tuple(
    PayrollLine.__table__.c[name]
    for name in LineFacts.__dataclass_fields__
    if name not in NOT_OF_THE_TABLE
)


def list_batches(
    session: Session, *, organisation_id: UUID, below: int | None = None, limit: int = 50
) -> list[BatchFacts]:
    """Return at most ``limit`` batches with numbers under ``below``, the newest first."""
    query = _batches(organisation_id).order_by(PayrollBatch.number.desc()).limit(limit)
    if below is not None:
        query = query.where(PayrollBatch.number < below)
    return _batch_facts(session, organisation_id, query)


def get_batch(session: Session, *, organisation_id: UUID, batch_id: UUID) -> BatchFacts:
    """Return a batch; raises BatchNotFound."""
    query = _batches(organisation_id).where(PayrollBatch.id == batch_id)
    for batch in _batch_facts(session, organisation_id, query):
        return batch
    raise BatchNotFound


def find_last_number(session: Session, *, organisation_id: UUID) -> int:
    """Return the number of the newest batch, 0 before the first."""
    numbers = select(func.max(PayrollBatch.number)).where(
        PayrollBatch.organisation_id == organisation_id
    )
    return session.scalar(numbers) or 0


def get_file(
    session: Session, *, organisation_id: UUID, batch_id: UUID, kind: FileFormat
) -> tuple[int, bytes]:
    """Return the number of a batch and its file as it was made; raises BatchNotFound."""
    its_batch = and_(
        PayrollBatch.organisation_id == PayrollFile.organisation_id,
        PayrollBatch.id == PayrollFile.batch_id,
    )
    row = session.execute(
        select(PayrollBatch.number, PayrollFile.content)
        .join(PayrollBatch, its_batch)
        .where(
            PayrollFile.organisation_id == organisation_id,
            PayrollFile.batch_id == batch_id,
            PayrollFile.format == kind,
        )
    ).first()
    if row is None:
        raise BatchNotFound
    return row.number, row.content


def list_lines(
    session: Session,
    *,
    organisation_id: UUID,
    batch_id: UUID | None = None,
    line_ids: Collection[UUID] | None = None,
) -> list[LineFacts]:
    """Return the lines of a batch, or some by their ids, by number, each with its weeks."""
    corrected, its_batch = aliased(PayrollLine), aliased(PayrollBatch)
    query = (
        select(
            *_LINE,
            its_batch.number.label("corrects_batch"),
            corrected.number.label("corrects_line"),
        )
        .outerjoin(
            corrected,
            and_(
                corrected.organisation_id == PayrollLine.organisation_id,
                corrected.id == PayrollLine.corrects_id,
            ),
        )
        .outerjoin(
            its_batch,
            and_(
                its_batch.organisation_id == corrected.organisation_id,
                its_batch.id == corrected.batch_id,
            ),
        )
        .where(PayrollLine.organisation_id == organisation_id)
        .order_by(PayrollLine.batch_id, PayrollLine.number)
    )
    if batch_id is not None:
        query = query.where(PayrollLine.batch_id == batch_id)
    if line_ids is not None:
        query = query.where(PayrollLine.id.in_(line_ids))
    rows = session.execute(query).all()
    weeks = _weeks(session, organisation_id, [row.id for row in rows])
    return [LineFacts(**row._mapping, weeks=weeks[row.id]) for row in rows]


def get_line(session: Session, *, organisation_id: UUID, line_id: UUID) -> LineFacts:
    """Return a line; raises LineNotFound."""
    for line in list_lines(session, organisation_id=organisation_id, line_ids=[line_id]):
        return line
    raise LineNotFound


def _weeks(
    session: Session, organisation_id: UUID, line_ids: Collection[UUID]
) -> dict[UUID, list[WeekFacts]]:
    weeks: dict[UUID, list[WeekFacts]] = {line_id: [] for line_id in line_ids}
    for row in session.scalars(
        select(PayrollLineWeek)
        .where(
            PayrollLineWeek.organisation_id == organisation_id,
            PayrollLineWeek.line_id.in_(line_ids),
        )
        .order_by(PayrollLineWeek.starts_on)
    ):
        weeks[row.line_id].append(
            WeekFacts(starts_on=row.starts_on, points=row.points, cents=row.cents)
        )
    return weeks


def _batches(organisation_id: UUID) -> Select[*tuple[Any, ...]]:
    acknowledged = and_(
        PayrollAcknowledgement.organisation_id == PayrollBatch.organisation_id,
        PayrollAcknowledgement.batch_id == PayrollBatch.id,
    )
    return (
        select(
            *_BATCH,
            PayrollAcknowledgement.acknowledged_by,
            PayrollAcknowledgement.at.label("acknowledged_at"),
        )
        .outerjoin(PayrollAcknowledgement, acknowledged)
        .where(PayrollBatch.organisation_id == organisation_id)
    )


def _batch_facts(
    session: Session, organisation_id: UUID, query: Select[*tuple[Any, ...]]
) -> list[BatchFacts]:
    rows = session.execute(query).all()
    hashes: dict[UUID, dict[FileFormat, str]] = {row.id: {} for row in rows}
    for batch_id, kind, sha256 in session.execute(
        select(PayrollFile.batch_id, PayrollFile.format, PayrollFile.sha256).where(
            PayrollFile.organisation_id == organisation_id, PayrollFile.batch_id.in_(hashes)
        )
    ):
        hashes[batch_id][kind] = sha256
    return [BatchFacts(**row._mapping, sha256=hashes[row.id]) for row in rows]
