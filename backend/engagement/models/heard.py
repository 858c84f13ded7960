"""What fans asked for and what was done about it, as HR says it; and whether that works."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.engagement.rules import Category, CommentState
from backend.engagement.rules.heard import LONGEST_ASKED, LONGEST_DONE, LONGEST_WHY, Works
from backend.foundation.db import ROOM_TO_CHANGE, Base, Owned, enum_column, reference


class HeardEntry(Owned, Base):
    """Something that fans of a venue asked for, and what was done; its words are its versions."""

    __tablename__ = "heard_entries"

    venue_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(doc="The latest; each writing or withdrawal is one.")
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        reference("venue_id", "venues"),
        CheckConstraint("version > 0", name="version"),
        Index(None, "organisation_id", "venue_id"),
    )


class HeardVersion(Base):
    """An entry as it was written; only ever added."""

    __tablename__ = "heard_versions"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    category: Mapped[Category | None] = mapped_column(enum_column(Category))
    asked: Mapped[str] = mapped_column(String(LONGEST_ASKED))
    done: Mapped[str] = mapped_column(String(LONGEST_DONE))
    withdrawn: Mapped[bool]
    written_by: Mapped[UUID]
    written_at: Mapped[datetime]

    __table_args__ = (
        reference("entry_id", "heard_entries"),
        reference("written_by", "employees"),
        CheckConstraint("number > 0", name="number"),
    )


class HeardAnswer(Owned, Base):
    """Whether something works for one fan; one for each device and entry.

    The device is a hash that is another one for every entry, so that no two answers can be told
    to be of the same fan.
    """

    __tablename__ = "heard_answers"

    entry_id: Mapped[UUID]
    device_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    works: Mapped[Works] = mapped_column(enum_column(Works))
    why: Mapped[str | None] = mapped_column(String(LONGEST_WHY), doc="Why not yet; said once.")
    why_state: Mapped[CommentState] = mapped_column(enum_column(CommentState))
    answered_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organisation_id", "entry_id", "device_hash"),
        reference("entry_id", "heard_entries"),
        CheckConstraint("(why is null) = (why_state = 'none')", name="why"),
        CheckConstraint("why is null or works = 'not_yet'", name="not_yet"),
        Index(None, "organisation_id", "why_state", "answered_at"),
        ROOM_TO_CHANGE,
    )
