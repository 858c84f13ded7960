"""Appeals: an employee asks somebody else to look again, and that person decides for good.

An appeal has a deadline that both sides see. It does not lapse: what is late waits in front. Who
grants one takes the appeal in hand, then whatever an adjustment or a redemption takes.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.services import persons
from backend.rewards import queries
from backend.rewards.models import Appeal, AppealDecision
from backend.rewards.problems import (
    AdjustmentNotFound,
    AlreadyAppealed,
    AppealDecided,
    AppealNotFound,
    AppealTooLate,
    NotAppealable,
    NotImpartial,
    RedemptionNotFound,
)
from backend.rewards.queries import AppealFacts
from backend.rewards.rules import (
    ANSWER_WITHIN,
    APPEAL_WITHIN,
    AdjustmentStatus,
    AppealStatus,
    AppealSubject,
    RedemptionStatus,
)
from backend.rewards.services import adjustments, redemptions


def lodge(
    session: Session,
    *,
    actor: Actor,
    subject_kind: AppealSubject,
    subject_id: UUID,
    statement: str,
    now: datetime,
) -> AppealFacts:
    """Appeal against what took points from ``actor``, or against what was declined to them; once.

    Raises AdjustmentNotFound and RedemptionNotFound, also for what is somebody else's,
    NotAppealable, AppealTooLate, AlreadyAppealed.
    """
    owner, who = actor.organisation_id, actor.employee_id
    of_adjustment = subject_kind is AppealSubject.ADJUSTMENT
    decided_at = (_taken_at if of_adjustment else _declined_at)(session, actor, subject_id)
    if now > decided_at + APPEAL_WITHIN:
        raise AppealTooLate
    # Of two at once, one fails on a unique index, and finds the other when it is run again.
    if queries.find_own_appeal(
        session,
        organisation_id=owner,
        employee_id=who,
        subject_kind=subject_kind,
        subject_id=subject_id,
    ):
        raise AlreadyAppealed
    row = Appeal(
        organisation_id=owner,
        id=new_id(),
        employee_id=who,
        adjustment_id=subject_id if of_adjustment else None,
        redemption_id=None if of_adjustment else subject_id,
        statement=statement,
        made_at=now,
        due_at=now + ANSWER_WITHIN,
    )
    session.add(row)
    session.flush()
    return queries.get_appeal(session, organisation_id=owner, appeal_id=row.id, now=now)


def uphold(
    session: Session, *, actor: Actor, appeal_id: UUID, reason: str, now: datetime
) -> AppealFacts:
    """Leave what was decided before as it is, for a ``reason``.

    Raises AppealNotFound, AppealDecided, NotImpartial, PersonUnknown.
    """
    row, circle = _lock_for(session, actor, appeal_id)
    _decide(session, row, circle, status=AppealStatus.UPHELD, reason=reason, now=now)
    return _recorded(session, actor, row, act="appeal.upheld", now=now)


def grant(
    session: Session, *, actor: Actor, appeal_id: UUID, reason: str, now: datetime
) -> AppealFacts:
    """Decide for the employee: points that they lost are given back, a wish is asked for anew.

    A declined redemption is made again on its own terms, offered or not, and ``actor`` is the first
    to approve it. Raises AppealNotFound, AppealDecided, NotImpartial, PersonUnknown, OutOfStock,
    NotEnoughPoints, BudgetExceeded, BudgetInOtherCurrency.
    """
    row, circle = _lock_for(session, actor, appeal_id)
    made = _make_good(session, actor, row, reason=reason, now=now)
    _decide(session, row, circle, status=AppealStatus.GRANTED, reason=reason, now=now, **made)
    return _recorded(session, actor, row, act="appeal.granted", now=now)


def is_impartial(session: Session, *, actor: Actor, appeal_id: UUID) -> bool:
    """Tell whether ``actor`` had no part in what an appeal is about; raises AppealNotFound."""
    row = session.get(Appeal, (actor.organisation_id, appeal_id))
    if row is None:
        raise AppealNotFound
    return not _around(session, actor, row).has_actor


def _taken_at(session: Session, actor: Actor, adjustment_id: UUID) -> datetime:
    found = queries.get_adjustment(
        session, organisation_id=actor.organisation_id, adjustment_id=adjustment_id
    )
    mine = [part for part in found.parts if part.employee_id == actor.employee_id]
    # What did not take effect is not theirs to see.
    if not mine or found.status is not AdjustmentStatus.APPLIED or found.ended_at is None:
        raise AdjustmentNotFound
    # What had expired before it was reversed was theirs no more: giving it back would make points.
    if not _lost(session, actor.organisation_id, adjustment_id, actor.employee_id):
        raise NotAppealable
    return found.ended_at


def _lost(session: Session, organisation_id: UUID, adjustment_id: UUID, employee_id: UUID) -> int:
    return queries.sum_lost(
        session,
        organisation_id=organisation_id,
        adjustment_id=adjustment_id,
        employee_id=employee_id,
    )


def _declined_at(session: Session, actor: Actor, redemption_id: UUID) -> datetime:
    found = queries.get_redemption(
        session, organisation_id=actor.organisation_id, redemption_id=redemption_id
    )
    if found.employee_id != actor.employee_id:
        raise RedemptionNotFound
    if found.status is not RedemptionStatus.DECLINED:
        raise NotAppealable
    return found.steps[-1].at


def _lock_for(session: Session, actor: Actor, appeal_id: UUID) -> tuple[Appeal, persons.Circle]:
    """Return an appeal that waits, in hand of somebody who had no part in what it is about."""
    row = queries.lock_appeal(session, organisation_id=actor.organisation_id, appeal_id=appeal_id)
    circle = _around(session, actor, row)
    if circle.has_actor:
        raise NotImpartial
    if queries.is_decided(session, appeal=row):
        raise AppealDecided
    return row, circle


def _around(session: Session, actor: Actor, row: Appeal) -> persons.Circle:
    """Return ``actor`` and who had a part in what an appeal is about."""
    before = queries.list_deciders(session, appeal=row)
    return persons.around(
        session, actor=actor, concerned=sorted(before.accounts), known=before.persons
    )


def _make_good(
    session: Session, actor: Actor, row: Appeal, *, reason: str, now: datetime
) -> dict[str, UUID]:
    if row.redemption_id is not None:
        renewed = redemptions.renew(
            session, actor=actor, redemption_id=row.redemption_id, reason=reason, now=now
        )
        return {"redemption_id": renewed.id}
    owner, adjustment_id = row.organisation_id, row.adjustment_id
    if adjustment_id is None:
        raise ValueError("an appeal has a subject")
    return {
        "adjustment_id": adjustments.give_back(
            session,
            actor=actor,
            employee_id=row.employee_id,
            points=_lost(session, owner, adjustment_id, row.employee_id),
            reason=reason,
            now=now,
        )
    }


def _decide(
    session: Session,
    row: Appeal,
    circle: persons.Circle,
    *,
    status: AppealStatus,
    reason: str,
    now: datetime,
    **made: UUID,
) -> None:
    decision = AppealDecision(
        organisation_id=row.organisation_id,
        appeal_id=row.id,
        status=status,
        employee_id=row.employee_id,
        employee_person=circle.person_of(row.employee_id),
        decider_id=circle.actor_id,
        decider_person=circle.actor_person,
        reason=reason,
        at=now,
        **made,
    )
    session.add(decision)
    session.flush()


def _recorded(
    session: Session, actor: Actor, row: Appeal, *, act: str, now: datetime
) -> AppealFacts:
    facts = queries.get_appeal(
        session, organisation_id=row.organisation_id, appeal_id=row.id, now=now
    )
    shown: tuple[str, ...] = ("subject_kind", "subject_id", "reason")
    shown += ("adjustment_id", "redemption_id")
    detail: dict[str, Any] = {name: getattr(facts, name) for name in shown}
    detail = {name: value and str(value) for name, value in detail.items()}
    audit.record(session, actor=actor, act=act, subject_id=row.id, now=now, detail=detail)
    return facts
