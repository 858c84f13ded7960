"""The tables of venues."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import Base, Owned, enum_column, of_organisation, reference
from backend.venues.rules import ZoneKind


class Venue(Owned, Base):
    """An arena."""

    __tablename__ = "venues"

    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    time_zone: Mapped[str] = mapped_column(String(60), doc="IANA name.")
    capacity: Mapped[int]
    command_centre_phone: Mapped[str | None] = mapped_column(
        String(40), doc="Whom to call about safety, by day and by night."
    )

    __table_args__ = (
        of_organisation(),
        UniqueConstraint("organisation_id", "code"),
        CheckConstraint("capacity > 0", name="capacity"),
    )


class Zone(Owned, Base):
    """A part of a venue."""

    __tablename__ = "zones"

    venue_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[ZoneKind] = mapped_column(enum_column(ZoneKind))

    __table_args__ = (
        UniqueConstraint("organisation_id", "venue_id", "code"),
        reference("venue_id", "venues"),
    )


class Post(Owned, Base):
    """A place in a zone where somebody works."""

    __tablename__ = "posts"

    zone_id: Mapped[UUID]
    code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(120))

    __table_args__ = (
        UniqueConstraint("organisation_id", "zone_id", "code"),
        reference("zone_id", "zones"),
    )


class Season(Owned, Base):
    """A programme season: the period in which points count."""

    __tablename__ = "seasons"

    name: Mapped[str] = mapped_column(String(60))
    starts_on: Mapped[date]
    ends_on: Mapped[date] = mapped_column(doc="The last day.")

    __table_args__ = (
        of_organisation(),
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("starts_on <= ends_on", name="order"),
    )


class Event(Owned, Base):
    """A game or a concert."""

    __tablename__ = "events"

    code: Mapped[str] = mapped_column(String(60))
    venue_id: Mapped[UUID]
    season_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(160))
    held_on: Mapped[date] = mapped_column(doc="The venue's own date at the start.")
    doors_at: Mapped[datetime] = mapped_column(doc="When the gates open.")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    attendance: Mapped[int | None] = mapped_column(doc="People through the gates, once known.")

    __table_args__ = (
        UniqueConstraint("organisation_id", "code"),
        reference("venue_id", "venues"),
        reference("season_id", "seasons"),
        CheckConstraint("doors_at <= starts_at and starts_at < ends_at", name="order"),
        CheckConstraint("attendance >= 0", name="attendance"),
        Index(None, "organisation_id", "ends_at"),
    )


class Shift(Owned, Base):
    """An employee at a post during an event."""

    __tablename__ = "shifts"

    event_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    post_id: Mapped[UUID]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organisation_id", "employee_id", "event_id", "starts_at"),
        reference("event_id", "events"),
        reference("employee_id", "employees"),
        reference("post_id", "posts"),
        CheckConstraint("starts_at < ends_at", name="order"),
        Index(None, "organisation_id", "event_id", "post_id"),
        Index(None, "organisation_id", "employee_id", "starts_at"),
    )
