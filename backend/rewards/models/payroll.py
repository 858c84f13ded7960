"""What is handed to payroll: batches of lines, their files, corrections; rows are only added."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    LargeBinary,
    SmallInteger,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import Base, Owned, enum_column, of_organisation, reference, unique_where
from backend.foundation.spreadsheets import FileFormat
from backend.identity.rules import LONGEST_PAYROLL_NUMBER, EmploymentKind, PayBasis
from backend.rewards.workweeks import LineKind


class PayrollBatch(Owned, Base):
    """What is paid together, in one currency; its redemptions are fulfilled by acknowledgement."""

    __tablename__ = "payroll_batches"

    number: Mapped[int] = mapped_column(doc="Counts up within the organisation, without a gap.")
    made_by: Mapped[UUID]
    made_by_person: Mapped[str | None] = mapped_column(
        String(LONGEST_PAYROLL_NUMBER), doc="Their payroll number at that moment, if they had one."
    )
    made_at: Mapped[datetime]
    currency: Mapped[str] = mapped_column(String(3), doc="ISO 4217.")
    workweek_starts_on: Mapped[int] = mapped_column(SmallInteger, doc="0 is Monday, 6 Sunday.")
    line_count: Mapped[int]
    total_cents: Mapped[int] = mapped_column(BigInteger, doc="Below zero where more came back.")

    __table_args__ = (
        of_organisation(),
        reference("made_by", "employees"),
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "id", "made_by"),
        CheckConstraint("number > 0 and line_count > 0", name="counts"),
        CheckConstraint("workweek_starts_on between 0 and 6", name="workweek_starts_on"),
    )


class PayrollLine(Owned, Base):
    """One redemption that is paid, or one correction, with a copy of who was who then."""

    __tablename__ = "payroll_lines"

    batch_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(doc="From 1 within the batch.")
    kind: Mapped[LineKind] = mapped_column(enum_column(LineKind))
    employee_id: Mapped[UUID]
    redemption_id: Mapped[UUID | None] = mapped_column(doc="What a payment pays.")
    corrects_id: Mapped[UUID | None] = mapped_column(doc="The payment that a correction corrects.")
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    points: Mapped[int] = mapped_column(doc="What the payment was asked for with; 0 else.")
    badge_number: Mapped[str] = mapped_column(String(40))
    payroll_number: Mapped[str | None] = mapped_column(String(LONGEST_PAYROLL_NUMBER))
    name: Mapped[str] = mapped_column(String(120))
    department: Mapped[str] = mapped_column(String(120), doc="The cost centre.")
    employment_kind: Mapped[EmploymentKind] = mapped_column(enum_column(EmploymentKind))
    pay_basis: Mapped[PayBasis] = mapped_column(enum_column(PayBasis))
    taxable: Mapped[bool]
    reward_name: Mapped[str] = mapped_column(String(120))
    reason: Mapped[str | None] = mapped_column(String(500), doc="Of a correction.")

    __table_args__ = (
        reference("batch_id", "payroll_batches"),
        reference("employee_id", "employees"),
        reference("corrects_id", "payroll_lines"),
        ForeignKeyConstraint(
            ["organisation_id", "redemption_id", "employee_id"],
            ["redemptions.organisation_id", "redemptions.id", "redemptions.employee_id"],
        ),
        UniqueConstraint("organisation_id", "batch_id", "number"),
        UniqueConstraint("organisation_id", "id", "employee_id"),
        unique_where(
            "redemption_id is not null",
            "organisation_id",
            "redemption_id",
            name="uq_payroll_lines_redemption_id",
        ),
        CheckConstraint(
            "case when kind = 'payment' then redemption_id is not null and corrects_id is null"
            " and reason is null and amount_cents > 0 and points > 0"
            " else redemption_id is null and corrects_id is not null"
            " and reason is not null and amount_cents <> 0 and points = 0 end",
            name="kind",
        ),
    )


class PayrollLineWeek(Base):
    """The part of a line that was earned in one workweek."""

    __tablename__ = "payroll_line_weeks"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    starts_on: Mapped[date] = mapped_column(primary_key=True)
    points: Mapped[int]
    cents: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        reference("line_id", "payroll_lines"),
        CheckConstraint("points >= 0", name="points"),
    )


class PayrollLineSource(Base):
    """Points of one ledger transaction that a payment was asked for with."""

    __tablename__ = "payroll_line_sources"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    points: Mapped[int]
    earned_on: Mapped[date] = mapped_column(doc="The day of the event, or of the adjustment.")

    __table_args__ = (
        reference("line_id", "payroll_lines"),
        reference("transaction_id", "ledger_transactions"),
        CheckConstraint("points > 0", name="points"),
    )


class PayrollFile(Base):
    """A file of a batch, kept as it was made: another library would make other bytes."""

    __tablename__ = "payroll_files"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    format: Mapped[FileFormat] = mapped_column(enum_column(FileFormat), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64), doc="Of the content, in hexadecimal.")

    __table_args__ = (reference("batch_id", "payroll_batches"),)


class PayrollAcknowledgement(Base):
    """That payroll has a batch, by the hash of its CSV file; one for each."""

    __tablename__ = "payroll_acknowledgements"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    made_by: Mapped[UUID] = mapped_column(doc="Who made the batch.")
    acknowledged_by: Mapped[UUID]
    made_by_person: Mapped[str] = mapped_column(
        String(LONGEST_PAYROLL_NUMBER), doc="Which person they were at that moment."
    )
    acknowledged_by_person: Mapped[str] = mapped_column(String(LONGEST_PAYROLL_NUMBER))
    sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "batch_id", "made_by"],
            ["payroll_batches.organisation_id", "payroll_batches.id", "payroll_batches.made_by"],
        ),
        reference("acknowledged_by", "employees"),
        CheckConstraint(
            "acknowledged_by <> made_by and acknowledged_by_person <> made_by_person",
            name="four_eyes",
        ),
    )


class PayrollCorrection(Owned, Base):
    """That a payment was too much or too little; the next batch after its approval has it."""

    __tablename__ = "payroll_corrections"

    line_id: Mapped[UUID]
    employee_id: Mapped[UUID] = mapped_column(doc="Whose pay it is.")
    amount_cents: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(500))
    made_by: Mapped[UUID]
    made_by_person: Mapped[str | None] = mapped_column(
        String(LONGEST_PAYROLL_NUMBER), doc="Their payroll number at that moment, if they had one."
    )
    made_at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "line_id", "employee_id"],
            ["payroll_lines.organisation_id", "payroll_lines.id", "payroll_lines.employee_id"],
        ),
        reference("made_by", "employees"),
        UniqueConstraint("organisation_id", "id", "made_by", "employee_id"),
        CheckConstraint("amount_cents <> 0", name="amount_cents"),
        CheckConstraint("made_by <> employee_id", name="own"),
    )


class PayrollCorrectionDecision(Base):
    """That somebody else approved or declined a correction; one for each."""

    __tablename__ = "payroll_correction_decisions"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    correction_id: Mapped[UUID] = mapped_column(primary_key=True)
    made_by: Mapped[UUID] = mapped_column(doc="Who made the correction.")
    employee_id: Mapped[UUID] = mapped_column(doc="Whose pay it is.")
    decided_by: Mapped[UUID]
    made_by_person: Mapped[str] = mapped_column(
        String(LONGEST_PAYROLL_NUMBER), doc="Which person they were at that moment."
    )
    employee_person: Mapped[str] = mapped_column(String(LONGEST_PAYROLL_NUMBER))
    decided_by_person: Mapped[str] = mapped_column(String(LONGEST_PAYROLL_NUMBER))
    approved: Mapped[bool]
    at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "correction_id", "made_by", "employee_id"],
            [
                "payroll_corrections.organisation_id",
                "payroll_corrections.id",
                "payroll_corrections.made_by",
                "payroll_corrections.employee_id",
            ],
        ),
        reference("decided_by", "employees"),
        CheckConstraint(
            "decided_by not in (made_by, employee_id)"
            " and decided_by_person not in (made_by_person, employee_person)",
            name="four_eyes",
        ),
    )


class PayrollCarriedCorrection(Base):
    """The line that carries a correction; one for each."""

    __tablename__ = "payroll_carried_corrections"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    correction_id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID]

    __table_args__ = (
        reference("correction_id", "payroll_corrections"),
        reference("line_id", "payroll_lines"),
        UniqueConstraint("organisation_id", "line_id"),
    )
