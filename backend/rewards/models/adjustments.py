"""What people change in the books afterwards, and the appeals against it; all only ever added."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import Base, Owned, enum_column, reference, unique_where
from backend.rewards.rules import (
    AdjustmentKind,
    AdjustmentStatus,
    AppealStatus,
    SourceKind,
)


class Adjustment(Owned, Base):
    """Points that somebody of HR gives or takes for a reason, or takes back from a source."""

    __tablename__ = "adjustments"

    kind: Mapped[AdjustmentKind] = mapped_column(enum_column(AdjustmentKind))
    author_id: Mapped[UUID]
    author_person: Mapped[str] = mapped_column(
        String(40), doc="The author's payroll number at that moment: which person they are."
    )
    reason: Mapped[str] = mapped_column(String(500))
    source_kind: Mapped[SourceKind | None] = mapped_column(enum_column(SourceKind))
    source_id: Mapped[UUID | None] = mapped_column(doc="What earned the points of a reversal.")
    season_id: Mapped[UUID | None] = mapped_column(
        doc="Whose budget holds the points: the season that had begun last when it was made."
    )
    made_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(
        doc="When it expires unless a second person decides; None where it takes only one."
    )

    __table_args__ = (
        reference("author_id", "employees"),
        reference("season_id", "seasons"),
        UniqueConstraint("organisation_id", "id", "author_id", "author_person"),
        CheckConstraint(
            "(kind = 'reversal') = (source_id is not null)"
            " and (kind = 'reversal') = (source_kind is not null)"
            " and coalesce(source_kind, 'request') in ('request', 'rating')",
            name="source",
        ),
        Index(None, "organisation_id", "made_at"),
        Index(None, "organisation_id", "season_id"),
        Index(None, "due_at"),
    )


class AdjustmentPart(Base):
    """What an adjustment means for one employee; a reversal has one for each whom it paid."""

    __tablename__ = "adjustment_parts"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    adjustment_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_person: Mapped[str] = mapped_column(String(40))
    author_id: Mapped[UUID]
    author_person: Mapped[str] = mapped_column(String(40))
    points: Mapped[int] = mapped_column(doc="Below zero where they are taken.")
    rolling_points: Mapped[int] = mapped_column(
        doc="What was given to and taken from this person in 30 days, this included."
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "adjustment_id", "author_id", "author_person"],
            [
                "adjustments.organisation_id",
                "adjustments.id",
                "adjustments.author_id",
                "adjustments.author_person",
            ],
            name="fk_adjustment_parts_adjustment",
        ),
        reference("employee_id", "employees"),
        CheckConstraint(
            "author_id <> employee_id and author_person <> employee_person", name="four_eyes"
        ),
        CheckConstraint("points <> 0 and rolling_points >= abs(points)", name="points"),
        Index(None, "organisation_id", "employee_id", "adjustment_id"),
    )


class AdjustmentEnd(Base):
    """That an adjustment took effect, was declined or expired: once."""

    __tablename__ = "adjustment_ends"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    adjustment_id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[AdjustmentStatus] = mapped_column(enum_column(AdjustmentStatus))
    author_id: Mapped[UUID]
    author_person: Mapped[str] = mapped_column(String(40))
    decider_id: Mapped[UUID | None] = mapped_column(
        doc="The second person; None where it took only one, or time alone did it."
    )
    decider_person: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str | None] = mapped_column(String(500), doc="Why it was declined.")
    at: Mapped[datetime]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "adjustment_id", "author_id", "author_person"],
            [
                "adjustments.organisation_id",
                "adjustments.id",
                "adjustments.author_id",
                "adjustments.author_person",
            ],
            name="fk_adjustment_ends_adjustment",
        ),
        reference("decider_id", "employees"),
        CheckConstraint(
            "author_id <> decider_id and author_person <> decider_person", name="four_eyes"
        ),
        CheckConstraint(
            "(decider_id is null) = (decider_person is null)"
            " and (status = 'declined') = (reason is not null)"
            " and case status when 'declined' then decider_id is not null"
            " when 'expired' then decider_id is null else status = 'applied' end",
            name="status",
        ),
    )


class Appeal(Owned, Base):
    """An employee asks somebody else to look again at what took points, or a wish, from them."""

    __tablename__ = "appeals"

    employee_id: Mapped[UUID]
    adjustment_id: Mapped[UUID | None]
    redemption_id: Mapped[UUID | None]
    statement: Mapped[str] = mapped_column(String(1000))
    made_at: Mapped[datetime]
    due_at: Mapped[datetime] = mapped_column(doc="When it is to be decided; it stays open after.")

    __table_args__ = (
        reference("employee_id", "employees"),
        # One's own part of an adjustment, and one's own redemption.
        ForeignKeyConstraint(
            ["organisation_id", "adjustment_id", "employee_id"],
            [
                "adjustment_parts.organisation_id",
                "adjustment_parts.adjustment_id",
                "adjustment_parts.employee_id",
            ],
        ),
        ForeignKeyConstraint(
            ["organisation_id", "redemption_id", "employee_id"],
            ["redemptions.organisation_id", "redemptions.id", "redemptions.employee_id"],
        ),
        UniqueConstraint("organisation_id", "id", "employee_id"),
        CheckConstraint("(adjustment_id is null) <> (redemption_id is null)", name="subject"),
        unique_where(
            "adjustment_id is not null",
            "organisation_id",
            "adjustment_id",
            "employee_id",
            name="uq_appeals_adjustment",
        ),
        unique_where(
            "redemption_id is not null",
            "organisation_id",
            "redemption_id",
            name="uq_appeals_redemption",
        ),
        Index(None, "organisation_id", "made_at"),
        Index(None, "organisation_id", "employee_id", "made_at"),
    )


class AppealDecision(Base):
    """How an appeal was decided, by whom, and what came of it: once."""

    __tablename__ = "appeal_decisions"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    appeal_id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[AppealStatus] = mapped_column(enum_column(AppealStatus))
    employee_id: Mapped[UUID]
    employee_person: Mapped[str] = mapped_column(String(40))
    decider_id: Mapped[UUID]
    decider_person: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]
    adjustment_id: Mapped[UUID | None] = mapped_column(doc="That gave the points back.")
    redemption_id: Mapped[UUID | None] = mapped_column(doc="In place of the declined one.")

    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "appeal_id", "employee_id"],
            ["appeals.organisation_id", "appeals.id", "appeals.employee_id"],
        ),
        reference("decider_id", "employees"),
        reference("adjustment_id", "adjustments"),
        reference("redemption_id", "redemptions"),
        CheckConstraint(
            "decider_id <> employee_id and decider_person <> employee_person", name="four_eyes"
        ),
        CheckConstraint(
            "case status"
            " when 'granted' then (adjustment_id is null) <> (redemption_id is null)"
            " when 'upheld' then adjustment_id is null and redemption_id is null"
            " else status = 'never' end",
            name="outcome",
        ),
        unique_where(
            "adjustment_id is not null",
            "organisation_id",
            "adjustment_id",
            name="uq_appeal_decisions_adjustment",
        ),
        unique_where(
            "redemption_id is not null",
            "organisation_id",
            "redemption_id",
            name="uq_appeal_decisions_redemption",
        ),
    )
