"""Reads of what waits for a person: redemptions by their deadline, and how much there is of all."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Exists, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.foundation.backlogs import Backlog, measure
from backend.rewards.models import (
    Adjustment,
    AdjustmentEnd,
    AdjustmentPart,
    Appeal,
    AppealDecision,
    Redemption,
    RedemptionApproval,
    RedemptionHistory,
)
from backend.rewards.queries.redemptions import OPEN, RedemptionFacts, redemption_facts
from backend.rewards.rules import RedemptionStatus, RewardKind


@dataclass(frozen=True, kw_only=True, slots=True)
class Awaited:
    """Which open redemptions with a deadline are looked for; None does not restrict.

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


def measure_awaited(session: Session, *, organisation_id: UUID, awaited: Awaited) -> Backlog:
    """Return how many of them there are, and when the oldest was asked for."""
    return measure(session, *_open(organisation_id, awaited), since=Redemption.asked_at)


def measure_appeals(
    session: Session, *, organisation_id: UUID, decider_ids: Collection[UUID]
) -> Backlog:
    """Return the backlog of appeals that wait for whoever has these accounts.

    Their own, and those about what they had a part in, wait for others.
    """

    def had_a_part(who: InstrumentedAttribute[Any], *of: ColumnElement[bool]) -> Exists:
        owner = who.class_.organisation_id
        return exists().where(owner == Appeal.organisation_id, who.in_(decider_ids), *of)

    of_adjustment, of_redemption = Appeal.adjustment_id, Appeal.redemption_id
    decided = exists().where(
        AppealDecision.organisation_id == Appeal.organisation_id,
        AppealDecision.appeal_id == Appeal.id,
    )
    return measure(
        session,
        Appeal.organisation_id == organisation_id,
        Appeal.employee_id.not_in(decider_ids),
        ~decided,
        ~had_a_part(Adjustment.author_id, Adjustment.id == of_adjustment),
        ~had_a_part(AdjustmentEnd.decider_id, AdjustmentEnd.adjustment_id == of_adjustment),
        ~had_a_part(AdjustmentPart.employee_id, AdjustmentPart.adjustment_id == of_adjustment),
        ~had_a_part(RedemptionHistory.actor_id, RedemptionHistory.redemption_id == of_redemption),
        since=Appeal.made_at,
    )


def measure_proposed(
    session: Session, *, organisation_id: UUID, decider_ids: Collection[UUID]
) -> Backlog:
    """Return the backlog of adjustments that wait for a second person, who has these accounts.

    Those they proposed, or which are about them, wait for another.
    """
    key = (Adjustment.organisation_id, Adjustment.id)
    ended = exists().where(
        AdjustmentEnd.organisation_id == key[0], AdjustmentEnd.adjustment_id == key[1]
    )
    theirs = exists().where(
        AdjustmentPart.organisation_id == key[0],
        AdjustmentPart.adjustment_id == key[1],
        AdjustmentPart.employee_id.in_(decider_ids),
    )
    return measure(
        session,
        Adjustment.organisation_id == organisation_id,
        Adjustment.author_id.not_in(decider_ids),
        ~ended,
        ~theirs,
        since=Adjustment.made_at,
    )


def _open(organisation_id: UUID, awaited: Awaited) -> tuple[ColumnElement[bool], ...]:
    wanted: list[Any] = [
        Redemption.organisation_id == organisation_id,
        Redemption.status.in_(OPEN if awaited.status is None else [awaited.status]),
        # What payroll has in a batch is approved, and waits for nobody here.
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
