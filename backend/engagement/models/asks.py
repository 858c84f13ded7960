"""What fans ask for themselves, from the code of a place, and how often that is taken."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import (
    ROOM_TO_CHANGE,
    Base,
    Owned,
    index_where,
    of_organisation,
    reference,
)


class Ask(Owned, Base):
    """What a fan follows: a request, and those that were opened since because it was not solved.

    Its id is made by the page or the client that asks and told to nobody else: asking again under
    it gives the same token. One that a fan began on the page of ratings has its invitation's id.
    """

    __tablename__ = "asks"

    request_id: Mapped[UUID] = mapped_column(doc="The latest one.")
    event_id: Mapped[UUID]
    zone_id: Mapped[UUID]
    post_id: Mapped[UUID | None] = mapped_column(doc="Whose code was scanned, if a post's.")
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    fingerprint: Mapped[bytes | None] = mapped_column(
        LargeBinary(32), doc="SHA-256 of what was sent, if anything was; it goes in time."
    )
    asked_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organisation_id", "request_id"),
        reference("request_id", "requests"),
        reference("event_id", "events"),
        reference("zone_id", "zones"),
        reference("post_id", "posts"),
        Index(None, "organisation_id", "event_id", "zone_id"),
        index_where(
            "fingerprint is not null",
            "organisation_id",
            "asked_at",
            name="ix_asks_fingerprints",
        ),
        ROOM_TO_CHANGE,
    )


class AskVersion(Base):
    """Which of a venue's printed codes are good: those of this version; without a row the first."""

    __tablename__ = "ask_versions"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    venue_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int]
    renewed_at: Mapped[datetime]

    __table_args__ = (
        reference("venue_id", "venues"),
        CheckConstraint("version between 2 and 65535", name="version"),
    )


class FanTurn(Base):
    """How often fans, who have no account to count by, had a turn at something in a while.

    That is a place at which they ask, or something that they say whether it works for them.
    """

    __tablename__ = "fan_turns"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(doc="When the while began.")
    taken: Mapped[int]

    __table_args__ = (
        of_organisation(),
        CheckConstraint("taken > 0", name="taken"),
        ROOM_TO_CHANGE,
    )
