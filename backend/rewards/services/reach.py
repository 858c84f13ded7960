"""What is within an employee's reach, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.identity.queries import get_employee
from backend.rewards import queries
from backend.rewards.problems import NotEligible
from backend.rewards.queries import RewardFacts
from backend.rewards.rules import Merit


@dataclass(frozen=True, kw_only=True, slots=True)
class Missing:
    """What an employee still lacks for a reward; nothing at all where it is in reach.

    ``points`` and ``resolved`` are how many more, ``good_percent`` the share to reach.
    """

    points: int = 0
    resolved: int = 0
    good_percent: int = 0
    employment: bool = False

    @property
    def anything(self) -> bool:
        """Tell whether something is missing."""
        return bool(self.points or self.resolved or self.good_percent or self.employment)


@dataclass(frozen=True, kw_only=True, slots=True)
class InView:
    """A reward, and what its viewer lacks for it."""

    reward: RewardFacts
    missing: Missing

    @property
    def in_reach(self) -> bool:
        """Tell whether nothing is missing."""
        return not self.missing.anything


def list_in_view(
    session: Session,
    *,
    actor: Actor,
    rewards: Sequence[RewardFacts],
    merit: Merit,
    now: datetime,
) -> list[InView]:
    """Return ``rewards`` with what ``actor``, who has ``merit``, still lacks for each."""
    owner, who = actor.organisation_id, actor.employee_id
    whose = {"organisation_id": owner, "employee_id": who}
    available = queries.get_points(session, **whose).available
    available -= queries.sum_overdue(session, **whose, now=now)
    kind = _employment_kind(session, owner, who)
    return [
        InView(reward=one, missing=_missing(one, available=available, kind=kind, merit=merit))
        for one in rewards
    ]


def refuse_out_of_reach(
    session: Session, reward: RewardFacts, *, actor: Actor, merit: Merit
) -> None:
    """Raise NotEligible, naming what is missing, unless ``reward`` is in reach but for points."""
    kind = _employment_kind(session, actor.organisation_id, actor.employee_id)
    missing = _missing(reward, available=reward.points, kind=kind, merit=merit)
    if missing.anything:
        raise NotEligible(
            missing={
                "resolved": missing.resolved,
                "good_percent": missing.good_percent,
                "employment": missing.employment,
            }
        )


def _employment_kind(session: Session, organisation_id: UUID, employee_id: UUID) -> str:
    employee = get_employee(session, organisation_id=organisation_id, employee_id=employee_id)
    return employee.employment_kind.value


def _missing(reward: RewardFacts, *, available: int, kind: str, merit: Merit) -> Missing:
    kinds, good = reward.employment_kinds, reward.least_good_percent
    return Missing(
        points=max(0, reward.points - available),
        resolved=max(0, reward.least_resolved - merit.resolved),
        good_percent=0 if merit.good_percent >= good else good,
        employment=kinds is not None and kind not in kinds,
    )
