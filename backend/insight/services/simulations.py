"""Rules tried on a season before they are published: who would have earned what."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.db import stand_still
from backend.insight.queries import work
from backend.insight.queries.work import Person
from backend.insight.rules import Change, Rate, compare
from backend.insight.services.replays import Earned, replay
from backend.rewards.rules import SourceKind, parse
from backend.venues.queries import get_season

# A draft is no version yet.
NO_VERSION = UUID(int=0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Worth:
    """Points, and the cents that they cost; None where no rate was given."""

    points: int
    cents: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What was earned, what the draft would have given, and how much more that is."""

    now: Worth
    draft: Worth
    difference: Worth


@dataclass(frozen=True, kw_only=True, slots=True)
class BySource:
    """A comparison of one kind of work."""

    source_kind: SourceKind
    points: Comparison


@dataclass(frozen=True, kw_only=True, slots=True)
class Mover:
    """An employee whose points the draft changes."""

    employee_id: UUID
    person: Person
    points: Comparison


@dataclass(frozen=True, kw_only=True, slots=True)
class Employees:
    """How many of those who earned anything in either case gain, lose or stay."""

    gain: int
    lose: int
    stay: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """What a draft would have changed in a season.

    ``most_per_shift`` is the bound on what anybody can earn in a shift by the draft.
    """

    season_id: UUID
    season: str
    rate: Rate | None
    total: Comparison
    sources: Sequence[BySource]
    employees: Employees
    most_gained: Sequence[Mover]
    most_lost: Sequence[Mover]
    most_per_shift: Worth


def simulate(
    session: Session,
    *,
    organisation_id: UUID,
    season_id: UUID,
    document: Mapping[str, Any],
    rate: Rate | None,
) -> Simulation:
    """Play a season again by the rules in ``document``, and compare with what it earned.

    It must be the first to read in its transaction, for what is earned meanwhile must be in both
    or in neither. Raises RulesOutOfBounds and SeasonNotFound.
    """
    draft = parse(document, version_id=NO_VERSION, number=0)
    stand_still(session)
    whose = {"organisation_id": organisation_id, "season_id": season_id}
    season = get_season(session, **whose)
    now = work.find_earned(session, **whose)
    then = replay(session, **whose, rules_at=lambda _: draft)
    movers = compare(_by_employee(now), _by_employee(then))
    people = work.find_people(
        session,
        organisation_id=organisation_id,
        employee_ids=[one.employee_id for one in (*movers.up, *movers.down)],
    )
    return Simulation(
        season_id=season.id,
        season=season.name,
        rate=rate,
        total=_compared(sum(now.values()), sum(then.values()), rate),
        sources=[
            BySource(source_kind=kind, points=_compared(_of(now, kind), _of(then, kind), rate))
            for kind in (SourceKind.GREETING, SourceKind.REQUEST, SourceKind.RATING)
        ],
        employees=Employees(gain=movers.gain, lose=movers.lose, stay=movers.stay),
        most_gained=_named(movers.up, people, rate),
        most_lost=_named(movers.down, people, rate),
        most_per_shift=_worth(draft.most_points_per_shift, rate),
    )


def _by_employee(earned: Earned) -> dict[UUID, int]:
    points: defaultdict[UUID, int] = defaultdict(int)
    for (employee_id, _), part in earned.items():
        points[employee_id] += part
    return points


def _of(earned: Earned, kind: SourceKind) -> int:
    return sum(points for (_, earned_by), points in earned.items() if earned_by is kind)


def _named(
    changes: Sequence[Change], people: Mapping[UUID, Person], rate: Rate | None
) -> list[Mover]:
    return [
        Mover(
            employee_id=one.employee_id,
            person=people[one.employee_id],
            points=_compared(one.now, one.draft, rate),
        )
        for one in changes
    ]


def _compared(now: int, draft: int, rate: Rate | None) -> Comparison:
    return Comparison(
        now=_worth(now, rate), draft=_worth(draft, rate), difference=_worth(draft - now, rate)
    )


def _worth(points: int, rate: Rate | None) -> Worth:
    return Worth(points=points, cents=points * rate.cents_per_point if rate else None)
