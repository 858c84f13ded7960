"""What a season may cost: the programme's wallet."""

from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import Base, reference


class SeasonBudget(Base):
    """The wallet of one season; every change counts its version up, and is audited."""

    __tablename__ = "season_budgets"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    season_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    points: Mapped[int] = mapped_column(
        doc="How many the season is meant to give; earned ones are never refused."
    )
    cents: Mapped[int] = mapped_column(doc="What may be committed; never exceeded.")
    currency: Mapped[str] = mapped_column(String(3), doc="ISO 4217.")

    __table_args__ = (
        reference("season_id", "seasons"),
        CheckConstraint("points >= 0", name="points"),
        CheckConstraint("cents >= 0", name="cents"),
    )
