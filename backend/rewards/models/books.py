"""The books: rules, ledger, balances, standings."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.foundation.db import (
    ONE_TREE,
    ROOM_TO_CHANGE,
    Base,
    Owned,
    enum_column,
    of_organisation,
    reference,
    unique_where,
)
from backend.foundation.seals import Seal
from backend.rewards.rules import SourceKind


class TransactionKind(StrEnum):
    """Why points moved."""

    ACCRUAL = "accrual"
    SETTLEMENT = "settlement"
    REVERSAL = "reversal"
    HOLD = "hold"
    RELEASE = "release"
    ADJUSTMENT = "adjustment"
    EXPIRY = "expiry"


class Account(StrEnum):
    """Where points are: an employee's buckets, then the organisation's own."""

    PENDING = "pending"
    AVAILABLE = "available"
    HELD = "held"
    PAID = "paid"
    DEBT = "debt"
    MINT = "mint"
    EXPIRED = "expired"


_EMPLOYEE_ACCOUNTS = "('pending', 'available', 'held', 'paid', 'debt')"


class RuleVersion(Owned, Base):
    """One published version of an organisation's rules."""

    __tablename__ = "rule_versions"

    number: Mapped[int]
    effective_from: Mapped[datetime]
    document: Mapped[dict[str, Any]]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None]

    __table_args__ = (
        of_organisation(),
        UniqueConstraint("organisation_id", "number"),
        UniqueConstraint("organisation_id", "effective_from"),
    )


class LedgerTransaction(Owned, Base):
    """Points that moved together; only ever added."""

    __tablename__ = "ledger_transactions"

    kind: Mapped[TransactionKind] = mapped_column(enum_column(TransactionKind))
    employee_id: Mapped[UUID] = mapped_column(doc="The beneficiary.")
    points: Mapped[int] = mapped_column(doc="How many moved; always positive.")
    rule: Mapped[str] = mapped_column(String(40), doc="The rule that paid, for instance resolved.")
    rule_version_id: Mapped[UUID | None] = mapped_column(doc="None where no work was paid.")
    source_kind: Mapped[SourceKind] = mapped_column(enum_column(SourceKind))
    source_id: Mapped[UUID] = mapped_column(
        doc="The request or answer that earned it, or the first of the greetings that did; or the"
        " redemption that spends it; or the adjustment; or the season whose points"
        " expire."
    )
    event_id: Mapped[UUID | None] = mapped_column(doc="None where no work was paid.")
    settles_id: Mapped[UUID | None] = mapped_column(
        doc="The accrual that this one settles, or the hold that it settles or releases."
    )
    reverses_id: Mapped[UUID | None] = mapped_column(doc="The accrual that this one reverses.")
    reason: Mapped[str | None] = mapped_column(String(500), doc="Why it was reversed.")
    at: Mapped[datetime] = mapped_column(doc="When it was earned, or moved.")
    recorded_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(doc="When the hold of an accrual is over.")

    __table_args__ = (
        reference("employee_id", "employees"),
        reference("rule_version_id", "rule_versions"),
        reference("event_id", "events"),
        reference("settles_id", "ledger_transactions"),
        reference("reverses_id", "ledger_transactions"),
        CheckConstraint("points > 0", name="points"),
        unique_where(
            "kind = 'accrual'",
            "organisation_id",
            "source_id",
            "rule",
            "employee_id",
            name="uq_ledger_transactions_accrual",
        ),
        unique_where(
            "settles_id is not null",
            "organisation_id",
            "settles_id",
            name="uq_ledger_transactions_settles_id",
        ),
        unique_where(
            "reverses_id is not null",
            "organisation_id",
            "reverses_id",
            name="uq_ledger_transactions_reverses_id",
        ),
        unique_where(
            "kind = 'hold'",
            "organisation_id",
            "source_id",
            name="uq_ledger_transactions_hold",
        ),
        unique_where(
            "kind = 'adjustment'",
            "organisation_id",
            "source_id",
            "employee_id",
            name="uq_ledger_transactions_adjustment",
        ),
        unique_where(
            "kind = 'expiry'",
            "organisation_id",
            "source_id",
            "employee_id",
            "rule",
            name="uq_ledger_transactions_expiry",
        ),
        Index(None, "organisation_id", "employee_id", "id"),
        CheckConstraint(
            "(source_kind in ('redemption', 'adjustment', 'season')) = (event_id is null)"
            " and (source_kind in ('redemption', 'adjustment', 'season'))"
            " = (rule_version_id is null)",
            name="occasion",
        ),
        CheckConstraint(
            "case source_kind"
            " when 'redemption' then kind in ('hold', 'release', 'settlement')"
            " when 'adjustment' then kind = 'adjustment'"
            " when 'season' then kind = 'expiry'"
            " else kind in ('accrual', 'settlement', 'reversal') end",
            name="kind_source",
        ),
        CheckConstraint(
            "(kind in ('settlement', 'release')) = (settles_id is not null)"
            " and (kind = 'reversal') = (reverses_id is not null)"
            " and (kind = 'accrual') = (due_at is not null)",
            name="kind_link",
        ),
        ONE_TREE,
    )


