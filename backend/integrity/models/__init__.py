"""The tables of integrity: what is seen, and for how long. Nothing of it is kept for long."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import ONE_TREE, Base, enum_column, of_organisation
from backend.integrity.rules.retentions import (
    LEAST_SIGNAL_DAYS,
    LEAST_WORD_DAYS,
    MOST_SIGNAL_DAYS,
    MOST_WORD_DAYS,
)
from backend.integrity.rules.suspicions import HASH_BYTES, SALT_BYTES, Suspicion


class SignalSalt(Base):
    """What a day's sightings are hashed with, gone when the day is over.

    It is the installation's: whose code it is that a phone brings is known only after hashing.
    """

    __tablename__ = "signal_salts"

    day: Mapped[date] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary(SALT_BYTES))


class SightingRow(Base):
    """What was seen of the phone that rated: hashes alone, and for some weeks.

    It has no index but its key, which begins with what every rating asks for.
    """

    __tablename__ = "sightings"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True, doc="Who was rated.")
    seen_at: Mapped[datetime] = mapped_column(primary_key=True)
    rating_id: Mapped[UUID] = mapped_column(primary_key=True)
    browser: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))
    device: Mapped[bytes] = mapped_column(LargeBinary(HASH_BYTES))

    # Without a reference to the rating: it is written with it, and gone long before it could be.
    __table_args__ = (ONE_TREE,)


class RequestSignal(Base):
    """What was seen when a fan's request was asked for, or solved, that its rating is held for."""

    __tablename__ = "request_signals"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    suspicion: Mapped[Suspicion] = mapped_column(enum_column(Suspicion), primary_key=True)
    seen_at: Mapped[datetime]

    # Without a reference to the request, as sightings have none to the rating.
    __table_args__ = (ONE_TREE,)


class ScoreSuggestion(Base):
    """Whether somebody suggested a score, as the fan says who was asked; it moves no point."""

    __tablename__ = "score_suggestions"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True, doc="Who was rated.")
    rating_id: Mapped[UUID] = mapped_column(primary_key=True)
    suggested: Mapped[bool]
    said_at: Mapped[datetime]

    __table_args__ = (ONE_TREE,)


class Retention(Base):
    """For how long an organisation keeps what fans wrote, and signals; without a row the usual."""

    __tablename__ = "retentions"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    word_days: Mapped[int]
    signal_days: Mapped[int]
    changed_at: Mapped[datetime]

    __table_args__ = (
        of_organisation(),
        CheckConstraint(
            f"word_days between {LEAST_WORD_DAYS} and {MOST_WORD_DAYS}", name="word_days"
        ),
        CheckConstraint(
            f"signal_days between {LEAST_SIGNAL_DAYS} and {MOST_SIGNAL_DAYS}", name="signal_days"
        ),
    )
