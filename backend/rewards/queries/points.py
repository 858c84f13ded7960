"""Reads of an employee's points, each with its source."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from backend.foundation.actor import Actor
from backend.rewards.models import (
    Balance,
    LedgerTransaction,
    PendingConfirmation,
    Standing,
    StandingChange,
    TransactionKind,
)
from backend.rewards.rules import EntryState, SourceKind, event_board, sentence
from backend.venues.queries import find_duty, get_event


@dataclass(frozen=True, kw_only=True, slots=True)
class Points:
    """An employee's points by bucket; ``debt`` is zero or less."""

    pending: int = 0
    available: int = 0
    held: int = 0
    paid: int = 0
    debt: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Points that an employee was given, where they came from and what became of them."""

    id: UUID
    points: int
    rule: str
    source_kind: SourceKind
    source_id: UUID
    event_id: UUID
    event: str
    earned_at: datetime
    due_at: datetime | None
    confirmed_at: datetime | None
    reversed_at: datetime | None
    reversed_because: str | None

    @property
    def state(self) -> EntryState:
        """Return where the points stand; what was reversed stays so, confirmed or not."""
        if self.reversed_at is not None:
            return EntryState.REVERSED
        return EntryState.PENDING if self.confirmed_at is None else EntryState.CONFIRMED

    @property
    def explanation(self) -> str:
        """Return one plain sentence."""
        return sentence(
            source_kind=self.source_kind,
            points=self.points,
            event=self.event,
            state=self.state,
            reason=self.reversed_because,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Evening:
    """What an employee was given at one event."""

    event_id: UUID
    event: str
    points: int


_BUCKETS = tuple(Balance.__table__.c[name] for name in Points.__dataclass_fields__)
_wait = and_(
    PendingConfirmation.organisation_id == LedgerTransaction.organisation_id,
    PendingConfirmation.transaction_id == LedgerTransaction.id,
)


def get_points(session: Session, *, organisation_id: UUID, employee_id: UUID) -> Points:
    """Return an employee's points; none at all for who has earned nothing yet."""
    row = session.execute(
        select(*_BUCKETS).where(
            Balance.organisation_id == organisation_id, Balance.employee_id == employee_id
        )
    ).first()
    return Points(**row._mapping) if row else Points()


def find_next_due(session: Session, *, organisation_id: UUID, employee_id: UUID) -> datetime | None:
    """Return when the next pending points of an employee are due, or None."""
    return session.scalar(
        select(func.min(PendingConfirmation.due_at))
        .join(LedgerTransaction, _wait)
        .where(
            LedgerTransaction.organisation_id == organisation_id,
            LedgerTransaction.employee_id == employee_id,
        )
    )


def find_evening(session: Session, *, actor: Actor, now: datetime) -> Evening | None:
    """Return what ``actor`` was given at the event where they are on duty, or None."""
    duty = find_duty(session, actor=actor, at=now)
    if duty is None:
        return None
    event = duty.event
    standing = select(Standing.points).where(
        Standing.organisation_id == actor.organisation_id,
        Standing.board == event_board(event.id),
        Standing.employee_id == actor.employee_id,
    )
    on_the_way = select(func.sum(StandingChange.points)).where(
        StandingChange.organisation_id == actor.organisation_id,
        StandingChange.event_id == event.id,
        StandingChange.employee_id == actor.employee_id,
    )
    # In one statement, or a change could be counted twice or not at all.
    both = [func.coalesce(part.scalar_subquery(), 0) for part in (standing, on_the_way)]
    points = session.execute(select(both[0] + both[1])).scalar_one()
    return Evening(event_id=event.id, event=event.name, points=points)


def list_entries(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    before: UUID | None = None,
    limit: int = 50,
) -> list[Entry]:
    """Return at most ``limit`` entries of an employee, the newest first.

    ``before`` is the id of the entry before the first one wanted.
    """
    settlement, reversal = aliased(LedgerTransaction), aliased(LedgerTransaction)
    query = (
        select(
            LedgerTransaction.id,
            LedgerTransaction.points,
            LedgerTransaction.rule,
            LedgerTransaction.source_kind,
            LedgerTransaction.source_id,
            LedgerTransaction.event_id,
            LedgerTransaction.at.label("earned_at"),
            PendingConfirmation.due_at,
            settlement.recorded_at.label("confirmed_at"),
            reversal.recorded_at.label("reversed_at"),
            reversal.reason.label("reversed_because"),
        )
        .outerjoin(PendingConfirmation, _wait)
        .outerjoin(
            settlement,
            and_(
                settlement.organisation_id == LedgerTransaction.organisation_id,
                settlement.settles_id == LedgerTransaction.id,
            ),
        )
        .outerjoin(
            reversal,
            and_(
                reversal.organisation_id == LedgerTransaction.organisation_id,
                reversal.reverses_id == LedgerTransaction.id,
            ),
        )
        .where(
            LedgerTransaction.organisation_id == organisation_id,
            LedgerTransaction.employee_id == employee_id,
            LedgerTransaction.kind == TransactionKind.ACCRUAL,
        )
        .order_by(LedgerTransaction.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(LedgerTransaction.id < before)
    rows = session.execute(query).all()
    names = {
        event_id: get_event(session, organisation_id=organisation_id, event_id=event_id).name
        for event_id in {row.event_id for row in rows}
    }
    return [Entry(**row._mapping, event=names[row.event_id]) for row in rows]