class LedgerEntry(Base):
    """One side of a transaction; only ever added. The entries of a transaction sum to zero."""

    __tablename__ = "ledger_entries"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    line: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[Account] = mapped_column(enum_column(Account))
    employee_id: Mapped[UUID | None]
    points: Mapped[int]

    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "transaction_id"],
            ["ledger_transactions.organisation_id", "ledger_transactions.id"],
        ),
        CheckConstraint("points <> 0", name="points"),
        CheckConstraint(
            f"(account in {_EMPLOYEE_ACCOUNTS}) = (employee_id is not null)", name="account_owner"
        ),
        ONE_TREE,
    )


class LateMovement(Base):
    """Points that moved in the books after the season's boards were frozen; only ever added.

    They are on no board, for ever: neither is what reverses them.
    """

    __tablename__ = "late_movements"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    event_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    points: Mapped[int] = mapped_column(doc="Below zero where they were lost.")
    recorded_at: Mapped[datetime]

    __table_args__ = (
        reference("transaction_id", "ledger_transactions"),
        reference("event_id", "events"),
        reference("employee_id", "employees"),
        CheckConstraint("points <> 0", name="points"),
        Index(None, "organisation_id", "event_id"),
    )


class LedgerSeal(Seal, Base):
    """The seal of a transaction and its entries; only ever added."""

    __tablename__ = "ledger_seals"
    __table_args__ = (UniqueConstraint("organisation_id", "row_id"), ONE_TREE)


class Balance(Base):
    """An employee's points by bucket, kept by the transactions that move them."""

    __tablename__ = "balances"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    pending: Mapped[int] = mapped_column(default=0)
    available: Mapped[int] = mapped_column(default=0)
    held: Mapped[int] = mapped_column(default=0)
    paid: Mapped[int] = mapped_column(default=0)
    debt: Mapped[int] = mapped_column(default=0, doc="Reversed after it was gone; zero or less.")

    __table_args__ = (
        reference("employee_id", "employees"),
        CheckConstraint("pending >= 0 and available >= 0 and held >= 0", name="never_negative"),
        CheckConstraint("debt <= 0", name="debt"),
        ROOM_TO_CHANGE | ONE_TREE,
    )


class PendingConfirmation(Base):
    """An accrual that waits to be settled; gone once it is settled or reversed.

    By when it is due, so that what is new comes last, and in one tree: most accruals add a row.
    """

    __tablename__ = "pending_confirmations"

    due_at: Mapped[datetime] = mapped_column(primary_key=True)
    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    transaction_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        reference("transaction_id", "ledger_transactions"),
        ONE_TREE,
    )


class Standing(Base):
    """An employee's points on one board, without the changes that have not reached it yet."""

    __tablename__ = "standings"

    organisation_id: Mapped[UUID] = mapped_column(primary_key=True)
    board: Mapped[str] = mapped_column(
        String(90), primary_key=True, doc="For instance ``season/<id>`` or ``week/2026-W47``."
    )
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        reference("employee_id", "employees"),
        Index(None, "organisation_id", "board", "points", "employee_id"),
    )


class PointsOnTheWay(Base):
    """Points that an employee was given at an event, or lost, on their way to its boards.

    Those of greetings are on their way to the books, too: they hold what their accrual will be,
    under the id that it will have. Written by the transaction in which they were earned, and
    deleted by the one that brings them there. Adding one touches the last page of the table and
    nothing else: the key counts up, there is no other index, and no foreign key, for what was
    written in the same commit has them all.
    """

    __tablename__ = "points_on_the_way"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True
    )
    organisation_id: Mapped[UUID]
    event_id: Mapped[UUID]
    employee_id: Mapped[UUID]
    points: Mapped[int] = mapped_column(doc="Below zero after a reversal.")
    transaction_id: Mapped[UUID | None] = mapped_column(doc="Empty where it is booked already.")
    rule: Mapped[str | None] = mapped_column(String(40))
    rule_version_id: Mapped[UUID | None]
    source_kind: Mapped[SourceKind | None] = mapped_column(enum_column(SourceKind))
    source_id: Mapped[UUID | None]
    at: Mapped[datetime | None]
    recorded_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint(
            "transaction_id is null or (points > 0 and rule is not null"
            " and rule_version_id is not null and source_kind is not null"
            " and source_id is not null and at is not null and recorded_at is not null"
            " and due_at is not null)",
            name="accrual",
        ),
    )
