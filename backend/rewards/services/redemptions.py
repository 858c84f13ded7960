"""Redemptions: asked for, approved by others, fulfilled; or declined, cancelled, expired.

The points are held when it is asked for and end one way only. Whoever decides says which version
they saw, so that nobody approves what has changed under their eyes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading
from backend.foundation.one_by_one import each
from backend.identity.queries import list_accounts, list_payroll_numbers
from backend.identity.services import persons
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.rewards import queries
from backend.rewards.models import Redemption, RedemptionApproval, RedemptionHistory
from backend.rewards.problems import (
    CashGoesThroughPayroll,
    NotOffered,
    OwnRedemption,
    RedemptionChanged,
    RedemptionClosed,
    RedemptionInPayroll,
    RedemptionNotFound,
    RewardChanged,
)
from backend.rewards.queries import RedemptionFacts
from backend.rewards.rules import (
    DECIDE_WITHIN,
    EXPIRY_GRACE,
    FULFIL_WITHIN,
    Merit,
    RedemptionStatus,
    RewardKind,
    approvals_needed,
)
from backend.rewards.services import approvals, budgets, catalogue, expiries, holds, reach

_TERMS = ("kind", "points", "value_cents", "currency", "taxable")


def ask(
    session: Session,
    *,
    actor: Actor,
    reward_id: UUID,
    reward_version: int,
    merit: Merit,
    now: datetime,
) -> RedemptionFacts:
    """Ask for a reward on its terms of ``reward_version``; its points are held at once.

    Raises RewardNotFound, RewardChanged, NotOffered, NotEligible, OutOfStock, NotEnoughPoints.
    """
    owner, who = actor.organisation_id, actor.employee_id
    # In hand, so that its terms do not change between here and the commit.
    row_of_reward = queries.lock_reward(session, organisation_id=owner, reward_id=reward_id)
    reward = queries.reward_facts(row_of_reward)
    if not reward.is_offered(now):
        raise NotOffered
    if reward.version != reward_version:
        raise RewardChanged(version=reward.version)
    reach.refuse_out_of_reach(session, reward, actor=actor, merit=merit)
    terms = {name: getattr(reward, name) for name in _TERMS}
    terms |= {"reward_id": reward.id, "reward_name": reward.name}
    terms["stock_taken"] = catalogue.take_one(row_of_reward)
    row = _open(session, organisation_id=owner, employee_id=who, terms=terms, now=now)
    return _written(session, row, RedemptionStatus.ASKED, actor_id=who, now=now)


def renew(
    session: Session, *, actor: Actor, redemption_id: UUID, reason: str, now: datetime
) -> RedemptionFacts:
    """Ask anew, for who asked, for what was declined, on its own terms; ``actor`` approves it.

    It need not be offered any more. Raises RedemptionNotFound, OwnRedemption, PersonUnknown,
    OutOfStock, NotEnoughPoints, BudgetExceeded, BudgetInOtherCurrency.
    """
    owner = actor.organisation_id
    declined = queries.get_redemption(session, organisation_id=owner, redemption_id=redemption_id)
    terms = {name: getattr(declined, name) for name in (*_TERMS, "reward_id", "reward_name")}
    terms["stock_taken"] = catalogue.take_one(
        queries.lock_reward(session, organisation_id=owner, reward_id=declined.reward_id)
    )
    row = _open(
        session, organisation_id=owner, employee_id=declined.employee_id, terms=terms, now=now
    )
    by = actor.employee_id
    asked = _written(session, row, RedemptionStatus.ASKED, actor_id=by, reason=reason, now=now)
    return approve(session, actor=actor, redemption_id=row.id, seen_version=asked.version, now=now)


def _open(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    terms: dict[str, Any],
    now: datetime,
) -> Redemption:
    """Hold the points of a redemption on ``terms``, and add it; its reward is in hand."""
    owner, who = organisation_id, employee_id
    redemption_id = new_id()
    # Whoever asks on another account of this person waits here: the sum of a month is theirs.
    accounts = list_accounts(session, organisation_id=owner, employee_ids=[who])[who]
    expiries.expire_first(session, organisation_id=owner, employee_ids=accounts, now=now)
    holds.hold(
        session,
        organisation_id=owner,
        employee_id=who,
        redemption_id=redemption_id,
        points=terms["points"],
        now=now,
    )
    before = queries.sum_rolling_cents(
        session, organisation_id=owner, employee_ids=accounts, now=now
    )
    rolling = before + terms["value_cents"]
    row = Redemption(
        organisation_id=owner,
        id=redemption_id,
        employee_id=who,
        version=0,
        status=RedemptionStatus.ASKED,
        season_id=budgets.find_charged_season(session, organisation_id=owner, now=now),
        **terms,
        rolling_cents=rolling,
        approvals_needed=approvals_needed(rolling),
        asked_at=now,
        due_at=now + DECIDE_WITHIN,
    )
    session.add(row)
    return row


def approve(
    session: Session, *, actor: Actor, redemption_id: UUID, seen_version: int, now: datetime
) -> RedemptionFacts:
    """Approve a redemption of somebody else as it was at ``seen_version``.

    The last approval commits the money: the season's budget must hold it. Raises
    RedemptionNotFound, OwnRedemption, PersonUnknown, AlreadyApproved, PayeeChanged,
    ApproverChanged, RedemptionClosed, RedemptionChanged, BudgetExceeded, BudgetInOtherCurrency.
    """
    row, circle = _lock_for(session, actor, redemption_id)
    if row.status is not RedemptionStatus.ASKED:
        raise RedemptionClosed(redemption_status=row.status)
    _refuse_overdue(row, now)
    approver, asker = circle.actor_person, circle.person_of(row.employee_id)
    before = approvals.count_before(session, row, actor=actor)
    _refuse_stale(row, seen_version)
    approvals.sum_anew(session, row)
    last = before + 1 >= row.approvals_needed
    if last:
        budgets.commit_cents(session, row, cents=row.value_cents)
    session.add(
        RedemptionApproval(
            organisation_id=row.organisation_id,
            redemption_id=row.id,
            approver_id=actor.employee_id,
            employee_id=row.employee_id,
            approver_person=approver,
            employee_person=asker,
            seen_version=seen_version,
            at=now,
        )
    )
    if last:
        row.status, row.due_at = RedemptionStatus.APPROVED, now + FULFIL_WITHIN
    _record(session, actor, row, act="redemption.approved", now=now)
    return _written(session, row, RedemptionStatus.APPROVED, actor_id=actor.employee_id, now=now)


def decline(
    session: Session,
    *,
    actor: Actor,
    redemption_id: UUID,
    seen_version: int,
    reason: str,
    now: datetime,
) -> RedemptionFacts:
    """Decline a redemption of somebody else for a ``reason``; its points are free again.

    Raises RedemptionNotFound, OwnRedemption, PersonUnknown, RedemptionClosed, RedemptionInPayroll,
    RedemptionChanged.
    """
    row, circle = _lock_for(session, actor, redemption_id)
    _refuse_closed(row, now)
    _refuse_stale(row, seen_version)
    # Somebody else than this person decides on an appeal.
    circle.person_of(actor.employee_id)
    _record(session, actor, row, act="redemption.declined", now=now, reason=reason)
    return _ended(
        session, row, RedemptionStatus.DECLINED, actor_id=actor.employee_id, reason=reason, now=now
    )


def fulfil(
    session: Session, *, actor: Actor, redemption_id: UUID, seen_version: int, now: datetime
) -> RedemptionFacts:
    """Hand over what was approved, but money; its points are paid.

    Raises RedemptionNotFound, OwnRedemption, CashGoesThroughPayroll, RedemptionClosed,
    RedemptionChanged, ApproverChanged.
    """
    row, _ = _lock_for(session, actor, redemption_id)
    if row.kind is RewardKind.CASH:
        raise CashGoesThroughPayroll
    if row.status is not RedemptionStatus.APPROVED:
        raise RedemptionClosed(redemption_status=row.status)
    _refuse_overdue(row, now)
    _refuse_stale(row, seen_version)
    approvals.refuse_changed(session, row)
    _record(session, actor, row, act="redemption.fulfilled", now=now)
    return _ended(session, row, RedemptionStatus.FULFILLED, actor_id=actor.employee_id, now=now)


def cancel(
    session: Session, *, actor: Actor, redemption_id: UUID, now: datetime
) -> RedemptionFacts:
    """Take back what ``actor`` asked for, until it is fulfilled or with payroll.

    Its points are free again. Raises RedemptionNotFound, also for what somebody else asked for,
    RedemptionClosed, RedemptionInPayroll.
    """
    row = queries.lock_redemption(
        session, organisation_id=actor.organisation_id, redemption_id=redemption_id
    )
    if row.employee_id != actor.employee_id:
        raise RedemptionNotFound
    _refuse_closed(row, now)
    return _ended(session, row, RedemptionStatus.CANCELLED, actor_id=actor.employee_id, now=now)


def pay_out(session: Session, rows: Sequence[Redemption], *, actor: Actor, now: datetime) -> None:
    """Fulfil ``rows``, of a batch that payroll has acknowledged; all of them are in hand."""
    queries.lock_balances(session, owners={(row.organisation_id, row.employee_id) for row in rows})
    for row in rows:
        _ended(session, row, RedemptionStatus.FULFILLED, actor_id=actor.employee_id, now=now)


def expire_forgotten(*, now: datetime) -> int:
    """End every redemption whose deadline is over; return how many.

    One in a transaction: two that lock rewards and balances in turn could wait in a circle.
    """
    with reading() as session:
        found = queries.list_forgotten(session, now=now)

    def expire(session: Session, key: tuple[UUID, UUID]) -> int:
        owner, redemption_id = key
        row = queries.lock_forgotten(
            session, organisation_id=owner, redemption_id=redemption_id, now=now
        )
        if row is None:
            return 0
        _ended(session, row, RedemptionStatus.EXPIRED, actor_id=None, now=now)
        return 1

    return each(found, expire, job="expire_redemptions", id_of=itemgetter(1))


def _lock_for(
    session: Session, actor: Actor, redemption_id: UUID
) -> tuple[Redemption, persons.Circle]:
    """Return a redemption in hand that ``actor`` decides on, and who both are."""
    row = queries.lock_redemption(
        session, organisation_id=actor.organisation_id, redemption_id=redemption_id
    )
    circle = persons.around(session, actor=actor, concerned=[row.employee_id])
    if circle.has_actor:
        raise OwnRedemption
    return row, circle


def _refuse_closed(row: Redemption, now: datetime) -> None:
    if row.status not in queries.OPEN:
        raise RedemptionClosed(redemption_status=row.status)
    if row.due_at is None:
        raise RedemptionInPayroll
    _refuse_overdue(row, now)


def _refuse_overdue(row: Redemption, now: datetime) -> None:
    if row.due_at is not None and row.due_at <= now:
        # The worker has not come to it yet; what is over is over at the second that was told.
        raise RedemptionClosed(redemption_status=RedemptionStatus.EXPIRED)


def _refuse_stale(row: Redemption, seen_version: int) -> None:
    if row.version != seen_version:
        raise RedemptionChanged(version=row.version)


def _ended(
    session: Session,
    row: Redemption,
    step: RedemptionStatus,
    *,
    actor_id: UUID | None,
    now: datetime,
    reason: str | None = None,
) -> RedemptionFacts:
    owner, fulfilled = row.organisation_id, step is RedemptionStatus.FULFILLED
    if row.stock_taken and not fulfilled:
        catalogue.put_back(session, organisation_id=owner, reward_id=row.reward_id)
    end = holds.settle if fulfilled else holds.release
    end(session, organisation_id=owner, redemption_id=row.id, now=now)
    if not fulfilled:
        _let_expire(session, row, step, now=now)
    row.status, row.due_at = step, None
    return _written(session, row, step, actor_id=actor_id, reason=reason, now=now)


def _let_expire(
    session: Session, row: Redemption, step: RedemptionStatus, *, now: datetime
) -> None:
    """Let points whose season is over expire: in a month, or at once where the employee cancelled.

    The books tell which these are (see `lots`): those of this redemption, and no others.
    """
    grace = timedelta() if step is RedemptionStatus.CANCELLED else EXPIRY_GRACE
    expiries.expect(
        session,
        organisation_id=row.organisation_id,
        employee_id=row.employee_id,
        due_at=now + grace,
    )


def _written(
    session: Session,
    row: Redemption,
    step: RedemptionStatus,
    *,
    actor_id: UUID | None,
    now: datetime,
    reason: str | None = None,
) -> RedemptionFacts:
    row.version += 1
    session.flush()
    numbers = list_payroll_numbers(
        session, organisation_id=row.organisation_id, employee_ids=[actor_id] if actor_id else []
    )
    session.add(
        RedemptionHistory(
            organisation_id=row.organisation_id,
            redemption_id=row.id,
            number=row.version,
            step=step,
            actor_id=actor_id,
            actor_person=numbers[actor_id] if actor_id else None,
            reason=reason,
            at=now,
        )
    )
    session.flush()
    if row.status is not RedemptionStatus.ASKED and actor_id != row.employee_id:
        messages.send(
            session,
            organisation_id=row.organisation_id,
            recipients=[row.employee_id],
            kind=MessageKind.REDEMPTION_DECIDED,
            subject_id=row.id,
            now=now,
        )
    return queries.redemption_facts(session, [row])[0]


def _record(
    session: Session,
    actor: Actor,
    row: Redemption,
    *,
    act: str,
    now: datetime,
    reason: str | None = None,
) -> None:
    detail = {
        "version": row.version,
        "points": row.points,
        "value_cents": row.value_cents,
        "currency": row.currency,
        "season_id": str(row.season_id) if row.season_id else None,
        "reason": reason,
    }
    audit.record(session, actor=actor, act=act, subject_id=row.id, now=now, detail=detail)
