"""What a board is compared with: the period before it, and everybody's best until then."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, func, select, true
from sqlalchemy.orm import Session

from backend.engagement.models import Tally
from backend.identity.models import Department
from backend.insight.queries.periods import within
from backend.insight.rules import Period
from backend.rewards.models import Standing
from backend.venues.models import Event, Season


@dataclass(frozen=True, kw_only=True, slots=True)
class Evening:
    """An event by its name and day."""

    id: UUID
    name: str
    held_on: date

    @property
    def board(self) -> str:
        """Return the key of its board."""
        return f"event/{self.id}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Best:
    """The most points of somebody on any of some boards, and on how many they are."""

    points: int
    boards: int


@dataclass(frozen=True, kw_only=True, slots=True)
class GreatEvening:
    """Somebody's points at one event."""

    employee_id: UUID
    points: int
    evening: Evening


@dataclass(frozen=True, kw_only=True, slots=True)
class DepartmentName:
    """A department and what it is called."""

    id: UUID
    name: str


def list_departments(session: Session, *, organisation_id: UUID) -> list[DepartmentName]:
    """Return the departments of an organisation by name."""
    rows = session.execute(
        select(Department.id, Department.name)
        .where(Department.organisation_id == organisation_id)
        .order_by(Department.name)
    )
    return [DepartmentName(**row._mapping) for row in rows]


def list_evenings(
    session: Session, *, organisation_id: UUID, period: Period, now: datetime
) -> list[Evening]:
    """Return the events of a period that have begun at ``now``, the newest first."""
    rows = session.execute(
        select(Event.id, Event.name, Event.held_on)
        .where(*within(period, organisation_id=organisation_id), Event.doors_at <= now)
        .order_by(Event.doors_at.desc(), Event.id.desc())
    )
    return [Evening(**row._mapping) for row in rows]


def find_last_worked(
    session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime
) -> UUID | None:
    """Return the last event of a season, begun at ``now``, at which anybody did anything."""
    done = exists().where(Tally.organisation_id == organisation_id, Tally.event_id == Event.id)
    return session.scalar(
        select(Event.id)
        .where(
            *within(Period(season_id=season_id), organisation_id=organisation_id),
            Event.doors_at <= now,
            done,
        )
        .order_by(Event.doors_at.desc(), Event.id.desc())
        .limit(1)
    )


def find_season_of(
    session: Session, *, organisation_id: UUID, event_id: UUID | None
) -> UUID | None:
    """Return the season of an event, or None."""
    return session.scalar(
        select(Event.season_id).where(
            Event.organisation_id == organisation_id, Event.id == event_id
        )
    )


def find_season_before(session: Session, *, organisation_id: UUID, season_id: UUID) -> UUID | None:
    """Return the season that began last before another one, or None."""
    begun = select(Season.starts_on).where(
        Season.organisation_id == organisation_id, Season.id == season_id
    )
    return session.scalar(
        select(Season.id)
        .where(
            Season.organisation_id == organisation_id,
            Season.starts_on < begun.scalar_subquery(),
        )
        .order_by(Season.starts_on.desc())
        .limit(1)
    )


def find_bests_between(
    session: Session, *, organisation_id: UUID, first: str, end: str
) -> dict[UUID, Best]:
    """Return everybody's best on the boards from ``first`` to before ``end``, in their order."""
    return _bests(session, organisation_id, Standing.board >= first, Standing.board < end)


def find_bests_on(
    session: Session, *, organisation_id: UUID, boards: Collection[str]
) -> dict[UUID, Best]:
    """Return everybody's best on any of ``boards``."""
    return _bests(session, organisation_id, Standing.board.in_(boards))


def _bests(session: Session, organisation_id: UUID, *which: object) -> dict[UUID, Best]:
    rows = session.execute(
        select(Standing.employee_id, func.max(Standing.points), func.count())
        .where(Standing.organisation_id == organisation_id, *which)  # type: ignore[arg-type]
        .group_by(Standing.employee_id)
    )
    return {who: Best(points=points, boards=boards) for who, points, boards in rows}


def list_great_evenings(
    session: Session,
    *,
    organisation_id: UUID,
    evenings: Sequence[Evening],
    limit: int,
    employee_ids: Collection[UUID] | None = None,
) -> list[GreatEvening]:
    """Return the evenings in which somebody earned the most, at most ``limit``, the most first.

    Of everybody, or of ``employee_ids``, of which there are few enough for one statement.
    """
    theirs = true() if employee_ids is None else Standing.employee_id.in_(employee_ids)
    by_board = {evening.board: evening for evening in evenings}
    rows = session.execute(
        select(Standing.board, Standing.employee_id, Standing.points)
        .where(Standing.organisation_id == organisation_id, Standing.board.in_(by_board), theirs)
        .order_by(Standing.points.desc(), Standing.board, Standing.employee_id)
        .limit(limit)
    )
    return [
        GreatEvening(employee_id=who, points=points, evening=by_board[board])
        for board, who, points in rows
    ]
