"""A board as somebody may see it: the top and oneself, or everybody.

The raw order is read page by page here; whatever needs everybody first is in `whole_boards`.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.problems import NotAllowed
from backend.identity.permissions import Permission
from backend.insight.queries import boards, own_lines
from backend.insight.queries.boards import Ranked, Work
from backend.insight.rules import TOP, Board, BoardOrder, ranks
from backend.insight.services import whole_boards
from backend.insight.services.choosing import Asked, choose
from backend.insight.services.remembered import Remembered
from backend.insight.services.sheets import BoardPage, Line, Place, Sheet

# So many at the top are ranked by counting, those below them by a ladder.
NEAR = 500
# A whole arena looks at the same board in the same break.
_sheets: Remembered[Sheet] = Remembered(seconds=1)
_own_lines: Remembered[Line | None] = Remembered(seconds=1, most=5_000)
# Counting a whole board takes a tenth of a second: one thread does it, the others go on.
_ladders: Remembered["Ladder"] = Remembered(seconds=5, lent_seconds=5, most=100)


class _Whose(TypedDict):
    organisation_id: UUID
    board: Board


class Ladder:
    """How many on a board had more than so many points, in twelve bytes for each step."""

    def __init__(self, by_points: Iterable[tuple[int, int]]) -> None:
        """Count up (points, how many have so many), which come with the most points first."""
        # Below zero, because they must rise to be searched.
        self._steps, self._so_far = array("q"), array("i")
        so_far = 0
        for points, people in by_points:
            so_far += people
            self._steps.append(-points)
            self._so_far.append(so_far)

    def count_ahead(self, points: int) -> int:
        """Return how many had more than ``points``."""
        above = bisect_left(self._steps, -points)
        return self._so_far[above - 1] if above else 0


def read(
    session_of: Callable[[], Session],
    *,
    actor: Actor,
    asked: Asked,
    after: Place | None,
    limit: int,
) -> BoardPage:
    """Return what ``actor`` may see of a board, which may be a second old.

    Employees see the ten at the top and never a page behind it: raises NotAllowed. Raises Invalid
    for what does not fit together, and a NotFound for what is not there. ``session_of`` gives the
    session, and is not called for what is remembered.
    """
    everybody = actor.may(Permission.SEE_BOARD_ALL)
    if not everybody and after is not None:
        raise NotAllowed
    organisation_id, now = actor.organisation_id, asked.now
    board = choose(session_of, organisation_id=organisation_id, asked=asked)
    wanted = limit + 1 if everybody else min(limit, TOP)
    which = (organisation_id, everybody, board.key, board.department_id)
    if asked.order is BoardOrder.FAIR or board.post_class:
        whole = whole_boards.read(session_of, organisation_id=organisation_id, board=board, now=now)
        part: dict[str, Any] = {"everybody": everybody, "asked": asked, "after": after}
        sheet = _sheets.get(
            (*which, board.post_class, asked.order, after, wanted),
            now=now,
            make=lambda: whole_boards.sheet(whole, **part, limit=wanted),
        )
        mine = actor.employee_id
        return whole_boards.page_of(whole, sheet=sheet, asked=asked, employee_id=mine)
    sheet = _sheets.get(
        (*which, after, wanted),
        now=now,
        make=lambda: Sheet(
            board=board,
            order=asked.order,
            everybody=everybody,
            lines=_lines(session_of(), actor, board, after, wanted),
        ),
    )
    me = sheet.lines.get(actor.employee_id) or _own_lines.get(
        (*which, actor.employee_id),
        now=now,
        make=lambda: _own_line(session_of(), actor, board, now),
    )
    return BoardPage(sheet=sheet, me=me)


def _lines(
    session: Session, actor: Actor, board: Board, after: Place | None, limit: int
) -> dict[UUID, Line]:
    whose: _Whose = {"organisation_id": actor.organisation_id, "board": board}
    rows = boards.list_ranked(session, **whose, after=after, limit=limit)
    found = _ranks(session, actor.organisation_id, board, rows, after)
    employee_ids = [row.employee_id for row in rows]
    work = boards.find_work(session, **whose, employee_ids=employee_ids)
    return {
        row.employee_id: _line(actor, row, rank, work.get(row.employee_id, Work()))
        for row, rank in zip(rows, found, strict=True)
    }


def _own_line(session: Session, actor: Actor, board: Board, now: datetime) -> Line | None:
    owner = actor.organisation_id
    own = own_lines.find_own(
        session, organisation_id=owner, board=board, employee_id=actor.employee_id
    )
    if own is None:
        return None
    me, work = own
    return _line(actor, me, _count_ahead(session, owner, board, me.points, now) + 1, work)


def _count_ahead(
    session: Session, organisation_id: UUID, board: Board, points: int, now: datetime
) -> int:
    """Return how many have more points: exact near the top, from a remembered ladder below it.

    Counting half of 100,000 would take longer than everything else that a board shows.
    """
    whose: _Whose = {"organisation_id": organisation_id, "board": board}
    if board.department_id:
        return boards.count_ahead(session, **whose, points=points)
    ladder = _ladders.get(
        (organisation_id, board.key),
        now=now,
        make=lambda: Ladder(own_lines.list_by_points(session, **whose)),
    )
    ahead = ladder.count_ahead(points)
    if ahead >= NEAR:
        return ahead
    return own_lines.count_ahead_of_all(session, **whose, points=points)


def _ranks(
    session: Session,
    organisation_id: UUID,
    board: Board,
    rows: Sequence[Ranked],
    after: Place | None,
) -> list[int]:
    ahead = tied_before = 0
    if rows and after is not None:
        first = rows[0]
        ahead = boards.count_ahead(
            session, organisation_id=organisation_id, board=board, points=first.points
        )
        tied_before = boards.count_tied_before(
            session,
            organisation_id=organisation_id,
            board=board,
            points=first.points,
            employee_id=first.employee_id,
        )
    return ranks([row.points for row in rows], ahead=ahead, tied_before=tied_before)


def _line(reader: Actor, row: Ranked, rank: int, work: Work) -> Line:
    everybody = reader.may(Permission.SEE_BOARD_ALL)
    return Line(
        rank=rank,
        employee_id=row.employee_id,
        name=row.name,
        badge_number=row.badge_number if everybody else None,
        department=row.department,
        points=row.points,
        greetings=work.greetings,
        resolved=work.resolved,
        ratings=work.ratings if everybody else None,
        five_star=work.five_star if everybody else None,
        fair=None,
    )
