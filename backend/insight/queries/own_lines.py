"""A reader's own line: everybody has another one, so nothing but the statements can be kept."""

from collections.abc import Iterable
from dataclasses import asdict
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, bindparam, func, select, true
from sqlalchemy.orm import Session

from backend.engagement.models import Tally
from backend.foundation.prepared import Prepared
from backend.identity.models import Employee
from backend.insight.queries.boards import Ranked, Work, named
from backend.insight.queries.periods import within
from backend.insight.rules import Board, Period
from backend.rewards.models import Standing
from backend.venues.models import Event

_OWNER = bindparam("organisation_id", type_=Uuid())
_ON_BOARD = (Standing.organisation_id == _OWNER, Standing.board == bindparam("board"))
_AHEAD = Prepared(
    select(func.count())
    .select_from(Standing)
    .where(*_ON_BOARD, Standing.points > bindparam("points", type_=BigInteger()))
)
_BY_POINTS = Prepared(
    select(Standing.points, func.count())
    .where(*_ON_BOARD)
    .group_by(Standing.points)
    .order_by(Standing.points.desc())
)


def find_own(
    session: Session, *, organisation_id: UUID, board: Board, employee_id: UUID
) -> tuple[Ranked, Work] | None:
    """Return an employee's place on a board and what it was earned by, None without a place."""
    said = {name: value for name, value in asdict(board.period).items() if value is not None}
    if board.department_id:
        said["department_id"] = board.department_id
    row = _own(tuple(said)).first(
        session,
        organisation_id=organisation_id,
        board=board.key,
        employee_id=employee_id,
        **said,
    )
    if row is None:
        return None
    employee_id, points, name, badge_number, department, *sums = row
    greetings, resolved, ratings, five_star = (value or 0 for value in sums)
    return (
        Ranked(
            employee_id=employee_id,
            points=points,
            name=name,
            badge_number=badge_number,
            department=department,
        ),
        Work(greetings=greetings, resolved=resolved, ratings=ratings, five_star=five_star),
    )


def count_ahead_of_all(
    session: Session, *, organisation_id: UUID, board: Board, points: int
) -> int:
    """Return how many of all departments have more than ``points``."""
    row = _AHEAD.first(session, organisation_id=organisation_id, board=board.key, points=points)
    return int(row[0]) if row else 0


def list_by_points(
    session: Session, *, organisation_id: UUID, board: Board
) -> Iterable[tuple[int, int]]:
    """Return (points, how many of all departments have so many), the most points first."""
    rows: Iterable[tuple[int, int]] = _BY_POINTS.run(
        session, organisation_id=organisation_id, board=board.key
    )
    return rows


@cache
def _own(said: tuple[str, ...]) -> Prepared:
    """Return the one statement for boards of which ``said`` is known: there are ten kinds."""
    parts: dict[str, Any] = {name: bindparam(name) for name in said}
    department = parts.pop("department_id", None)
    owner: Any = _OWNER
    events = select(Event.id).where(*within(Period(**parts), organisation_id=owner))
    work = (
        select(
            *(
                func.sum(column, type_=BigInteger()).label(column.key)
                for column in (Tally.greetings, Tally.resolved, Tally.ratings, Tally.five_star)
            )
        )
        .where(
            Tally.organisation_id == _OWNER,
            Tally.event_id.in_(events),
            Tally.employee_id == bindparam("employee_id"),
        )
        .subquery("work")
    )
    own = (
        named(_OWNER)
        .add_columns(*work.columns)
        .join(work, true())
        .where(*_ON_BOARD, Standing.employee_id == bindparam("employee_id"))
    )
    return Prepared(own if department is None else own.where(Employee.department_id == department))
