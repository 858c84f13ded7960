"""Ratings that wait for a person: why each was held, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.engagement.rules import LONGEST_REASON, ReviewDecision
from backend.foundation.db import Base, enum_column, reference
from backend.identity.rules import LONGEST_PAYROLL_NUMBER


class RatingHold(Base):
    """Why a rating was not believed when it came; only ever added."""

    __tablename__ = "rating_holds"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    rating_id: Mapped[UUID] = mapped_column(primary_key=True)
    suspicions: Mapped[str] = mapped_column(
        String(200), doc="Suspicions of the rules of integrity, with a space between."
    )
    held_at: Mapped[datetime]

    __table_args__ = (
        reference("rating_id", "ratings"),
        CheckConstraint("suspicions <> ''", name="suspicions"),
    )


class RatingQuestion(Base):
    """What somebody wants to know before a held rating is decided on; only ever added."""

    __tablename__ = "rating_questions"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    rating_id: Mapped[UUID]
    asked_by: Mapped[UUID]
    question: Mapped[str] = mapped_column(String(LONGEST_REASON))
    asked_at: Mapped[datetime]

    __table_args__ = (
        Index(None, "organisation_id", "rating_id"),
        reference("rating_id", "ratings"),
        reference("asked_by", "employees"),
    )


class RatingDecision(Base):
    """What became of a held rating, once and for ever; only ever added."""

    __tablename__ = "rating_decisions"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    rating_id: Mapped[UUID] = mapped_column(primary_key=True)
    decision: Mapped[ReviewDecision] = mapped_column(enum_column(ReviewDecision))
    decided_by: Mapped[UUID | None] = mapped_column(doc="None where it lapsed.")
    decided_person: Mapped[str | None] = mapped_column(
        String(LONGEST_PAYROLL_NUMBER), doc="The payroll number of who decided, as it was then."
    )
    reason: Mapped[str | None] = mapped_column(String(LONGEST_REASON))
    answers: Mapped[int] = mapped_column(doc="How many answers the fan had given by then.")
    decided_at: Mapped[datetime]

    __table_args__ = (
        reference("rating_id", "ratings"),
        reference("decided_by", "employees"),
        CheckConstraint("(decision = 'lapsed') = (decided_by is null)", name="decided_by"),
        CheckConstraint("(decided_by is null) = (reason is null)", name="reason"),
        CheckConstraint("(decided_by is null) = (decided_person is null)", name="decided_person"),
    )
