"""The tables of venues."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import (
    Base,
    Owned,
    enum_column,
    of_organisation,
    reference,
    unique_where,
)
from backend.identity.rules import LONGEST_PAYROLL_NUMBER
from backend.venues.rules import ReopeningStatus, SeasonStatus, ZoneKind


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
    status: Mapped[SeasonStatus] = mapped_column(
        enum_column(SeasonStatus), default=SeasonStatus.OPEN
    )
    closes_at: Mapped[datetime | None] = mapped_column(doc="From then on what is new is late.")
    freezes_at: Mapped[datetime | None] = mapped_column(
        doc="From then on nothing moves its boards, not even a reversal."
    )

    __table_args__ = (
        of_organisation(),
        UniqueConstraint("organisation_id", "name"),
        CheckConstraint("starts_on <= ends_on", name="order"),
        CheckConstraint(
            "(status = 'open') = (closes_at is null) and (status = 'open') = (freezes_at is null)",
            name="closing",
        ),
        CheckConstraint("closes_at < freezes_at", name="settling"),
    )


class SeasonSnapshot(Base):
    """What a season came to when it was closed; only ever added."""

    __tablename__ = "season_snapshots"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    season_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, doc="From 1; each closing adds one.")
    document: Mapped[dict[str, Any]]
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32), doc="Of the document's one form.")
    made_at: Mapped[datetime]

    __table_args__ = (
        reference("season_id", "seasons"),
        CheckConstraint("number > 0", name="number"),
    )


class SeasonReopening(Owned, Base):
    """Somebody's wish to reopen a season, which takes a second person."""

    __tablename__ = "season_reopenings"

    season_id: Mapped[UUID]
    status: Mapped[ReopeningStatus] = mapped_column(enum_column(ReopeningStatus))
    reason: Mapped[str] = mapped_column(String(500))
    asked_by: Mapped[UUID]
    asked_by_person: Mapped[str] = mapped_column(
        String(LONGEST_PAYROLL_NUMBER),
        doc="Which person it was at that moment.",
    )
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    approved_by: Mapped[UUID | None]
    approved_by_person: Mapped[str | None] = mapped_column(String(LONGEST_PAYROLL_NUMBER))
    approved_at: Mapped[datetime | None]

    __table_args__ = (
        reference("season_id", "seasons"),
        reference("asked_by", "employees"),
        reference("approved_by", "employees"),
        CheckConstraint(
            "asked_by <> approved_by and asked_by_person <> approved_by_person", name="four_eyes"
        ),
        CheckConstraint(
            "(status = 'approved') = (approved_by is not null)"
            " and (status = 'approved') = (approved_by_person is not null)"
            " and (status = 'approved') = (approved_at is not null)",
            name="approved",
        ),
        Index(None, "organisation_id", "season_id", "asked_at"),
        unique_where(
            "status = 'asked'",
            "organisation_id",
            "season_id",
            name="uq_season_reopenings_asked",
        ),
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
