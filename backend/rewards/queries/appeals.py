"""Reads of appeals, and of those who must not decide on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from backend.rewards.models import (
    Adjustment,
    AdjustmentEnd,
    AdjustmentPart,
    Appeal,
    AppealDecision,
    RedemptionHistory,
)
from backend.rewards.problems import AppealNotFound
from backend.rewards.rules import AppealStatus, AppealSubject


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealFacts:
    """An appeal as it is at ``seen_at``; what granting it made is an adjustment or a redemption."""

    id: UUID
    employee_id: UUID
    subject_kind: AppealSubject
    subject_id: UUID
    statement: str
    made_at: datetime
    due_at: datetime
    seen_at: datetime
    status: AppealStatus
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str | None
    adjustment_id: UUID | None
    redemption_id: UUID | None

    @property
    def overdue(self) -> bool:
        """Tell whether it should have been decided by now; it stays open all the same."""
        return self.status is AppealStatus.WAITING and self.due_at < self.seen_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Deciders:
    """Who has had a part in what is appealed against: accounts, and persons at that moment."""

    accounts: frozenset[UUID]
    persons: frozenset[str]


def list_waiting_appeals(
    session: Session,
    *,
    organisation_id: UUID,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[AppealFacts]:
    """Return at most ``limit`` appeals that wait, the oldest first, so the overdue before all.

    ``after`` is the (made_at, id) of the row before the first one wanted.
    """
    query = _appeals(organisation_id).where(AppealDecision.status.is_(None))
    if after is not None:
        made_at, appeal_id = after
        query = query.where(
            or_(Appeal.made_at > made_at, and_(Appeal.made_at == made_at, Appeal.id > appeal_id))
        )
    return _facts(session, query.order_by(Appeal.made_at, Appeal.id).limit(limit), now)


def list_appeals(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID | None = None,
    now: datetime,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[AppealFacts]:
    """Return at most ``limit`` appeals, the newest first, of one employee if one is given."""
    query = _appeals(organisation_id)
    if employee_id is not None:
        query = query.where(Appeal.employee_id == employee_id)
    if before is not None:
        made_at, appeal_id = before
        query = query.where(
            or_(Appeal.made_at < made_at, and_(Appeal.made_at == made_at, Appeal.id < appeal_id))
        )
    newest = query.order_by(Appeal.made_at.desc(), Appeal.id.desc()).limit(limit)
    return _facts(session, newest, now)


def get_appeal(
    session: Session, *, organisation_id: UUID, appeal_id: UUID, now: datetime
) -> AppealFacts:
    """Return an appeal; raises AppealNotFound."""
    found = _facts(session, _appeals(organisation_id).where(Appeal.id == appeal_id), now)
    if not found:
        raise AppealNotFound
    return found[0]


def lock_appeal(session: Session, *, organisation_id: UUID, appeal_id: UUID) -> Appeal:
    """Return an appeal in hand, so that one decides; raises AppealNotFound."""
    row = session.get(
        Appeal,
        (organisation_id, appeal_id),
        populate_existing=True,
        with_for_update={"key_share": True},
    )
    if row is None:
        raise AppealNotFound
    return row


def is_decided(session: Session, *, appeal: Appeal) -> bool:
    """Tell whether somebody has decided on ``appeal``."""
    key = (appeal.organisation_id, appeal.id)
    return session.get(AppealDecision, key, populate_existing=True) is not None


def find_own_appeal(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    subject_kind: AppealSubject,
    subject_id: UUID,
) -> UUID | None:
    """Return the appeal of an employee against something, or None."""
    column = (
        Appeal.adjustment_id if subject_kind is AppealSubject.ADJUSTMENT else Appeal.redemption_id
    )
    return session.scalar(
        select(Appeal.id).where(
            Appeal.organisation_id == organisation_id,
            Appeal.employee_id == employee_id,
            column == subject_id,
        )
    )


def list_deciders(session: Session, *, appeal: Appeal) -> Deciders:
    """Return who decided on the subject of ``appeal`` before, and whom else it concerns."""
    found: set[tuple[UUID | None, str | None]] = {(appeal.employee_id, None)}
    for query in _had_a_part(appeal):
        found.update((account, person) for account, person in session.execute(query))
    return Deciders(
        accounts=frozenset(account for account, _ in found if account),
        persons=frozenset(person for _, person in found if person),
    )


def _had_a_part(appeal: Appeal) -> list[Select[Any, Any]]:
    owner = appeal.organisation_id
    if appeal.redemption_id is not None:
        return [
            select(RedemptionHistory.actor_id, RedemptionHistory.actor_person).where(
                RedemptionHistory.organisation_id == owner,
                RedemptionHistory.redemption_id == appeal.redemption_id,
            )
        ]
    return [
        select(Adjustment.author_id, Adjustment.author_person).where(
            Adjustment.organisation_id == owner, Adjustment.id == appeal.adjustment_id
        ),
        select(AdjustmentEnd.decider_id, AdjustmentEnd.decider_person).where(
            AdjustmentEnd.organisation_id == owner,
            AdjustmentEnd.adjustment_id == appeal.adjustment_id,
        ),
        select(AdjustmentPart.employee_id, AdjustmentPart.employee_person).where(
            AdjustmentPart.organisation_id == owner,
            AdjustmentPart.adjustment_id == appeal.adjustment_id,
        ),
    ]


def _appeals(organisation_id: UUID) -> Select[Appeal, AppealDecision | None]:
    return (
        select(Appeal, AppealDecision)
        .outerjoin(
            AppealDecision,
            and_(
                AppealDecision.organisation_id == Appeal.organisation_id,
                AppealDecision.appeal_id == Appeal.id,
            ),
        )
        .where(Appeal.organisation_id == organisation_id)
    )


def _facts(
    session: Session, query: Select[Appeal, AppealDecision | None], now: datetime
) -> list[AppealFacts]:
    rows: Sequence[Any] = session.execute(query).all()
    return [_fact(row, decision, now) for row, decision in rows]


def _fact(row: Appeal, decision: AppealDecision | None, now: datetime) -> AppealFacts:
    against = AppealSubject.ADJUSTMENT if row.adjustment_id else AppealSubject.REDEMPTION
    subject_id = row.adjustment_id or row.redemption_id
    if subject_id is None:
        raise ValueError("an appeal has a subject")
    return AppealFacts(
        id=row.id,
        employee_id=row.employee_id,
        subject_kind=against,
        subject_id=subject_id,
        statement=row.statement,
        made_at=row.made_at,
        due_at=row.due_at,
        seen_at=now,
        status=decision.status if decision else AppealStatus.WAITING,
        decided_by=decision.decider_id if decision else None,
        decided_at=decision.at if decision else None,
        reason=decision.reason if decision else None,
        adjustment_id=decision.adjustment_id if decision else None,
        redemption_id=decision.redemption_id if decision else None,
    )
