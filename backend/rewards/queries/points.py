"""Reads of an employee's points, each with its source."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    null,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.orm import Session, aliased

from backend.foundation.actor import Actor
from backend.rewards.models import (
    Adjustment,
    AdjustmentPart,
    Balance,
    LedgerTransaction,
    PendingConfirmation,
    PointsOnTheWay,
    Standing,
    TransactionKind,
)
from backend.rewards.queries.own_ids import select_own_ids
from backend.rewards.rules import EntryState, SourceKind, adjusted, event_board, sentence
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
    """Points that an employee was given, where they came from and what became of them.

    An adjustment has no event, and may be below zero. ``reason`` is that of the adjustment, or
    why the points were taken back.
    """

    id: UUID
    points: int
    rule: str
    source_kind: SourceKind
    source_id: UUID
    event_id: UUID | None
    event: str | None
    earned_at: datetime
    due_at: datetime | None
    confirmed_at: datetime | None
    reversed_at: datetime | None
    reason: str | None

    @property
    def state(self) -> EntryState:
        """Return where the points stand; what was reversed stays so, confirmed or not."""
        if self.reversed_at is not None:
            return EntryState.REVERSED
        return EntryState.PENDING if self.confirmed_at is None else EntryState.CONFIRMED

    @property
    def explanation(self) -> str:
        """Return one plain sentence."""
        if self.event is None:
            return adjusted(self.points, reason=self.reason or "")
        return sentence(
            source_kind=self.source_kind,
            points=self.points,
            event=self.event,
            state=self.state,
            reason=self.reason,
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
    # It is the first part of the key.
    PendingConfirmation.due_at == LedgerTransaction.due_at,
)


def get_points(session: Session, *, organisation_id: UUID, employee_id: UUID) -> Points:
    """Return an employee's points, what is still on its way to the books included.

    None at all for who has earned nothing yet.
    """
    # In one statement, or points could be counted twice or not at all.
    coming = select(func.coalesce(func.sum(PointsOnTheWay.points), 0).label("points"))
    coming = coming.where(*_to_be_booked(organisation_id, employee_id))
    its_owner = (Balance.organisation_id == organisation_id) & (Balance.employee_id == employee_id)
    on_the_way = coming.subquery()
    points, *buckets = session.execute(
        select(on_the_way.c.points, *_BUCKETS).select_from(on_the_way).outerjoin(Balance, its_owner)
    ).one()
    there = dict(zip(Points.__dataclass_fields__, (bucket or 0 for bucket in buckets), strict=True))
    return Points(**there | {"pending": there["pending"] + points})


def _to_be_booked(organisation_id: UUID, employee_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return (
        PointsOnTheWay.organisation_id == organisation_id,
        PointsOnTheWay.employee_id == employee_id,
        PointsOnTheWay.transaction_id.is_not(None),
    )


def find_next_due(session: Session, *, organisation_id: UUID, employee_id: UUID) -> datetime | None:
    """Return when the next pending points of an employee are due, or None."""
    # First what is on its way: what is booked in between is then found in the books.
    coming = session.scalar(
        select(func.min(PointsOnTheWay.due_at)).where(*_to_be_booked(organisation_id, employee_id))
    )
    # Along the order in which all points are due, to the first that is theirs, if there is one.
    any_wait = exists().where(
        Balance.organisation_id == organisation_id,
        Balance.employee_id == employee_id,
        Balance.pending > 0,
    )
    is_theirs = exists().where(
        LedgerTransaction.organisation_id == organisation_id,
        LedgerTransaction.employee_id == employee_id,
        LedgerTransaction.id == PendingConfirmation.transaction_id,
    )
    booked = session.scalar(
        select(PendingConfirmation.due_at)
        .where(PendingConfirmation.organisation_id == organisation_id, any_wait, is_theirs)
        .order_by(PendingConfirmation.due_at)
        .limit(1)
    )
    return min((due_at for due_at in (coming, booked) if due_at), default=None)


def find_evening(
    session: Session, *, actor: Actor, now: datetime, venue_id: UUID | None = None
) -> Evening | None:
    """Return what ``actor`` was given at the event where they are on duty, or None.

    ``venue_id`` is as in `find_duty`.
    """
    duty = find_duty(session, actor=actor, at=now, venue_id=venue_id)
    if duty is None:
        return None
    event = duty.event
    standing = select(Standing.points).where(
        Standing.organisation_id == actor.organisation_id,
        Standing.board == event_board(event.id),
        Standing.employee_id == actor.employee_id,
    )
    on_the_way = select(func.sum(PointsOnTheWay.points)).where(
        PointsOnTheWay.organisation_id == actor.organisation_id,
        PointsOnTheWay.event_id == event.id,
        PointsOnTheWay.employee_id == actor.employee_id,
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
    whose = {"organisation_id": organisation_id, "employee_id": employee_id}
    # First what is on its way: what is booked in between is then found in the books.
    rows = {
        row.id: row
        for part in (_coming(**whose), _booked(**whose))
        for row in session.execute(
            part.where(part.selected_columns.id < before if before else true())
            .order_by(part.selected_columns.id.desc())
            .limit(limit)
        )
    }
    newest = sorted(rows.values(), key=lambda row: row.id, reverse=True)[:limit]
    names = {
        event_id: get_event(session, organisation_id=organisation_id, event_id=event_id).name
        for event_id in {row.event_id for row in newest if row.event_id}
    }
    return [Entry(**row._mapping, event=names.get(row.event_id)) for row in newest]


def _coming(*, organisation_id: UUID, employee_id: UUID) -> Select[*tuple[Any, ...]]:
    """Return the query of the entries of an employee that are on their way to the books."""
    never = type_coerce(null(), PointsOnTheWay.due_at.type)
    return select(
        PointsOnTheWay.transaction_id.label("id"),
        PointsOnTheWay.points,
        PointsOnTheWay.rule,
        PointsOnTheWay.source_kind,
        PointsOnTheWay.source_id,
        PointsOnTheWay.event_id,
        PointsOnTheWay.at.label("earned_at"),
        PointsOnTheWay.due_at,
        never.label("confirmed_at"),
        never.label("reversed_at"),
        null().label("reason"),
    ).where(*_to_be_booked(organisation_id, employee_id))


def _booked(*, organisation_id: UUID, employee_id: UUID) -> Select[*tuple[Any, ...]]:
    """Return the query of the entries of an employee in the books."""
    settlement, reversal = aliased(LedgerTransaction), aliased(LedgerTransaction)
    own = select_own_ids(organisation_id=organisation_id, employee_id=employee_id)
    adjusts = LedgerTransaction.kind == TransactionKind.ADJUSTMENT
    return (
        select(
            LedgerTransaction.id,
            func.coalesce(AdjustmentPart.points, LedgerTransaction.points).label("points"),
            LedgerTransaction.rule,
            LedgerTransaction.source_kind,
            LedgerTransaction.source_id,
            LedgerTransaction.event_id,
            LedgerTransaction.at.label("earned_at"),
            PendingConfirmation.due_at,
            func.coalesce(
                settlement.recorded_at, case((adjusts, LedgerTransaction.recorded_at))
            ).label("confirmed_at"),
            reversal.recorded_at.label("reversed_at"),
            func.coalesce(Adjustment.reason, reversal.reason).label("reason"),
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
        .outerjoin(
            Adjustment,
            and_(
                adjusts,
                Adjustment.organisation_id == LedgerTransaction.organisation_id,
                Adjustment.id == LedgerTransaction.source_id,
            ),
        )
        .outerjoin(
            AdjustmentPart,
            and_(
                AdjustmentPart.organisation_id == Adjustment.organisation_id,
                AdjustmentPart.adjustment_id == Adjustment.id,
                AdjustmentPart.employee_id == LedgerTransaction.employee_id,
            ),
        )
        .where(
            LedgerTransaction.organisation_id == organisation_id,
            LedgerTransaction.id.in_(own),
            or_(LedgerTransaction.kind == TransactionKind.ACCRUAL, adjusts),
        )
    )
