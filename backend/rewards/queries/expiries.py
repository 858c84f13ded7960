"""Reads of the days on which points expire, and of whose are to."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select, true, tuple_
from sqlalchemy.orm import Session

from backend.rewards.lots import Left
from backend.rewards.models import (
    Balance,
    LedgerTransaction,
    PointsExpiry,
    PointsToExpire,
    Standing,
    TransactionKind,
)
from backend.rewards.queries.locks import Accrual
from backend.rewards.queries.lots import get_attribution, list_season_lots
from backend.rewards.queries.own_ids import select_ids_of, select_own_ids
from backend.rewards.rules import EXPIRY_NOTICE, season_board
from backend.venues.queries import find_time_zone, get_season


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpiryFacts:
    """The day on which a season's points expire, the last on which they can be spent."""

    season_id: UUID
    version: int
    expires_on: date
    begun_at: datetime | None

    def over_at(self, zone: ZoneInfo) -> datetime:
        """Return when that day is over at the venue."""
        return datetime.combine(self.expires_on + timedelta(days=1), time(), tzinfo=zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Expiring:
    """Points of an employee that will expire if they are not spent by the end of a day."""

    season_id: UUID
    season: str
    points: int
    expires_on: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """An employee whose points of a season are to expire."""

    organisation_id: UUID
    season_id: UUID
    employee_id: UUID

    @property
    def owner(self) -> tuple[UUID, UUID]:
        """Return whose balance that is."""
        return self.organisation_id, self.employee_id


_MOST_RECALLED = 10_000
_recalled: dict[tuple[Any, ...], dict[UUID, Left]] = {}
_KEY = (PointsToExpire.organisation_id, PointsToExpire.season_id, PointsToExpire.employee_id)


def expiry_facts(row: PointsExpiry) -> ExpiryFacts:
    """Return the facts in ``row``."""
    return ExpiryFacts(**{name: getattr(row, name) for name in ExpiryFacts.__dataclass_fields__})


def list_expiries(session: Session, *, organisation_id: UUID) -> list[ExpiryFacts]:
    """Return the days of all seasons that have one, the earliest first."""
    rows = session.scalars(
        select(PointsExpiry)
        .where(PointsExpiry.organisation_id == organisation_id)
        .order_by(PointsExpiry.expires_on)
        .execution_options(populate_existing=True)
    )
    return [expiry_facts(row) for row in rows]


def list_unbegun(
    session: Session, *, by: date, organisation_id: UUID | None = None
) -> Sequence[tuple[UUID, ExpiryFacts]]:
    """Return, with its organisation, every day up to ``by`` on which nothing has expired yet.

    Those of one organisation, if one is given.
    """
    mine = true() if organisation_id is None else PointsExpiry.organisation_id == organisation_id
    rows = session.scalars(
        select(PointsExpiry)
        .where(mine, PointsExpiry.begun_at.is_(None), PointsExpiry.expires_on <= by)
        .execution_options(populate_existing=True)
    )
    return [(row.organisation_id, expiry_facts(row)) for row in rows]


def list_claims(session: Session, *, now: datetime) -> list[Claim]:
    """Return the employees whose points are to expire by ``now``, the longest due first."""
    rows = session.execute(select(*_KEY).where(_due(now)).order_by(PointsToExpire.due_at, *_KEY))
    return [Claim(**row._mapping) for row in rows]


def list_claims_of(
    session: Session, *, owners: Collection[tuple[UUID, UUID]], now: datetime
) -> list[Claim]:
    """Return what of ``owners``, whose balances are in hand, is to expire by ``now``."""
    whose = tuple_(PointsToExpire.organisation_id, PointsToExpire.employee_id)
    rows = session.execute(select(*_KEY).where(whose.in_(owners), _due(now)).order_by(*_KEY))
    return [Claim(**row._mapping) for row in rows]


def _due(now: datetime) -> ColumnElement[bool]:
    begun = select(PointsExpiry.season_id).where(
        PointsExpiry.organisation_id == PointsToExpire.organisation_id,
        PointsExpiry.season_id == PointsToExpire.season_id,
        PointsExpiry.begun_at.is_not(None),
    )
    return (PointsToExpire.due_at <= now) & begun.exists()


def list_left(
    session: Session, *, organisation_id: UUID, employee_id: UUID, season_ids: Collection[UUID]
) -> dict[UUID, Left]:
    """Return what is left of an employee's points of each of these seasons, and until when.

    The oldest points are spent first; one replay of the books tells what that leaves.
    """
    whose = {"organisation_id": organisation_id, "employee_id": employee_id}
    found = get_attribution(session, **whose)
    return {
        season_id: found.left_of(list_season_lots(session, **whose, season_id=season_id))
        for season_id in season_ids
    }


def list_expiring(
    session: Session, *, organisation_id: UUID, employee_id: UUID, now: datetime
) -> list[Expiring]:
    """Return which available points of an employee expire within 60 days, the first first."""
    expiries = list_expiries(session, organisation_id=organisation_id)
    if not expiries:
        return []
    zone = find_time_zone(session, organisation_id=organisation_id)
    claimed = _list_claimed(session, organisation_id, employee_id)
    last = now.astimezone(zone).date() + EXPIRY_NOTICE
    # Who has points that outlast the day of their season still stands among those who lose some.
    near = [
        one
        for one in expiries
        if (one.season_id in claimed if one.begun_at else one.expires_on <= last)
    ]
    season_ids = frozenset(one.season_id for one in near)
    left = _recall_left(session, organisation_id, employee_id, season_ids)
    found = [
        Expiring(
            season_id=one.season_id,
            season=get_season(
                session, organisation_id=organisation_id, season_id=one.season_id
            ).name,
            points=points,
            expires_on=day,
        )
        for one in near
        if one.season_id in left
        for day, points in _days(one, left[one.season_id], zone=zone, now=now)
        if points and day <= last
    ]
    return sorted(found, key=lambda one: one.expires_on)


def sum_overdue(
    session: Session, *, organisation_id: UUID, employee_id: UUID, now: datetime
) -> int:
    """Return how many available points of an employee are over, before a worker comes to them."""
    expiries = list_expiries(session, organisation_id=organisation_id)
    if not expiries:
        return 0
    zone = find_time_zone(session, organisation_id=organisation_id)
    claimed = _list_claimed(session, organisation_id, employee_id)
    over = frozenset(
        one.season_id
        for one in expiries
        if (one.season_id in claimed if one.begun_at else one.over_at(zone) <= now)
    )
    left = _recall_left(session, organisation_id, employee_id, over)
    return sum(one.due(now) for one in left.values())


def _days(
    expiry: ExpiryFacts, left: Left, *, zone: ZoneInfo, now: datetime
) -> Iterator[tuple[date, int]]:
    """Yield on which days how many of the points that are left of a season expire."""
    over_at = expiry.over_at(zone)
    if now < over_at:
        yield expiry.expires_on, left.due(over_at)
    for until, points in left.kept.items():
        if until > max(now, over_at):
            yield until.astimezone(zone).date(), points


def _recall_left(
    session: Session, organisation_id: UUID, employee_id: UUID, season_ids: frozenset[UUID]
) -> dict[UUID, Left]:
    """Return what `list_left` does, replaying the books only where they say something new.

    Phones ask every few seconds, and a replay takes long. Which points are left is changed by any
    transaction but an accrual, which waits; so the last of those says whether it has.
    """
    if not season_ids:
        return {}
    own = select_own_ids(organisation_id=organisation_id, employee_id=employee_id)
    last = session.scalar(
        select(LedgerTransaction.id)
        .where(
            LedgerTransaction.organisation_id == organisation_id,
            LedgerTransaction.id.in_(own),
            LedgerTransaction.kind != TransactionKind.ACCRUAL,
        )
        .order_by(LedgerTransaction.id.desc())
        .limit(1)
    )
    if last is None:
        return {}
    key = (organisation_id, employee_id, season_ids, last)
    if key not in _recalled:
        if len(_recalled) >= _MOST_RECALLED:
            _recalled.clear()
        _recalled[key] = list_left(
            session,
            organisation_id=organisation_id,
            employee_id=employee_id,
            season_ids=season_ids,
        )
    return _recalled[key]


def _list_claimed(session: Session, organisation_id: UUID, employee_id: UUID) -> set[UUID]:
    """Return the seasons of which points of an employee are to expire."""
    return set(
        session.scalars(
            select(PointsToExpire.season_id).where(
                PointsToExpire.organisation_id == organisation_id,
                PointsToExpire.employee_id == employee_id,
            )
        )
    )


def count_expired(
    session: Session,
    *,
    organisation_id: UUID,
    season_ids: Collection[UUID],
    employee_id: UUID | None = None,
) -> dict[UUID, int]:
    """Return how many points of these seasons have expired, by season; of one employee if given."""
    ids = select_ids_of(
        TransactionKind.EXPIRY,
        organisation_id=organisation_id,
        sources=season_ids,
        employee_id=employee_id,
    )
    query = select(LedgerTransaction.source_id, func.sum(LedgerTransaction.points)).where(
        LedgerTransaction.organisation_id == organisation_id, LedgerTransaction.id.in_(ids)
    )
    rows = session.execute(query.group_by(LedgerTransaction.source_id))
    return {season_id: int(points) for season_id, points in rows}


def sum_expired(session: Session, *, organisation_id: UUID, employee_id: UUID) -> int:
    """Return how many points of an employee have expired."""
    begun = select(PointsExpiry.season_id).where(
        PointsExpiry.organisation_id == organisation_id, PointsExpiry.begun_at.is_not(None)
    )
    ids = select_ids_of(
        TransactionKind.EXPIRY,
        organisation_id=organisation_id,
        sources=begun,
        employee_id=employee_id,
    )
    points = select(func.coalesce(func.sum(LedgerTransaction.points), 0)).where(
        LedgerTransaction.organisation_id == organisation_id, LedgerTransaction.id.in_(ids)
    )
    return int(session.scalars(points).one())


def find_expired(session: Session, *, accruals: Collection[Accrual]) -> dict[UUID, int]:
    """Return how many points of which of these accruals have expired."""
    owners = {(one.organisation_id, one.employee_id) for one in accruals}
    expired: dict[UUID, int] = {}
    for organisation_id, employee_id in owners:
        whose = {"organisation_id": organisation_id, "employee_id": employee_id}
        seasons = [one.season_id for one in list_expiries(session, organisation_id=organisation_id)]
        if seasons and count_expired(session, **whose, season_ids=seasons):
            expired |= get_attribution(session, **whose).expired
    return {one.id: expired[one.id] for one in accruals if one.id in expired}


def bound_available(session: Session, *, organisation_id: UUID, season_id: UUID) -> int:
    """Return how many points of a season are available at most: nobody has more than they earned.

    Exact figures take a replay of everybody's books, which is too slow for a page.
    """
    fewer = func.least if session.connection().dialect.name == "postgresql" else func.min
    return int(
        session.scalar(
            select(func.sum(fewer(Standing.points, Balance.available)))
            .join(
                Balance,
                (Balance.organisation_id == Standing.organisation_id)
                & (Balance.employee_id == Standing.employee_id),
            )
            .where(
                Standing.organisation_id == organisation_id,
                Standing.board == season_board(season_id),
                Standing.points > 0,
            )
        )
        or 0
    )
