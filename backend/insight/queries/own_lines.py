"""A reader's own line: everybody has another one, so nothing but the statements can be kept."""

from dataclasses import asdict
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Uuid, bindparam, func, select
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
_OWN = named(_OWNER).where(*_ON_BOARD, Standing.employee_id == bindparam("employee_id"))
_OWN_PLACE = Prepared(_OWN)
_OWN_PLACE_IN_DEPARTMENT = Prepared(
    _OWN.where(Employee.department_id == bindparam("department_id"))
)
_BETWEEN = Prepared(
    select(func.count())
    .select_from(Standing)
    .where(
        *_ON_BOARD,
        Standing.points > bindparam("points"),
        Standing.points <= bindparam("rung"),
    )
)
HIGHEST = 2**63 - 1


def find_ranked(
    session: Session, *, organisation_id: UUID, board: Board, employee_id: UUID
) -> Ranked | None:
    """Return an employee's place on a board, None when it has none."""
    whose = {"organisation_id": organisation_id, "board": board.key, "employee_id": employee_id}
    if board.department_id:
        department_id = board.department_id
        row = _OWN_PLACE_IN_DEPARTMENT.first(session, **whose, department_id=department_id)
    else:
        row = _OWN_PLACE.first(session, **whose)
    if row is None:
        return None
    return Ranked(
        employee_id=row[0], points=row[1], name=row[2], badge_number=row[3], department=row[4]
    )


def count_between(
    session: Session, *, organisation_id: UUID, board: Board, points: int, rung: int = HIGHEST
) -> int:
    """Return how many of all departments have more than ``points`` and at most ``rung``."""
    row = _BETWEEN.first(
        session, organisation_id=organisation_id, board=board.key, points=points, rung=rung
    )
    return int(row[0]) if row else 0


def find_own_work(
    session: Session, *, organisation_id: UUID, period: Period, employee_id: UUID
) -> Work:
    """Return what an employee did in a board's period."""
    said = {name: value for name, value in asdict(period).items() if value is not None}
    row = _work_of(tuple(said)).first(
        session, organisation_id=organisation_id, employee_id=employee_id, **said
    )
    if row is None or row[0] is None:
        return Work()
    return Work(greetings=row[0], resolved=row[1], ratings=row[2], five_star=row[3])


@cache
def _work_of(said: tuple[str, ...]) -> Prepared:
    """Return the statement for periods of which ``said`` is known: there are five kinds."""
    parts: dict[str, Any] = {name: bindparam(name) for name in said}
    owner: Any = _OWNER
    events = select(Event.id).where(*within(Period(**parts), organisation_id=owner))
    return Prepared(
        select(
            *(
                func.sum(column, type_=BigInteger())
                for column in (Tally.greetings, Tally.resolved, Tally.ratings, Tally.five_star)
            )
        ).where(
            Tally.organisation_id == _OWNER,
            Tally.event_id.in_(events),
            Tally.employee_id == bindparam("employee_id"),
        )
    )
