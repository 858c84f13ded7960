"""What a season has given and may still give: points by event, points not spent yet, prices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from backend.rewards.models import Balance, PointsOnTheWay, Reward, Standing
from backend.rewards.rules import event_board
from backend.venues.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class EventPoints:
    """What an event has earned until now, net of what was taken back."""

    event_id: UUID
    ended: bool
    points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outstanding:
    """The organisation's points that are not spent yet, of every season."""

    pending: int
    available: int
    held: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What something in the catalogue costs in points, and is worth."""

    points: int
    cents: int
    currency: str


def list_event_points(
    session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime
) -> list[EventPoints]:
    """Return the points of every event of a season, in order of its start."""
    events = session.execute(
        select(Event.id, Event.ends_at)
        .where(Event.organisation_id == organisation_id, Event.season_id == season_id)
        .order_by(Event.starts_at, Event.id)
    ).all()
    boards = {event_board(event.id): event.id for event in events}
    standing = select(Standing.board, func.sum(Standing.points)).where(
        Standing.organisation_id == organisation_id, Standing.board.in_(boards)
    )
    coming = select(PointsOnTheWay.event_id, func.sum(PointsOnTheWay.points)).where(
        PointsOnTheWay.organisation_id == organisation_id,
        PointsOnTheWay.event_id.in_(boards.values()),
    )
    points = dict.fromkeys(boards.values(), 0)
    for board, there in session.execute(standing.group_by(Standing.board)):
        points[boards[board]] += int(there)
    for event_id, there in session.execute(coming.group_by(PointsOnTheWay.event_id)):
        points[event_id] += int(there)
    return [
        EventPoints(event_id=event.id, ended=event.ends_at <= now, points=points[event.id])
        for event in events
    ]


def get_outstanding(session: Session, *, organisation_id: UUID) -> Outstanding:
    """Return what is not spent yet, what is on its way to the books included."""
    buckets = (Balance.pending, Balance.available, Balance.held)
    there = session.execute(
        select(*[func.coalesce(func.sum(bucket), 0) for bucket in buckets]).where(
            Balance.organisation_id == organisation_id
        )
    ).one()
    coming = session.scalar(
        select(func.sum(PointsOnTheWay.points)).where(
            PointsOnTheWay.organisation_id == organisation_id,
            PointsOnTheWay.transaction_id.is_not(None),
        )
    )
    return Outstanding(
        pending=int(there[0]) + int(coming or 0), available=int(there[1]), held=int(there[2])
    )


def list_offers(session: Session, *, organisation_id: UUID, now: datetime) -> Sequence[Offer]:
    """Return everything that can be asked for at ``now``."""
    rows = session.execute(
        select(Reward.points, Reward.value_cents.label("cents"), Reward.currency).where(
            Reward.organisation_id == organisation_id,
            Reward.withdrawn_at.is_(None),
            Reward.offered_from <= now,
            or_(Reward.offered_until.is_(None), Reward.offered_until > now),
        )
    )
    return [Offer(**row._mapping) for row in rows]
