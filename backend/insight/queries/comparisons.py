"""What everybody did and got in a season, read from shifts, tallies and standings.

Of ratings only those are looked at that were ever held, which are few.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, case, cast, func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Rating, RatingHold, Tally
from backend.engagement.queries.taken_back import list_taken_back
from backend.engagement.rules import RatingState
from backend.identity.models import Department, Employee, ProtectedGroup
from backend.identity.queries.protected_groups import AttributeFacts
from backend.insight.queries.fair import seconds_of_shifts
from backend.insight.queries.periods import within
from backend.insight.rules import Period
from backend.insight.rules.comparisons import Record
from backend.rewards.models import Standing
from backend.venues.models import Event, Shift

_NOTHING = (0, 0)
_NO_GROUPS: Mapping[str, str] = MappingProxyType({})


def list_records(
    session: Session,
    *,
    organisation_id: UUID,
    season_id: UUID,
    now: datetime,
    attributes: Sequence[AttributeFacts] = (),
) -> list[Record]:
    """Return the season of everybody who was rated, worked or earned points, up to ``now``.

    With their protected groups of ``attributes``.
    """
    ends = select(Event.id, Event.ends_at).where(
        *within(Period(season_id=season_id), organisation_id=organisation_id), Event.doors_at <= now
    )
    events = dict(session.execute(ends).all())
    seconds = _seconds(session, organisation_id, events, now)
    # In this order: one that is accepted in between is then counted twice, and never as more
    # held ratings than there are.
    holds = _holds(session, organisation_id, events)
    ratings = _ratings(session, organisation_id, events)
    found = list_taken_back(session, organisation_id=organisation_id, event_ids=events)
    taken_back = Counter(one.employee_id for one in found if one.good)
    groups = _groups(session, organisation_id, attributes)
    records = []
    for row in _people(session, organisation_id, season_id):
        accepted, good = ratings.get(row.id, _NOTHING)
        held, not_accepted = holds.get(row.id, _NOTHING)
        one = Record(
            department=row.department,
            employment_kind=row.employment_kind,
            seconds=seconds.get(row.id, 0),
            points=row.points or 0,
            ratings=accepted - taken_back[row.id],
            good=good - taken_back[row.id],
            received=accepted + not_accepted,
            held=held,
            protected=groups.get(row.id, _NO_GROUPS),
        )
        if one.seconds or one.received or one.points:
            records.append(one)
    return records


def _people(session: Session, organisation_id: UUID, season_id: UUID) -> Any:
    return session.execute(
        select(
            Employee.id,
            Department.name.label("department"),
            Employee.employment_kind,
            Standing.points,
        )
        .join(
            Department,
            (Department.organisation_id == Employee.organisation_id)
            & (Department.id == Employee.department_id),
        )
        .outerjoin(
            Standing,
            (Standing.organisation_id == organisation_id)
            & (Standing.board == f"season/{season_id}")
            & (Standing.employee_id == Employee.id),
        )
        .where(Employee.organisation_id == organisation_id)
    )


def _groups(
    session: Session, organisation_id: UUID, attributes: Sequence[AttributeFacts]
) -> Mapping[UUID, Mapping[str, str]]:
    """Return by employee their group of each attribute."""
    if not attributes:
        return {}
    names = {one.id: one.name for one in attributes}
    groups: defaultdict[UUID, dict[str, str]] = defaultdict(dict)
    for who, attribute_id, name in session.execute(
        select(ProtectedGroup.employee_id, ProtectedGroup.attribute_id, ProtectedGroup.name).where(
            ProtectedGroup.organisation_id == organisation_id,
            ProtectedGroup.attribute_id.in_(names),
        )
    ):
        groups[who][names[attribute_id]] = name
    return groups


def _seconds(
    session: Session, organisation_id: UUID, events: Mapping[UUID, datetime], now: datetime
) -> dict[UUID, int]:
    seconds, begun = seconds_of_shifts(events, now)
    # By an expression, as in `fair`: else SQLite reads all shifts that there ever were.
    employee_id = func.coalesce(Shift.employee_id, Shift.employee_id)
    rows = session.execute(
        select(employee_id, cast(func.sum(seconds), BigInteger))
        .where(Shift.organisation_id == organisation_id, Shift.event_id.in_(events), *begun)
        .group_by(employee_id)
    )
    return {who: int(worked) for who, worked in rows}


def _ratings(
    session: Session, organisation_id: UUID, events: Mapping[UUID, datetime]
) -> dict[UUID, tuple[int, int]]:
    rows = session.execute(
        select(Tally.employee_id, func.sum(Tally.ratings), func.sum(Tally.good))
        .where(Tally.organisation_id == organisation_id, Tally.event_id.in_(events))
        .group_by(Tally.employee_id)
    )
    return {who: (int(ratings), int(good)) for who, ratings, good in rows}


def _holds(
    session: Session, organisation_id: UUID, events: Mapping[UUID, datetime]
) -> dict[UUID, tuple[int, int]]:
    """Return by employee how many of their ratings were held, and how many of those do not count.

    Late ones are in no figure.
    """
    not_accepted = func.sum(case((Rating.state == RatingState.ACCEPTED, 0), else_=1))
    # By an expression here, too: else it reads every rating, in the order of employees.
    employee_id = func.coalesce(Rating.employee_id, Rating.employee_id)
    held = select(RatingHold.rating_id).where(RatingHold.organisation_id == organisation_id)
    rows = session.execute(
        select(employee_id, func.count(), not_accepted)
        .where(
            Rating.organisation_id == organisation_id,
            # Joined, SQLite would look through all ratings for the few that were held.
            Rating.id.in_(held),
            Rating.event_id.in_(events),
            Rating.state != RatingState.SEASON_CLOSED,
        )
        .group_by(employee_id)
    )
    return {who: (count, int(others)) for who, count, others in rows}
