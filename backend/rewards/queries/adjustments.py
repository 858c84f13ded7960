"""Reads of adjustments: what people gave, took, or took back, and how it ended."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from backend.rewards.models import (
    Adjustment,
    AdjustmentEnd,
    AdjustmentPart,
    Appeal,
    AppealDecision,
    LedgerTransaction,
    TransactionKind,
)
from backend.rewards.problems import AdjustmentNotFound
from backend.rewards.queries.losses import sum_reversed
from backend.rewards.queries.own_ids import select_ids_of
from backend.rewards.rules import APPEAL_WITHIN, ROLLING, AdjustmentKind, AdjustmentStatus

_DEAD = (AdjustmentStatus.DECLINED, AdjustmentStatus.EXPIRED)


@dataclass(frozen=True, kw_only=True, slots=True)
class PartFacts:
    """What an adjustment means for one employee; below zero where points are taken."""

    employee_id: UUID
    points: int
    rolling_points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AdjustmentFacts:
    """An adjustment as it is now; ``decided_by`` is the second person, if it took one."""

    id: UUID
    kind: AdjustmentKind
    status: AdjustmentStatus
    author_id: UUID
    reason: str
    source_kind: str | None
    source_id: UUID | None
    season_id: UUID | None
    made_at: datetime
    due_at: datetime | None
    decided_by: UUID | None
    ended_at: datetime | None
    declined_because: str | None
    appeal_id: UUID | None
    parts: Sequence[PartFacts]

    @property
    def points(self) -> int:
        """Return the sum of all parts."""
        return sum(part.points for part in self.parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnAdjustment:
    """My part of an adjustment that took effect, and until when I may appeal against it.

    ``lost`` is what it took from me: what had expired before was nobody's.
    """

    id: UUID
    kind: AdjustmentKind
    points: int
    lost: int
    reason: str
    source_kind: str | None
    source_id: UUID | None
    applied_at: datetime
    appeal_id: UUID | None

    @property
    def appeal_until(self) -> datetime | None:
        """Return when the time to appeal is over; None where nothing was lost."""
        return self.applied_at + APPEAL_WITHIN if self.lost else None


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedAdjustments:
    """Which adjustments are looked for; None does not restrict."""

    kind: AdjustmentKind | None = None
    status: AdjustmentStatus | None = None
    employee_id: UUID | None = None


_end = and_(
    AdjustmentEnd.organisation_id == Adjustment.organisation_id,
    AdjustmentEnd.adjustment_id == Adjustment.id,
)
_part = and_(
    AdjustmentPart.organisation_id == Adjustment.organisation_id,
    AdjustmentPart.adjustment_id == Adjustment.id,
)


def list_adjustments(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: WantedAdjustments,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[AdjustmentFacts]:
    """Return at most ``limit`` adjustments, the newest first.

    ``before`` is the (made_at, id) of the row before the first one wanted.
    """
    query = _adjustments(organisation_id).limit(limit)
    if wanted.kind is not None:
        query = query.where(Adjustment.kind == wanted.kind)
    if wanted.status is AdjustmentStatus.WAITING:
        query = query.where(AdjustmentEnd.status.is_(None))
    elif wanted.status is not None:
        query = query.where(AdjustmentEnd.status == wanted.status)
    if wanted.employee_id is not None:
        theirs = select(AdjustmentPart.adjustment_id).where(
            AdjustmentPart.organisation_id == organisation_id,
            AdjustmentPart.employee_id == wanted.employee_id,
        )
        query = query.where(Adjustment.id.in_(theirs))
    if before is not None:
        query = query.where(_older(Adjustment.made_at, Adjustment.id, before))
    query = query.order_by(Adjustment.made_at.desc(), Adjustment.id.desc())
    return _facts(session, organisation_id, session.execute(query).all())


def get_adjustment(
    session: Session, *, organisation_id: UUID, adjustment_id: UUID
) -> AdjustmentFacts:
    """Return an adjustment; raises AdjustmentNotFound."""
    query = _adjustments(organisation_id).where(Adjustment.id == adjustment_id)
    found = _facts(session, organisation_id, session.execute(query).all())
    if not found:
        raise AdjustmentNotFound
    return found[0]


def list_own_adjustments(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[OwnAdjustment]:
    """Return at most ``limit`` adjustments of an employee that took effect, the newest first."""
    query = (
        select(
            Adjustment.id,
            Adjustment.kind,
            AdjustmentPart.points,
            Adjustment.reason,
            Adjustment.source_kind,
            Adjustment.source_id,
            AdjustmentEnd.at.label("applied_at"),
            Appeal.id.label("appeal_id"),
        )
        .join_from(AdjustmentPart, Adjustment, _part)
        .join(AdjustmentEnd, _end)
        .outerjoin(
            Appeal,
            and_(
                Appeal.organisation_id == AdjustmentPart.organisation_id,
                Appeal.adjustment_id == AdjustmentPart.adjustment_id,
                Appeal.employee_id == AdjustmentPart.employee_id,
            ),
        )
        .where(
            AdjustmentPart.organisation_id == organisation_id,
            AdjustmentPart.employee_id == employee_id,
            AdjustmentEnd.status == AdjustmentStatus.APPLIED,
        )
        .order_by(AdjustmentEnd.at.desc(), Adjustment.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(_older(AdjustmentEnd.at, Adjustment.id, before))
    rows = session.execute(query).all()
    reversed_points = sum_reversed(
        session,
        organisation_id=organisation_id,
        employee_id=employee_id,
        source_ids=[row.source_id for row in rows if row.source_id],
    )
    return [
        OwnAdjustment(
            **row._mapping,
            lost=reversed_points.get(row.source_id, 0) if row.source_id else max(0, -row.points),
        )
        for row in rows
    ]


def lock_adjustment(session: Session, *, organisation_id: UUID, adjustment_id: UUID) -> Adjustment:
    """Return an adjustment in hand, so that one ends it; raises AdjustmentNotFound."""
    row = session.get(
        Adjustment,
        (organisation_id, adjustment_id),
        populate_existing=True,
        with_for_update={"key_share": True},
    )
    if row is None:
        raise AdjustmentNotFound
    return row


def list_overdue(session: Session, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Return organisation and id of what has waited over its time, the longest first."""
    rows = session.execute(
        select(Adjustment.organisation_id, Adjustment.id)
        .outerjoin(AdjustmentEnd, _end)
        .where(Adjustment.due_at <= now, AdjustmentEnd.status.is_(None))
        .order_by(Adjustment.due_at, Adjustment.id)
    )
    return [(organisation_id, adjustment_id) for organisation_id, adjustment_id in rows]


