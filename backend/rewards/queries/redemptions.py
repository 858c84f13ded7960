"""Reads of redemptions."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from backend.rewards.models import Redemption, RedemptionApproval, RedemptionHistory
from backend.rewards.problems import RedemptionNotFound
from backend.rewards.rules import ROLLING, RedemptionStatus, RewardKind

OPEN = (RedemptionStatus.ASKED, RedemptionStatus.APPROVED)
# What counts towards the sum from which two people approve.
_COUNTING = (*OPEN, RedemptionStatus.FULFILLED)


@dataclass(frozen=True, kw_only=True, slots=True)
class StepFacts:
    """One step of a redemption; time alone has no actor."""

    step: RedemptionStatus
    actor_id: UUID | None
    reason: str | None
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ApprovalFacts:
    """That somebody approved a redemption, and which persons they and the asker were then."""

    redemption_id: UUID
    approver_id: UUID
    approver_person: str
    employee_person: str


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetView:
    """The budget of a season beside a redemption: what is left of it now, and after that one."""

    currency: str
    left_cents: int
    after_this_cents: int
    enough: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class RedemptionFacts:
    """A redemption as it is now, on the terms on which it was asked for."""

    id: UUID
    employee_id: UUID
    reward_id: UUID
    version: int
    status: RedemptionStatus
    reward_name: str
    kind: RewardKind
    points: int
    value_cents: int
    currency: str
    taxable: bool
    season_id: UUID | None
    rolling_cents: int
    approvals_needed: int
    asked_at: datetime
    due_at: datetime | None
    approved_by: Sequence[UUID] = field(default_factory=list)
    steps: Sequence[StepFacts] = field(default_factory=list)
    budget: BudgetView | None = None

    @property
    def in_payroll(self) -> bool:
        """Tell whether a batch has it that payroll has not acknowledged yet."""
        return self.status is RedemptionStatus.APPROVED and self.due_at is None


_NO_COLUMNS = {"approved_by", "steps", "budget"}
_COLUMNS = tuple(name for name in RedemptionFacts.__dataclass_fields__ if name not in _NO_COLUMNS)


def list_redemptions(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID | None = None,
    status: RedemptionStatus | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[RedemptionFacts]:
    """Return at most ``limit`` redemptions, the newest first, of one employee if one is given."""
    query = select(Redemption).where(Redemption.organisation_id == organisation_id)
    if employee_id is not None:
        query = query.where(Redemption.employee_id == employee_id)
    if status is not None:
        query = query.where(Redemption.status == status)
    if before is not None:
        asked_at, redemption_id = before
        query = query.where(
            or_(
                Redemption.asked_at < asked_at,
                (Redemption.asked_at == asked_at) & (Redemption.id < redemption_id),
            )
        )
    newest = query.order_by(Redemption.asked_at.desc(), Redemption.id.desc()).limit(limit)
    return redemption_facts(session, session.scalars(newest).all())


def get_redemption(
    session: Session, *, organisation_id: UUID, redemption_id: UUID
) -> RedemptionFacts:
    """Return a redemption; raises RedemptionNotFound."""
    row = session.get(Redemption, (organisation_id, redemption_id))
    if row is None:
        raise RedemptionNotFound
    return redemption_facts(session, [row])[0]


def redemption_facts(session: Session, rows: Sequence[Redemption]) -> list[RedemptionFacts]:
    """Return ``rows``, of one organisation, with their steps and who approved."""
    if not rows:
        return []
    owner, ids = rows[0].organisation_id, [row.id for row in rows]
    steps: dict[UUID, list[StepFacts]] = {redemption_id: [] for redemption_id in ids}
    for step in session.scalars(
        select(RedemptionHistory)
        .where(RedemptionHistory.organisation_id == owner, RedemptionHistory.redemption_id.in_(ids))
        .order_by(RedemptionHistory.number)
    ):
        steps[step.redemption_id].append(
            StepFacts(step=step.step, actor_id=step.actor_id, reason=step.reason, at=step.at)
        )
    return [
        RedemptionFacts(
            **{name: getattr(row, name) for name in _COLUMNS},
            steps=steps[row.id],
            approved_by=[
                step.actor_id
                for step in steps[row.id]
                if step.step is RedemptionStatus.APPROVED and step.actor_id
            ],
        )
        for row in rows
    ]


def lock_redemption(session: Session, *, organisation_id: UUID, redemption_id: UUID) -> Redemption:
    """Return a redemption in hand; raises RedemptionNotFound."""
    row = session.get(
        Redemption, (organisation_id, redemption_id), populate_existing=True, with_for_update=True
    )
    if row is None:
        raise RedemptionNotFound
    return row


def list_forgotten(session: Session, *, now: datetime) -> list[tuple[UUID, UUID]]:
    """Return organisation and id of the redemptions whose deadline is over, the longest first."""
    key = (Redemption.organisation_id, Redemption.id)
    rows = session.execute(
        select(*key).where(Redemption.due_at <= now).order_by(Redemption.due_at, Redemption.id)
    )
    return [(organisation_id, redemption_id) for organisation_id, redemption_id in rows]


def lock_forgotten(
    session: Session, *, organisation_id: UUID, redemption_id: UUID, now: datetime
) -> Redemption | None:
    """Return a redemption whose deadline is over, unless somebody has it in hand."""
    return session.scalars(
        select(Redemption)
        .where(
            Redemption.organisation_id == organisation_id,
            Redemption.id == redemption_id,
            Redemption.due_at <= now,
        )
        .with_for_update(skip_locked=True)
    ).first()


def sum_rolling_cents(
    session: Session,
    *,
    organisation_id: UUID,
    employee_ids: Collection[UUID],
    now: datetime,
    before: UUID | None = None,
) -> int:
    """Return what employees asked for in the thirty days before ``now`` and still stands.

    Of what was asked for at ``now`` itself, only what has an id ``before`` this one, if given, and
    nothing later. Cents of every currency are added up: nobody stays below a bound by changing the
    currency.
    """
    earlier = tuple_(Redemption.asked_at, Redemption.id) < (now, before) if before else true()
    return (
        session.scalar(
            select(func.sum(Redemption.value_cents)).where(
                Redemption.organisation_id == organisation_id,
                Redemption.employee_id.in_(employee_ids),
                Redemption.asked_at > now - ROLLING,
                earlier,
                Redemption.status.in_(_COUNTING),
            )
        )
        or 0
    )


def list_approvals(
    session: Session, *, organisation_id: UUID, redemption_ids: Collection[UUID]
) -> dict[UUID, list[ApprovalFacts]]:
    """Return by redemption who has approved it, the first one first."""
    found: dict[UUID, list[ApprovalFacts]] = {which: [] for which in redemption_ids}
    approvals = (
        select(
            RedemptionApproval.redemption_id,
            RedemptionApproval.approver_id,
            RedemptionApproval.approver_person,
            RedemptionApproval.employee_person,
        )
        .where(
            RedemptionApproval.organisation_id == organisation_id,
            RedemptionApproval.redemption_id.in_(found),
        )
        .order_by(RedemptionApproval.at, RedemptionApproval.approver_id)
    )
    for row in session.execute(approvals):
        found[row.redemption_id].append(ApprovalFacts(**row._mapping))
    return found
