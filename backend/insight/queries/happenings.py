"""What the lines of a timeline tell: read for a page of them, one statement for each kind."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, literal_column, select, tuple_
from sqlalchemy.orm import Session, aliased

from backend.engagement.models import CreditShare, Rating, RatingAnswer, Request, Tally
from backend.engagement.rules import Category, RatingState
from backend.foundation.audit import AuditRow
from backend.rewards.models import (
    Account,
    Adjustment,
    AdjustmentEnd,
    AdjustmentPart,
    Appeal,
    AppealDecision,
    LedgerEntry,
    LedgerTransaction,
    Redemption,
    RedemptionHistory,
    Standing,
    TransactionKind,
)
from backend.rewards.queries import select_ids_of
from backend.rewards.rules import (
    AdjustmentKind,
    AdjustmentStatus,
    AppealStatus,
    AppealSubject,
    RedemptionStatus,
    event_board,
)
from backend.venues.models import Event, Post, Season, Shift, Zone

# In the very words of the index that holds corrections alone.
_FIRST: Any = literal_column("1")


@dataclass(frozen=True, kw_only=True, slots=True)
class EveningTold:
    """An event, where somebody stood, and what they did there.

    Without ``ratings`` and ``good`` where nobody learns of them.
    """

    event: str
    posts: Sequence[str]
    greetings: int
    resolved: int
    ratings: int | None
    good: int | None
    points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestTold:
    """A request that was resolved, how much of it was theirs, and what it earned them."""

    event: str
    category: Category
    zone: str
    seat: str | None
    percent: int
    points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RatingTold:
    """A rating, without what the fan wrote, and what it earned them."""

    event: str
    stars: int
    state: RatingState
    points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RedemptionTold:
    """A step of a redemption."""

    reward_name: str
    points: int
    step: RedemptionStatus
    actor_id: UUID | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AdjustmentTold:
    """Their part of an adjustment, and where it stands."""

    kind: AdjustmentKind
    points: int
    status: AdjustmentStatus
    actor_id: UUID
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AppealTold:
    """An appeal of theirs, and where it stands."""

    against: AppealSubject
    status: AppealStatus
    actor_id: UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpiryTold:
    """Points of a season that expired."""

    season: str
    points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ActTold:
    """Something that was done to them, or to a phone of theirs."""

    act: str
    actor_id: UUID | None
    detail: Mapping[str, Any]


def tell_evenings(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    ids: Collection[UUID],
    with_ratings: bool,
) -> dict[UUID, EveningTold]:
    """Return what somebody did at events, by the events' ids; ``with_ratings``, or without."""
    posts: defaultdict[UUID, list[str]] = defaultdict(list)
    for event_id, zone, post in session.execute(
        select(Shift.event_id, Zone.name, Post.name)
        .join(Post, _of(Post, Shift, Shift.post_id))
        .join(Zone, _of(Zone, Post, Post.zone_id))
        .where(
            Shift.organisation_id == organisation_id,
            Shift.employee_id == employee_id,
            Shift.event_id.in_(ids),
        )
        .order_by(Shift.starts_at)
    ):
        posts[event_id].append(post if post.startswith(zone) else f"{zone}, {post}")
    boards = {event_board(event_id): event_id for event_id in ids}
    # By the whole key: an index that holds the points, too, would be read board by board.
    key = tuple_(Standing.organisation_id, Standing.board, Standing.employee_id)
    keys = [(organisation_id, board, employee_id) for board in boards]
    standings = session.execute(select(Standing.board, Standing.points).where(key.in_(keys)))
    points = {boards[board]: found for board, found in standings}
    rows = session.execute(
        select(Event.id, Event.name, Tally.greetings, Tally.resolved, Tally.ratings, Tally.good)
        .outerjoin(
            Tally,
            and_(
                Tally.organisation_id == Event.organisation_id,
                Tally.event_id == Event.id,
                Tally.employee_id == employee_id,
            ),
        )
        .where(Event.organisation_id == organisation_id, Event.id.in_(ids))
    )
    return {
        event_id: EveningTold(
            event=name,
            posts=posts[event_id],
            points=points.get(event_id, 0),
            greetings=greetings or 0,
            resolved=resolved or 0,
            ratings=(ratings or 0) if with_ratings else None,
            good=(good or 0) if with_ratings else None,
        )
        for event_id, name, greetings, resolved, ratings, good in rows
    }


