"""Reads of redemptions that wait for somebody, by the deadline at which they expire."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from backend.rewards.models import Redemption, RedemptionApproval
from backend.rewards.queries.redemptions import OPEN, RedemptionFacts, redemption_facts
from backend.rewards.rules import RedemptionStatus, RewardKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Awaited:
    """Which open redemptions are looked for; None does not restrict.

    ``decider_ids`` are the accounts of whoever's next step they wait for: to approve what they
    have not approved, or to hand over what is approved and no cash, which goes with the pay; never
    what they asked for.
    """

    status: RedemptionStatus | None = None
    decider_ids: Collection[UUID] | None = None


def list_by_deadline(
    session: Session,
    *,
    organisation_id: UUID,
    awaited: Awaited,
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[RedemptionFacts]:
    """Return at most ``limit`` open redemptions, the one that expires first at the head.

    ``after`` is the (due_at, id) of the row before the first one wanted.
    """
    query = select(Redemption).where(*_open(organisation_id, awaited))
    if after is not None:
        due_at, redemption_id = after
        behind = and_(Redemption.due_at == due_at, Redemption.id > redemption_id)
        query = query.where(or_(Redemption.due_at > due_at, behind))
    rows = session.scalars(query.order_by(Redemption.due_at, Redemption.id).limit(limit))
    return redemption_facts(session, rows.all())


def count_awaited(session: Session, *, organisation_id: UUID, awaited: Awaited) -> int:
    """Return how many open redemptions there are."""
    found = select(func.count()).select_from(Redemption).where(*_open(organisation_id, awaited))
    return session.scalar(found) or 0


def _open(organisation_id: UUID, awaited: Awaited) -> tuple[ColumnElement[bool], ...]:
    wanted: list[Any] = [
        Redemption.organisation_id == organisation_id,
        Redemption.status.in_(OPEN if awaited.status is None else [awaited.status]),
        # Whatever the status, so that its ends are in no list of deadlines.
        Redemption.due_at.is_not(None),
    ]
    if awaited.decider_ids is not None:
        wanted += [
            Redemption.employee_id.not_in(awaited.decider_ids),
            or_(
                and_(
                    Redemption.status == RedemptionStatus.ASKED,
                    ~_approved_by(awaited.decider_ids),
                ),
                and_(
                    Redemption.status == RedemptionStatus.APPROVED,
                    Redemption.kind != RewardKind.CASH,
                ),
            ),
        ]
    return tuple(wanted)


def _approved_by(employee_ids: Collection[UUID]) -> ColumnElement[bool]:
    return exists().where(
        RedemptionApproval.organisation_id == Redemption.organisation_id,
        RedemptionApproval.redemption_id == Redemption.id,
        RedemptionApproval.approver_id.in_(employee_ids),
    )
