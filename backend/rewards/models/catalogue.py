"""What points are spent on: rewards, and who asked for one of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import Base, Owned, enum_column, of_organisation, reference
from backend.rewards.rules import RedemptionStatus, RewardKind


class Reward(Owned, Base):
    """Something in the catalogue; every change counts its version up."""

    __tablename__ = "rewards"

    version: Mapped[int]
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(1000))
    kind: Mapped[RewardKind] = mapped_column(enum_column(RewardKind))
    points: Mapped[int] = mapped_column(doc="Its price.")
    value_cents: Mapped[int] = mapped_column(doc="What it is worth in money, or costs.")
    currency: Mapped[str] = mapped_column(String(3), doc="ISO 4217.")
    taxable: Mapped[bool]
    days_off: Mapped[int | None] = mapped_column(doc="Of a vacation in days off work.")
    stock: Mapped[int | None] = mapped_column(doc="How many are left; None for any number.")
    offered_from: Mapped[datetime]
    offered_until: Mapped[datetime | None]
    employment_kinds: Mapped[list[str] | None] = mapped_column(
        JSON, doc="Who may have it; None for all."
    )
    least_resolved: Mapped[int] = mapped_column(doc="Requests to have resolved this season.")
    least_good_percent: Mapped[int] = mapped_column(doc="Share of good ratings this season.")
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        of_organisation(),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("value_cents >= 0", name="value_cents"),
        CheckConstraint("stock >= 0", name="stock"),
        CheckConstraint("days_off is null or kind = 'vacation'", name="days_off"),
        CheckConstraint("offered_until is null or offered_from < offered_until", name="offered"),
        CheckConstraint("least_resolved >= 0", name="least_resolved"),
        CheckConstraint("least_good_percent between 0 and 100", name="least_good_percent"),
    )


class Redemption(Owned, Base):
    """One employee asking for a reward, on the terms of the moment at which they asked."""

    __tablename__ = "redemptions"

    employee_id: Mapped[UUID]
    reward_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(doc="Counts up with every step.")
    status: Mapped[RedemptionStatus] = mapped_column(enum_column(RedemptionStatus))
    reward_name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[RewardKind] = mapped_column(enum_column(RewardKind))
    points: Mapped[int]
    value_cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    taxable: Mapped[bool]
    stock_taken: Mapped[bool] = mapped_column(
        doc="Whether one was taken from the stock, to be put back unless it is handed over."
    )
    season_id: Mapped[UUID | None] = mapped_column(
        doc="The one whose budget it is charged to; None where none had begun."
    )
    rolling_cents: Mapped[int] = mapped_column(
        BigInteger, doc="What this person asked for in 30 days, this one included."
    )
    approvals_needed: Mapped[int]
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(
        doc="When it expires unless somebody acts; None where it is over, or payroll has it."
    )

    __table_args__ = (
        reference("employee_id", "employees"),
        reference("reward_id", "rewards"),
        reference("season_id", "seasons"),
        UniqueConstraint("organisation_id", "id", "employee_id"),
        CheckConstraint("points > 0", name="points"),
        CheckConstraint("value_cents >= 0 and rolling_cents >= value_cents", name="cents"),
        CheckConstraint("approvals_needed between 1 and 2", name="approvals_needed"),
        CheckConstraint(
            "case status when 'asked' then due_at is not null when 'approved' then true"
            " else due_at is null end",
            name="due",
        ),
        Index(None, "organisation_id", "employee_id", "asked_at"),
        Index(None, "organisation_id", "status", "asked_at"),
        Index(None, "organisation_id", "season_id"),
        Index(None, "due_at"),
    )


class RedemptionApproval(Base):
    """That somebody else approved a redemption, as it was when they saw it; only ever added."""

    __tablename__ = "redemption_approvals"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    redemption_id: Mapped[UUID] = mapped_column(primary_key=True)
    approver_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(doc="Who asked.")
    approver_person: Mapped[str] = mapped_column(
        String(40), doc="The approver's payroll number at that moment: which person they are."
    )
    employee_person: Mapped[str] = mapped_column(String(40), doc="That of who asked.")
    seen_version: Mapped[int]
    at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "redemption_id", "employee_id"],
            ["redemptions.organisation_id", "redemptions.id", "redemptions.employee_id"],
        ),
        reference("approver_id", "employees"),
        Index(
            "uq_redemption_approvals_person",
            "organisation_id",
            "redemption_id",
            "approver_person",
            unique=True,
        ),
        CheckConstraint(
            "approver_id <> employee_id and approver_person <> employee_person", name="four_eyes"
        ),
    )


class RedemptionHistory(Base):
    """One step of a redemption; only ever added."""

    __tablename__ = "redemption_steps"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    redemption_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[RedemptionStatus] = mapped_column(enum_column(RedemptionStatus))
    actor_id: Mapped[UUID | None] = mapped_column(doc="None where time alone did it.")
    actor_person: Mapped[str | None] = mapped_column(
        String(40), doc="Their payroll number at that moment, if they had one."
    )
    reason: Mapped[str | None] = mapped_column(String(500))
    at: Mapped[datetime]

    __table_args__ = (reference("redemption_id", "redemptions"),)