def tell_requests(
    session: Session, *, organisation_id: UUID, employee_id: UUID, ids: Collection[UUID]
) -> dict[UUID, RequestTold]:
    """Return what requests were about, by their ids, and what they earned an employee."""
    points = _earned(session, organisation_id, employee_id, {one: one for one in ids})
    rows = session.execute(
        select(
            Request.id,
            Event.name.label("event"),
            Request.category,
            Zone.name.label("zone"),
            Request.seat,
            CreditShare.percent,
        )
        .join(Event, _of(Event, Request, Request.event_id))
        .join(Zone, _of(Zone, Request, Request.zone_id))
        .join(
            CreditShare,
            and_(
                CreditShare.organisation_id == Request.organisation_id,
                CreditShare.request_id == Request.id,
                CreditShare.employee_id == employee_id,
            ),
        )
        .where(Request.organisation_id == organisation_id, Request.id.in_(ids))
    )
    return {row.id: RequestTold(**_rest(row), points=points.get(row.id, 0)) for row in rows}


def tell_ratings(
    session: Session, *, organisation_id: UUID, employee_id: UUID, ids: Collection[UUID]
) -> dict[UUID, RatingTold]:
    """Return ratings by their ids, and what they earned an employee."""
    corrections = session.execute(
        select(RatingAnswer.id, RatingAnswer.rating_id).where(
            RatingAnswer.organisation_id == organisation_id,
            RatingAnswer.rating_id.in_(ids),
            RatingAnswer.number > _FIRST,
        )
    )
    answers = {one: one for one in ids} | dict(corrections.all())
    points = _earned(session, organisation_id, employee_id, answers)
    rows = session.execute(
        select(Rating.id, Event.name.label("event"), Rating.stars, Rating.state)
        .join(Event, _of(Event, Rating, Rating.event_id))
        .where(Rating.organisation_id == organisation_id, Rating.id.in_(ids))
    )
    return {row.id: RatingTold(**_rest(row), points=points.get(row.id, 0)) for row in rows}


def tell_redemptions(
    session: Session, *, organisation_id: UUID, ids: Collection[UUID]
) -> dict[tuple[UUID, int], RedemptionTold]:
    """Return the steps of redemptions, by the redemption's id and the number of the step."""
    row = RedemptionHistory
    rows = session.execute(
        select(
            row.redemption_id,
            row.number,
            Redemption.reward_name,
            Redemption.points,
            row.step,
            row.actor_id,
            row.reason,
        )
        .join(Redemption, _of(Redemption, row, row.redemption_id))
        .where(row.organisation_id == organisation_id, row.redemption_id.in_(ids))
    )
    return {
        (one.redemption_id, one.number): RedemptionTold(
            reward_name=one.reward_name,
            points=one.points,
            step=one.step,
            actor_id=one.actor_id,
            reason=one.reason,
        )
        for one in rows
    }


def tell_adjustments(
    session: Session, *, organisation_id: UUID, employee_id: UUID, ids: Collection[UUID]
) -> dict[UUID, AdjustmentTold]:
    """Return an employee's parts of adjustments, by the adjustments' ids."""
    rows = session.execute(
        select(
            Adjustment.id,
            Adjustment.kind,
            AdjustmentPart.points,
            AdjustmentEnd.status,
            Adjustment.author_id.label("actor_id"),
            Adjustment.reason,
        )
        .join(
            AdjustmentPart,
            and_(
                AdjustmentPart.organisation_id == Adjustment.organisation_id,
                AdjustmentPart.adjustment_id == Adjustment.id,
                AdjustmentPart.employee_id == employee_id,
            ),
        )
        .outerjoin(
            AdjustmentEnd,
            and_(
                AdjustmentEnd.organisation_id == Adjustment.organisation_id,
                AdjustmentEnd.adjustment_id == Adjustment.id,
            ),
        )
        .where(Adjustment.organisation_id == organisation_id, Adjustment.id.in_(ids))
    )
    return {
        row.id: AdjustmentTold(
            **(_rest(row) | {"status": row.status or AdjustmentStatus.WAITING}),
        )
        for row in rows
    }


