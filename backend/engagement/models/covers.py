"""The tables of what happens around a request: posts left, help called for, what is owed later."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import ROOM_TO_CHANGE, Base, Owned, index_where, reference, unique_where

_OPEN = "ended_at is null"
_UNCOVERED = "ended_at is null and covered_by is null"
_UNANSWERED = "ended_at is null and covered_by is null and escalated_at is null"
_NOT_DONE = "done_at is null"


class PostCover(Owned, Base):
    """A post that its employee has left to help, and who stands in meanwhile, if anybody does.

    One for each time that somebody is away, whatever they take in hand before they are back.
    """

    __tablename__ = "post_covers"

    event_id: Mapped[UUID]
    post_id: Mapped[UUID]
    request_id: Mapped[UUID] = mapped_column(doc="One in hand that keeps them away.")
    left_by: Mapped[UUID]
    left_at: Mapped[datetime] = mapped_column(doc="By the server's judgement.")
    asked_id: Mapped[UUID | None] = mapped_column(doc="The colleague who was asked last.")
    asked_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None] = mapped_column(doc="When supervisors were asked.")
    covered_by: Mapped[UUID | None]
    covered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None] = mapped_column(doc="When nothing kept them away any more.")

    __table_args__ = (
        unique_where(_OPEN, "organisation_id", "left_by", "post_id", name="uq_post_covers_away"),
        unique_where(_OPEN, "organisation_id", "request_id", name="uq_post_covers_request"),
        unique_where(_OPEN, "organisation_id", "covered_by", name="uq_post_covers_covering"),
        reference("event_id", "events"),
        reference("post_id", "posts"),
        reference("request_id", "requests"),
        reference("left_by", "employees"),
        reference("asked_id", "employees"),
        reference("covered_by", "employees"),
        CheckConstraint("(asked_id is null) = (asked_at is null)", name="asked"),
        CheckConstraint("(covered_by is null) = (covered_at is null)", name="covered"),
        CheckConstraint("covered_by <> left_by", name="own_post"),
        index_where(_UNCOVERED, "organisation_id", "asked_id", name="ix_post_covers_asked"),
        index_where(_UNANSWERED, "left_at", name="ix_post_covers_unanswered"),
        ROOM_TO_CHANGE,
    )


class RequestEscalation(Base):
    """That more people were asked to help with an open request, once for each time it was open."""

    __tablename__ = "request_escalations"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    opening: Mapped[int] = mapped_column(
        primary_key=True, doc="The number of the step that left it open."
    )
    near_at: Mapped[datetime] = mapped_column(doc="When colleagues near it were told.")
    supervisors_at: Mapped[datetime | None] = mapped_column(doc="When supervisors were told.")

    __table_args__ = (reference("request_id", "requests"),)


class RequestFollowUp(Base):
    """What the house still owes a fan after the event, and who sees to it within 24 hours."""

    __tablename__ = "request_follow_ups"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(doc="Who sees to it.")
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[UUID | None]
    note: Mapped[str | None] = mapped_column(String(280), doc="What was done about it.")

    __table_args__ = (
        reference("request_id", "requests"),
        reference("employee_id", "employees"),
        reference("done_by", "employees"),
        CheckConstraint("(done_at is null) = (done_by is null)", name="done_by"),
        CheckConstraint("(done_at is null) = (note is null)", name="done_note"),
        index_where(_NOT_DONE, "organisation_id", "due_at", name="ix_request_follow_ups_to_do"),
    )
