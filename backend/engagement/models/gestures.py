"""Gestures: what employees may give on the spot, within whose authority, and what they gave."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.engagement.rules.gestures import GestureCategory, GestureState, Withdrawal
from backend.foundation.db import (
    ROOM_TO_CHANGE,
    Base,
    Owned,
    enum_column,
    index_where,
    of_organisation,
    reference,
)
from backend.identity.permissions import Role

_WAITING = "state = 'waiting'"


class GestureKind(Owned, Base):
    """Something that may be given; what was given before keeps its name and price."""

    __tablename__ = "gesture_kinds"

    name: Mapped[str] = mapped_column(String(80))
    category: Mapped[GestureCategory] = mapped_column(enum_column(GestureCategory))
    cents: Mapped[int | None] = mapped_column(doc="Its price; None where the giver says it.")
    currency: Mapped[str] = mapped_column(String(3), doc="ISO 4217.")
    active: Mapped[bool]
    created_at: Mapped[datetime]

    __table_args__ = (
        of_organisation(),
        CheckConstraint("cents > 0", name="cents"),
    )


class GestureCap(Base):
    """How much somebody with a role may give at one event; without a row it is nothing."""

    __tablename__ = "gesture_caps"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role), primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    cents: Mapped[int]

    __table_args__ = (
        of_organisation(),
        CheckConstraint("cents > 0", name="cents"),
    )


class GestureSpending(Base):
    """What an employee has given at an event within their own authority."""

    __tablename__ = "gesture_spendings"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(String(3), primary_key=True)
    spent_cents: Mapped[int]
    cap_cents: Mapped[int] = mapped_column(doc="The cap when something was last given.")

    __table_args__ = (
        reference("event_id", "events"),
        reference("employee_id", "employees"),
        CheckConstraint("spent_cents between 0 and cap_cents", name="cap"),
        ROOM_TO_CHANGE,
    )


class Gesture(Owned, Base):
    """A make-good for a fan: given, or waiting for a supervisor until it is given or withdrawn.

    Its id is the phone's.
    """

    __tablename__ = "gestures"

    request_id: Mapped[UUID]
    event_id: Mapped[UUID]
    season_id: Mapped[UUID]
    venue_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    kind_id: Mapped[UUID]
    kind_name: Mapped[str] = mapped_column(String(80))
    category: Mapped[GestureCategory] = mapped_column(enum_column(GestureCategory))
    cents: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    seat: Mapped[str | None] = mapped_column(String(40))
    seat_key: Mapped[str | None] = mapped_column(
        String(40), doc="The seat without what people write differently."
    )
    state: Mapped[GestureState] = mapped_column(enum_column(GestureState))
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), doc="Of its receipt's code.")
    asked_at: Mapped[datetime] = mapped_column(doc="By the server's judgement.")
    given_at: Mapped[datetime | None]
    allowed_by: Mapped[UUID | None] = mapped_column(
        doc="Who added it where it was more than its giver had left."
    )
    withdrawn_at: Mapped[datetime | None]
    withdrawal: Mapped[Withdrawal | None] = mapped_column(
        enum_column(Withdrawal), doc="Why it was not given."
    )
    withdrawn_by: Mapped[UUID | None] = mapped_column(
        doc="Who took it back or declined it; None where its request was over."
    )
    decline_reason: Mapped[str | None] = mapped_column(String(280))
    claimed_at: Mapped[datetime | None]
    claimed_by: Mapped[UUID | None] = mapped_column(doc="Who handed it out.")

    __table_args__ = (
        UniqueConstraint("organisation_id", "code_hash"),
        reference("request_id", "requests"),
        reference("event_id", "events"),
        reference("season_id", "seasons"),
        reference("venue_id", "venues"),
        reference("employee_id", "employees"),
        reference("kind_id", "gesture_kinds"),
        reference("allowed_by", "employees"),
        reference("withdrawn_by", "employees"),
        reference("claimed_by", "employees"),
        CheckConstraint("cents > 0", name="cents"),
        CheckConstraint("(state = 'given') = (given_at is not null)", name="given"),
        CheckConstraint("allowed_by is null or state = 'given'", name="allowed"),
        CheckConstraint("allowed_by <> employee_id", name="four_eyes"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at is not null)", name="withdrawn"),
        CheckConstraint("(withdrawn_at is null) = (withdrawal is null)", name="withdrawn_why"),
        CheckConstraint(
            "(withdrawn_by is not null)"
            " = (withdrawal is not null and withdrawal in ('taken_back', 'declined'))",
            name="withdrawn_by",
        ),
        CheckConstraint(
            "(decline_reason is not null) = (withdrawal is not null and withdrawal = 'declined')",
            name="decline_reason",
        ),
        CheckConstraint("(claimed_at is null) = (claimed_by is null)", name="claimed"),
        CheckConstraint("claimed_at is null or state = 'given'", name="claimed_state"),
        CheckConstraint("claimed_by <> employee_id", name="claimed_by"),
        Index(None, "organisation_id", "event_id", "employee_id"),
        Index(None, "organisation_id", "season_id", "seat_key"),
        Index(None, "organisation_id", "asked_at"),
        index_where(_WAITING, "organisation_id", "request_id", name="ix_gestures_waiting"),
    )
