"""Who of the demo arena asked for which reward, and what became of it: something of each kind."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.demo.cast import Cast
from backend.demo.rewards import BONUS, DRINK, GLASS, MEAL, SCARF
from backend.engagement.queries.merits import find_merit
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.rewards.problems import NotEnoughPoints
from backend.rewards.queries import RewardFacts, list_redemptions, list_rewards
from backend.rewards.rules import RedemptionStatus
from backend.rewards.services import redemptions

MOST_REWARDS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Somebody, by badge number, who asked for a reward so many days ago.

    ``end`` came about a day later; nothing is done about what is to expire.
    """

    badge: str
    reward: str
    days: int
    approved: bool = False
    end: RedemptionStatus | None = None
    reason: str = ""


# What nobody decided within two weeks expires.
WISHES: tuple[Wish, ...] = (
    Wish(badge="1025", reward=MEAL, days=20),
    Wish(badge="1002", reward=DRINK, days=18, approved=True, end=RedemptionStatus.FULFILLED),
    Wish(badge="1036", reward=SCARF, days=16, approved=True, end=RedemptionStatus.FULFILLED),
    Wish(badge="1024", reward=MEAL, days=12),
    Wish(
        badge="1002",
        reward=SCARF,
        days=11,
        end=RedemptionStatus.DECLINED,
        reason="The shop is out of scarves until next week; please ask again then.",
    ),
    Wish(badge="1029", reward=MEAL, days=9, end=RedemptionStatus.CANCELLED),
    Wish(badge="1021", reward=MEAL, days=8, approved=True),
    Wish(badge="1031", reward=BONUS, days=7, approved=True),
    # Worth so much that two people approve: the office has, HR has not.
    Wish(badge="1018", reward=GLASS, days=5, approved=True),
    # Two who rate each other, as the evidence shows.
    Wish(badge="1052", reward=MEAL, days=4),
    Wish(badge="1028", reward=MEAL, days=3),
    Wish(badge="1062", reward=SCARF, days=2),
    Wish(badge="1002", reward=DRINK, days=1),
)


def ensure(cast: Cast, *, now: datetime) -> None:
    """Let the arena's people ask for rewards, and the office decide; once in a database."""
    owner = cast.office.organisation_id
    with reading() as session:
        if list_redemptions(session, organisation_id=owner, limit=1):
            return
        rewards = _offered(session, cast.office, now=now)
    for wish in WISHES:
        # Whoever has not earned enough in the evenings that were played does without.
        with suppress(NotEnoughPoints), transaction() as session:
            _live(session, cast, wish, rewards[wish.reward], now=now - timedelta(days=wish.days))
    redemptions.expire_forgotten(now=now)


def _offered(session: Session, office: Actor, *, now: datetime) -> dict[str, RewardFacts]:
    found: Sequence[RewardFacts] = list_rewards(
        session,
        organisation_id=office.organisation_id,
        offered_at=now,
        after=None,
        limit=MOST_REWARDS,
    )
    return {one.name: one for one in found}


def _live(session: Session, cast: Cast, wish: Wish, reward: RewardFacts, *, now: datetime) -> None:
    who = cast.actors[wish.badge]
    merit = find_merit(
        session, organisation_id=who.organisation_id, employee_id=who.employee_id, now=now
    )
    asked = redemptions.ask(
        session, actor=who, reward_id=reward.id, reward_version=reward.version, merit=merit, now=now
    )
    version, later = asked.version, now + timedelta(days=1)
    if wish.approved:
        version = redemptions.approve(
            session,
            actor=cast.office,
            redemption_id=asked.id,
            seen_version=version,
            now=now + timedelta(hours=3),
        ).version
    if wish.end is RedemptionStatus.CANCELLED:
        redemptions.cancel(session, actor=who, redemption_id=asked.id, now=later)
    if wish.end is RedemptionStatus.DECLINED:
        redemptions.decline(
            session,
            actor=cast.office,
            redemption_id=asked.id,
            seen_version=version,
            reason=wish.reason,
            now=later,
        )
    if wish.end is RedemptionStatus.FULFILLED:
        redemptions.fulfil(
            session, actor=cast.office, redemption_id=asked.id, seen_version=version, now=later
        )
