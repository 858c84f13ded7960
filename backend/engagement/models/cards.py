"""Cards: printed in packs, handed out at a post, rated later by whoever got one."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import (
    ROOM_TO_CHANGE,
    Base,
    Owned,
    of_organisation,
    reference,
)


class CardSerial(Base):
    """The last serial of an organisation; whoever counts on locks it, so that none is left out."""

    __tablename__ = "card_serials"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_serial: Mapped[int]

    __table_args__ = (of_organisation(),)


class CardPack(Owned, Base):
    """Cards that are printed together, with a code for all of them; only ever added."""

    __tablename__ = "card_packs"

    first_serial: Mapped[int]
    last_serial: Mapped[int]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    post_id: Mapped[UUID | None] = mapped_column(doc="For which post, if HR said.")
    note: Mapped[str | None] = mapped_column(String(200))
    created_by: Mapped[UUID]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organisation_id", "first_serial"),
        reference("post_id", "posts"),
        reference("created_by", "employees"),
        CheckConstraint("first_serial > 0", name="first_serial"),
        CheckConstraint("last_serial - first_serial between 9 and 499", name="size"),
    )


class CardScan(Owned, Base):
    """Cards taken to hand out, by whom and where; only ever added. Its id is the phone's."""

    __tablename__ = "card_scans"

    employee_id: Mapped[UUID]
    event_id: Mapped[UUID]
    shift_id: Mapped[UUID | None]
    post_id: Mapped[UUID | None]
    first_serial: Mapped[int]
    last_serial: Mapped[int]
    bound: Mapped[int] = mapped_column(doc="How many of these cards it bound.")
    scanned_at: Mapped[datetime] = mapped_column(doc="By the server's judgement.")
    received_at: Mapped[datetime]

    __table_args__ = (
        reference("employee_id", "employees"),
        reference("event_id", "events"),
        reference("shift_id", "shifts"),
        reference("post_id", "posts"),
        CheckConstraint("bound between 0 and last_serial - first_serial + 1", name="bound"),
    )


class Card(Owned, Base):
    """A card with a single-use code. Once bound or rated there is an invitation of the same id."""

    __tablename__ = "cards"

    pack_id: Mapped[UUID]
    serial: Mapped[int]
    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    scan_id: Mapped[UUID | None] = mapped_column(doc="The scan that bound it, the only one.")

    __table_args__ = (
        UniqueConstraint("organisation_id", "serial"),
        reference("pack_id", "card_packs"),
        reference("scan_id", "card_scans"),
        Index(None, "organisation_id", "pack_id"),
        ROOM_TO_CHANGE,
    )
