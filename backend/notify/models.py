"""The tables of notify."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import ROOM_TO_CHANGE, Base, Owned, enum_column, index_where, reference
from backend.notify.messages import MessageKind, MessageState, TargetKind

_WAITING, _ENDED = "state = 'waiting'", "state <> 'waiting'"


class OutboxMessage(Owned, Base):
    """One message to one employee, in the inbox until it is old."""

    __tablename__ = "outbox_messages"

    recipient_id: Mapped[UUID]
    kind: Mapped[MessageKind] = mapped_column(enum_column(MessageKind))
    subject_id: Mapped[UUID] = mapped_column(doc="What it is about; who reads it asks for it.")
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    state: Mapped[MessageState] = mapped_column(enum_column(MessageState))
    due_at: Mapped[datetime] = mapped_column(doc="When it is tried next.")
    push_until: Mapped[datetime] = mapped_column(doc="When it is given up.")
    reached: Mapped[bool] = mapped_column(doc="A phone has it; what else fails holds up nothing.")
    failures: Mapped[int]
    last_failure: Mapped[str | None] = mapped_column(String(200))
    lease_id: Mapped[UUID | None] = mapped_column(doc="The relay's pass that has it in hand.")
    leased_until: Mapped[datetime | None]

    __table_args__ = (
        reference("recipient_id", "employees"),
        CheckConstraint("failures >= 0", name="failures"),
        CheckConstraint("(lease_id is null) = (leased_until is null)", name="lease"),
        CheckConstraint("lease_id is null or state = 'waiting'", name="leased_state"),
        Index(None, "organisation_id", "recipient_id", "id"),
        index_where(_ENDED, "at", name="ix_outbox_messages_ended"),
        index_where(_WAITING, "due_at", name="ix_outbox_messages_waiting"),
        index_where(
            _WAITING, "organisation_id", "recipient_id", "id", name="ix_outbox_messages_in_order"
        ),
        ROOM_TO_CHANGE,
    )


class PushTarget(Base):
    """How a push service reaches an employee on one of their phones."""

    __tablename__ = "push_targets"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[TargetKind] = mapped_column(enum_column(TargetKind))
    value: Mapped[str] = mapped_column(String(400))
    put_at: Mapped[datetime]

    __table_args__ = (
        reference("employee_id", "employees"),
        reference("device_id", "devices"),
    )


class PushDelivery(Base):
    """That a push service took a message for a phone: it is not pushed there again."""

    __tablename__ = "push_deliveries"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    message_id: Mapped[UUID] = mapped_column(primary_key=True)
    device_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]

    __table_args__ = (
        reference("message_id", "outbox_messages"),
        reference("device_id", "devices"),
    )
