"""The tables of integrity; nothing in them is kept for long."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import ONE_TREE, Base
from backend.integrity.rules.suspicions import HASH_BYTES, SALT_BYTES


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