def tell_appeals(
    session: Session, *, organisation_id: UUID, ids: Collection[UUID]
) -> dict[UUID, AppealTold]:
    """Return appeals by their ids."""
    rows = session.execute(
        select(Appeal.id, Appeal.adjustment_id, AppealDecision.status, AppealDecision.decider_id)
        .outerjoin(
            AppealDecision,
            and_(
                AppealDecision.organisation_id == Appeal.organisation_id,
                AppealDecision.appeal_id == Appeal.id,
            ),
        )
        .where(Appeal.organisation_id == organisation_id, Appeal.id.in_(ids))
    )
    return {
        appeal_id: AppealTold(
            against=AppealSubject.ADJUSTMENT if adjustment_id else AppealSubject.REDEMPTION,
            status=status or AppealStatus.WAITING,
            actor_id=decider_id,
        )
        for appeal_id, adjustment_id, status, decider_id in rows
    }


def tell_expiries(
    session: Session, *, organisation_id: UUID, ids: Collection[UUID]
) -> dict[UUID, ExpiryTold]:
    """Return which points expired, by the ids of their transactions."""
    row = LedgerTransaction
    rows = session.execute(
        select(row.id, Season.name.label("season"), row.points)
        .join(Season, _of(Season, row, row.source_id))
        .where(row.organisation_id == organisation_id, row.id.in_(ids))
    )
    return {one.id: ExpiryTold(**_rest(one)) for one in rows}


def tell_acts(
    session: Session, *, organisation_id: UUID, ids: Collection[UUID]
) -> dict[UUID, ActTold]:
    """Return acts by their ids."""
    rows = session.execute(
        select(AuditRow.id, AuditRow.act, AuditRow.actor_id, AuditRow.detail).where(
            AuditRow.organisation_id == organisation_id, AuditRow.id.in_(ids)
        )
    )
    return {row.id: ActTold(**_rest(row)) for row in rows}


def _earned(
    session: Session, organisation_id: UUID, employee_id: UUID, sources: Mapping[UUID, UUID]
) -> dict[UUID, int]:
    """Return what an employee has from ``sources``, added up by what each stands for.

    What was taken back is taken off, but for what had expired: the line of that has taken it off.
    """
    earned: defaultdict[UUID, int] = defaultdict(int)
    for source_id, points in session.execute(_kept(organisation_id, employee_id, list(sources))):
        earned[sources[source_id]] += points
    return earned


def _kept(organisation_id: UUID, employee_id: UUID, sources: list[UUID]) -> Select[UUID, int]:
    given, taken, gone = LedgerTransaction, aliased(LedgerTransaction), LedgerEntry
    accruals = select_ids_of(
        TransactionKind.ACCRUAL,
        organisation_id=organisation_id,
        sources=sources,
        employee_id=employee_id,
    )
    kept = case((taken.id.is_(None), given.points), else_=-func.coalesce(gone.points, 0))
    return (
        select(given.source_id, kept)
        .outerjoin(
            taken,
            and_(taken.organisation_id == given.organisation_id, taken.reverses_id == given.id),
        )
        .outerjoin(
            gone,
            and_(
                gone.organisation_id == taken.organisation_id,
                gone.transaction_id == taken.id,
                gone.account == Account.EXPIRED,
            ),
        )
        .where(given.organisation_id == organisation_id, given.id.in_(accruals))
    )


def _of(table: Any, other: Any, column: Any) -> Any:
    return and_(table.organisation_id == other.organisation_id, table.id == column)


def _rest(row: Any) -> dict[str, Any]:
    """Return what a row says but for its id."""
    return {name: value for name, value in row._mapping.items() if name != "id"}