def find_end(
    session: Session, *, organisation_id: UUID, adjustment_id: UUID
) -> AdjustmentEnd | None:
    """Return how an adjustment has ended, None while it waits."""
    return session.get(AdjustmentEnd, (organisation_id, adjustment_id), populate_existing=True)


def list_parts(
    session: Session, *, organisation_id: UUID, adjustment_id: UUID
) -> Sequence[AdjustmentPart]:
    """Return the parts of an adjustment."""
    return session.scalars(
        select(AdjustmentPart)
        .where(
            AdjustmentPart.organisation_id == organisation_id,
            AdjustmentPart.adjustment_id == adjustment_id,
        )
        .order_by(AdjustmentPart.employee_id)
    ).all()


def sum_rolling_points(
    session: Session, *, organisation_id: UUID, employee_ids: Collection[UUID], now: datetime
) -> dict[UUID, int]:
    """Return by employee what was given and taken, added up, in the thirty days before ``now``.

    What waits counts, what was declined or has expired does not.
    """
    rows = session.execute(
        select(AdjustmentPart.employee_id, func.sum(func.abs(AdjustmentPart.points)))
        .join_from(AdjustmentPart, Adjustment, _part)
        .outerjoin(AdjustmentEnd, _end)
        .where(
            AdjustmentPart.organisation_id == organisation_id,
            AdjustmentPart.employee_id.in_(employee_ids),
            Adjustment.made_at > now - ROLLING,
            or_(AdjustmentEnd.status.is_(None), AdjustmentEnd.status.not_in(_DEAD)),
        )
        .group_by(AdjustmentPart.employee_id)
    )
    return {employee_id: int(points) for employee_id, points in rows}


def find_accrued_at(session: Session, *, organisation_id: UUID, source_id: UUID) -> datetime | None:
    """Return when a source earned points last, or None."""
    paid = select_ids_of(
        TransactionKind.ACCRUAL, organisation_id=organisation_id, sources=[source_id]
    )
    return session.scalar(
        select(func.max(LedgerTransaction.recorded_at)).where(
            LedgerTransaction.organisation_id == organisation_id,
            LedgerTransaction.id.in_(paid),
        )
    )


def _adjustments(organisation_id: UUID) -> Select[*tuple[Any, ...]]:
    return (
        select(Adjustment, AdjustmentEnd, AppealDecision.appeal_id)
        .outerjoin(AdjustmentEnd, _end)
        .outerjoin(
            AppealDecision,
            and_(
                AppealDecision.organisation_id == Adjustment.organisation_id,
                AppealDecision.adjustment_id == Adjustment.id,
            ),
        )
        .where(Adjustment.organisation_id == organisation_id)
    )


def _older(
    at: ColumnElement[datetime] | Any, row_id: Any, before: tuple[datetime, UUID]
) -> ColumnElement[bool]:
    instant, known_id = before
    return or_(at < instant, and_(at == instant, row_id < known_id))


def _facts(session: Session, organisation_id: UUID, rows: Sequence[Any]) -> list[AdjustmentFacts]:
    parts: dict[UUID, list[PartFacts]] = {row.id: [] for row, _, _ in rows}
    for part in session.scalars(
        select(AdjustmentPart)
        .where(
            AdjustmentPart.organisation_id == organisation_id,
            AdjustmentPart.adjustment_id.in_(parts),
        )
        .order_by(AdjustmentPart.employee_id)
    ):
        facts = {name: getattr(part, name) for name in PartFacts.__dataclass_fields__}
        parts[part.adjustment_id].append(PartFacts(**facts))
    return [_fact(*row, parts=parts[row[0].id]) for row in rows]


def _fact(
    row: Adjustment,
    end: AdjustmentEnd | None,
    appeal_id: UUID | None,
    *,
    parts: Sequence[PartFacts],
) -> AdjustmentFacts:
    return AdjustmentFacts(
        id=row.id,
        kind=row.kind,
        status=end.status if end else AdjustmentStatus.WAITING,
        author_id=row.author_id,
        reason=row.reason,
        source_kind=row.source_kind,
        source_id=row.source_id,
        season_id=row.season_id,
        made_at=row.made_at,
        due_at=None if end else row.due_at,
        decided_by=end.decider_id if end else None,
        ended_at=end.at if end else None,
        declined_because=end.reason if end else None,
        appeal_id=appeal_id,
        parts=parts,
    )
