"""When the points of a season expire, and whose are to be looked at."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import Base, reference


class PointsExpiry(Base):
    """The day on which a season's points expire; a promise, so that it is only moved later."""

    __tablename__ = "points_expiries"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    season_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    expires_on: Mapped[date] = mapped_column(doc="The last day on which they can be spent.")
    begun_at: Mapped[datetime | None] = mapped_column(
        doc="When they began to expire; from then on the day stays."
    )

    __table_args__ = (reference("season_id", "seasons"),)


class PointsToExpire(Base):
    """An employee whose points of a season are to expire, gone once they have.

    There is a row for everybody who earned in the season once its day is over, and it stays, or
    comes anew, where points are kept for longer or come back later.
    """

    __tablename__ = "points_to_expire"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    season_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    due_at: Mapped[datetime] = mapped_column(doc="When the first of them do.")

    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "season_id"],
            ["points_expiries.organisation_id", "points_expiries.season_id"],
        ),
        reference("employee_id", "employees"),
        Index(None, "due_at"),
    )
