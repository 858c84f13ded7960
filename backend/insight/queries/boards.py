"""Boards, read from standings and tallies: what they cost does not grow with the ledger."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import Session

from backend.engagement.models import Tally
from backend.identity.models import Department, Employee
from backend.insight.queries.periods import within
from backend.insight.rules import Board
from backend.rewards.models import Standing
from backend.venues.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranked:
    """Somebody on a board, before anybody has counted the rank."""

    employee_id: UUID
    points: int
    name: str
    badge_number: str
    department: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody who may be on a board; ``points`` is None where they are not."""

    employee_id: UUID
    name: str
    badge_number: str
    department_id: UUID
    department: str
    points: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What somebody did in a board's period."""

    greetings: int = 0
    resolved: int = 0
    ratings: int = 0
    five_star: int = 0


def named(organisation_id: UUID | BindParameter[UUID]) -> Select[UUID, int, str, str, str]:
    """Return the statement of everybody on any board, to be narrowed to one."""
    return (
        select(
            Standing.employee_id,
            Standing.points,
            Employee.name,
            Employee.badge_number,
            Department.name.label("department"),
        )
        .join(
            Employee,
            (Employee.organisation_id == organisation_id) & (Employee.id == Standing.employee_id),
        )
        .join(
            Department,
            (Department.organisation_id == organisation_id)
            & (Department.id == Employee.department_id),
        )
    )


def list_ranked(
    session: Session,
    *,
    organisation_id: UUID,
    board: Board,
    after: tuple[int, UUID] | None,
    limit: int,
) -> list[Ranked]:
    """Return up to ``limit`` of a board from the top, or from ``after`` (points, employee)."""
    statement = named(organisation_id).where(*_on(board, organisation_id))
    if after is not None:
        statement = statement.where(_behind(*after))
    # Both fall, so that the index is simply read backwards.
    falling = statement.order_by(Standing.points.desc(), Standing.employee_id.desc())
    return [Ranked(**row._mapping) for row in session.execute(falling.limit(limit))]


def count_ahead(session: Session, *, organisation_id: UUID, board: Board, points: int) -> int:
    """Return how many on a board have more than ``points``."""
    return _count(session, board, organisation_id, Standing.points > points)


def count_tied_before(
    session: Session, *, organisation_id: UUID, board: Board, points: int, employee_id: UUID
) -> int:
    """Return how many with the same points a board lists before the employee."""
    tied = (Standing.points == points) & (Standing.employee_id > employee_id)
    return _count(session, board, organisation_id, tied)


def list_people(session: Session, *, organisation_id: UUID, board: Board) -> list[Person]:
    """Return everybody of an organisation, with their points on a board, of any department."""
    columns = (
        Employee.id.label("employee_id"),
        Employee.name,
        Employee.badge_number,
        Employee.department_id,
        Department.name.label("department"),
        Standing.points,
    )
    statement = (
        select(*columns)
        .join(
            Department,
            (Department.organisation_id == Employee.organisation_id)
            & (Department.id == Employee.department_id),
        )
        .outerjoin(
            Standing,
            (Standing.organisation_id == organisation_id)
            & (Standing.board == board.key)
            & (Standing.employee_id == Employee.id),
        )
        .where(Employee.organisation_id == organisation_id)
    )
    return [Person(**row._mapping) for row in session.execute(statement)]


def find_work(
    session: Session,
    *,
    organisation_id: UUID,
    board: Board,
    employee_ids: Collection[UUID] | None,
) -> dict[UUID, Work]:
    """Return what these employees did in a board's period; who did nothing is left out.

    None is for everybody.
    """
    whose = [] if employee_ids is None else [Tally.employee_id.in_(employee_ids)]
    events = select(Event.id).where(*within(board.period, organisation_id=organisation_id))
    sums = [
        func.sum(column).label(column.key)
        for column in (Tally.greetings, Tally.resolved, Tally.ratings, Tally.five_star)
    ]
    statement = (
        select(Tally.employee_id, *sums)
        .where(
            Tally.organisation_id == organisation_id,
            Tally.event_id.in_(events),
            *whose,
        )
        .group_by(Tally.employee_id)
    )
    return {
        row.employee_id: Work(
            greetings=int(row.greetings),
            resolved=int(row.resolved),
            ratings=int(row.ratings),
            five_star=int(row.five_star),
        )
        for row in session.execute(statement)
    }


def _on(board: Board, organisation_id: UUID) -> list[ColumnElement[bool]]:
    conditions = [Standing.organisation_id == organisation_id, Standing.board == board.key]
    if board.department_id:
        conditions.append(Employee.department_id == board.department_id)
    return conditions


def _behind(points: int, employee_id: UUID) -> ColumnElement[bool]:
    return tuple_(Standing.points, Standing.employee_id) < (points, employee_id)


def _count(
    session: Session, board: Board, organisation_id: UUID, condition: ColumnElement[bool]
) -> int:
    statement = select(func.count()).select_from(Standing)
    if board.department_id:
        statement = statement.join(
            Employee,
            (Employee.organisation_id == organisation_id) & (Employee.id == Standing.employee_id),
        )
    return session.scalar(statement.where(*_on(board, organisation_id), condition)) or 0
