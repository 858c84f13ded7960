"""The counts behind the programme's figures, read from tallies and by index."""

from bisect import bisect_right
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from itertools import accumulate
from uuid import UUID

from sqlalchemy import ColumnElement, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.engagement.models import Request, Tally
from backend.engagement.queries.taken_back import list_taken_back
from backend.engagement.rules import Status
from backend.insight.queries.periods import within
from backend.insight.rules import Period, percentile_offset
from backend.venues.models import Event

_COUNTED = frozenset(Status) - {Status.SEASON_CLOSED}


@dataclass(frozen=True, kw_only=True, slots=True)
class EventCounts:
    """What happened at one event that has begun; fives that HR took back stand by themselves."""

    event_id: UUID
    name: str
    held_on: date
    attendance: int | None
    fans_greeted: int
    invitations: int
    ratings: int
    five_star: int
    taken_back: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """How many seconds something took, half of the time and nine times out of ten at most."""

    n: int
    median: int | None
    ninetieth: int | None


def list_events(
    session: Session,
    *,
    organisation_id: UUID,
    period: Period,
    now: datetime,
    after: tuple[date, UUID] | None = None,
    limit: int | None = None,
) -> list[EventCounts]:
    """Return the counts of the period's events whose doors have opened, in order of day."""
    conditions = within(period, organisation_id=organisation_id)
    if after is not None:
        conditions.append(tuple_(Event.held_on, Event.id) > after)
    statement = (
        select(Event.id, Event.name, Event.held_on, Event.attendance)
        .where(*conditions, Event.doors_at <= now)
        .order_by(Event.held_on, Event.id)
        .limit(limit)
    )
    events = session.execute(statement).all()
    ids = [event.id for event in events]
    sums = _sums(session, organisation_id, ids)
    for one in list_taken_back(session, organisation_id=organisation_id, event_ids=ids):
        counts = sums[one.event_id]
        # No rating that is taken back may make the share better.
        counts["ratings"] -= one.five_star
        counts["five_star"] -= one.five_star
        counts["taken_back"] = counts.get("taken_back", 0) + one.five_star
    nothing = dict.fromkeys(("fans_greeted", "invitations", "ratings", "five_star"), 0)
    return [
        EventCounts(
            event_id=event.id,
            name=event.name,
            held_on=event.held_on,
            attendance=event.attendance,
            **sums.get(event.id, nothing),
        )
        for event in events
    ]


def count_requests(
    session: Session, *, organisation_id: UUID, event_ids: Collection[UUID]
) -> dict[Status, int]:
    """Return how many requests of these events stand at each status.

    What came after its season was closed is in no figure.
    """
    statement = (
        select(Request.status, func.count().label("number"))
        .where(Request.organisation_id == organisation_id, Request.event_id.in_(event_ids))
        .group_by(Request.status)
    )
    counts = {row.status: row.number for row in session.execute(statement)}
    return {status: counts.get(status, 0) for status in Status if status in _COUNTED}


def get_times_to_accept(session: Session, *, organisation_id: UUID, period: Period) -> Times:
    """Return the seconds from opening a request to its first acceptance."""
    return _times(session, organisation_id, period, Request.accept_seconds)


def get_times_to_resolve(session: Session, *, organisation_id: UUID, period: Period) -> Times:
    """Return the seconds from opening a request to its resolution."""
    return _times(session, organisation_id, period, Request.resolve_seconds)


def _sums(
    session: Session, organisation_id: UUID, event_ids: Collection[UUID]
) -> dict[UUID, dict[str, int]]:
    columns = (Tally.fans_greeted, Tally.invitations, Tally.ratings, Tally.five_star)
    statement = (
        select(Tally.event_id, *(func.sum(column).label(column.key) for column in columns))
        .where(Tally.organisation_id == organisation_id, Tally.event_id.in_(event_ids))
        .group_by(Tally.event_id)
    )
    return {
        row.event_id: {column.key: int(row._mapping[column.key]) for column in columns}
        for row in session.execute(statement)
    }


def _times(
    session: Session,
    organisation_id: UUID,
    period: Period,
    seconds: InstrumentedAttribute[int | None],
) -> Times:
    conditions: list[ColumnElement[bool]] = [
        Request.organisation_id == organisation_id,
        Request.event_id == period.event_id
        if period.event_id
        else Request.season_id == period.season_id,
        seconds.is_not(None),
    ]
    # Counted by the second, there are a few thousand lines of however many requests.
    lasted = session.execute(
        select(seconds, func.count()).where(*conditions).group_by(seconds).order_by(seconds)
    ).all()
    n = sum(number for _, number in lasted)
    if not n:
        return Times(n=0, median=None, ninetieth=None)
    up_to = list(accumulate(number for _, number in lasted))

    def at(percent: int) -> int | None:
        return lasted[bisect_right(up_to, percentile_offset(percent, n))][0]

    return Times(n=n, median=at(50), ninetieth=at(90))
