"""Reads of the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.rewards.models import Reward
from backend.rewards.problems import RewardNotFound
from backend.rewards.rules import RewardKind


@dataclass(frozen=True, kw_only=True, slots=True)
class RewardFacts:
    """A reward as it is now; prices in points, worth in cents."""

    organisation_id: UUID
    id: UUID
    version: int
    name: str
    description: str
    kind: RewardKind
    points: int
    value_cents: int
    currency: str
    taxable: bool
    days_off: int | None
    stock: int | None
    offered_from: datetime
    offered_until: datetime | None
    employment_kinds: Sequence[str] | None
    least_resolved: int
    least_good_percent: int
    withdrawn_at: datetime | None

    def is_offered(self, now: datetime) -> bool:
        """Tell whether it can be asked for at ``now``."""
        begun = self.withdrawn_at is None and self.offered_from <= now
        return begun and (self.offered_until is None or now < self.offered_until)


def reward_facts(row: Reward) -> RewardFacts:
    """Return the facts in ``row``."""
    return RewardFacts(**{name: getattr(row, name) for name in RewardFacts.__dataclass_fields__})


def get_reward(session: Session, *, organisation_id: UUID, reward_id: UUID) -> RewardFacts:
    """Return a reward; raises RewardNotFound."""
    row = session.get(Reward, (organisation_id, reward_id))
    if row is None:
        raise RewardNotFound
    return reward_facts(row)


def lock_reward(session: Session, *, organisation_id: UUID, reward_id: UUID) -> Reward:
    """Return a reward in hand; raises RewardNotFound."""
    row = session.get(
        Reward, (organisation_id, reward_id), populate_existing=True, with_for_update=True
    )
    if row is None:
        raise RewardNotFound
    return row


def list_rewards(
    session: Session,
    *,
    organisation_id: UUID,
    offered_at: datetime | None,
    after: tuple[int, UUID] | None,
    limit: int,
) -> list[RewardFacts]:
    """Return at most ``limit`` rewards, the cheapest first.

    Only those that are ``offered_at`` an instant, if one is given; ``after`` is the (points, id)
    of the row before the first one wanted.
    """
    query = select(Reward).where(Reward.organisation_id == organisation_id)
    if offered_at is not None:
        query = query.where(
            Reward.withdrawn_at.is_(None),
            Reward.offered_from <= offered_at,
            or_(Reward.offered_until.is_(None), Reward.offered_until > offered_at),
        )
    if after is not None:
        points, reward_id = after
        query = query.where(
            or_(Reward.points > points, (Reward.points == points) & (Reward.id > reward_id))
        )
    rows = session.scalars(query.order_by(Reward.points, Reward.id).limit(limit))
    return [reward_facts(row) for row in rows]
