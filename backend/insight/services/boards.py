"""A board as somebody may see it: the top and oneself, or everybody."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypedDict
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.problems import Invalid, NotAllowed
from backend.identity.permissions import Permission
from backend.insight.queries import boards, periods
from backend.insight.queries.boards import Ranked, Work
from backend.insight.rules import (
    TOP,
    Board,
    BoardKind,
    Period,
    days_of_month,
    days_of_week,
    month_of,
    ranks,
    week_of,
)
from backend.insight.services.remembered import Remembered

NEAR = 500
_MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)
# A whole arena looks at the same board in the same break.
_pages: Remembered[list["Line"]] = Remembered(seconds=1)
_chosen: Remembered[Board] = Remembered(seconds=5)
_ladders: Remembered[list[tuple[int, int]]] = Remembered(seconds=5)
Place = tuple[int, UUID]
"""Where a page begins: behind these points and this employee."""

_ONLY_FOR = {
    "event_id": BoardKind.EVENT,
    "week": BoardKind.WEEK,
    "month": BoardKind.MONTH,
    "season_id": BoardKind.SEASON,
    "venue_id": BoardKind.SEASON,
}


class _Whose(TypedDict):
    organisation_id: UUID
    board: Board


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which board is asked for at the instant ``now``; what is not said is the present one."""

    now: datetime
    kind: BoardKind = BoardKind.SEASON
    event_id: UUID | None = None
    season_id: UUID | None = None
    venue_id: UUID | None = None
    week: str | None = None
    month: str | None = None
    department_id: UUID | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a board; ``badge_number`` is None for readers who are not HR."""

    rank: int
    employee_id: UUID
    name: str
    badge_number: str | None
    department: str
    points: int
    greetings: int
    resolved: int
    ratings: int
    five_star: int


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardPage:
    """A page of a board, and the reader's own line; None without points on this board.

    For HR ``lines`` holds one more than was asked for, if there are more.
    """

    board: Board
    everybody: bool
    lines: list[Line]
    me: Line | None


def read(
    session: Session, *, actor: Actor, asked: Asked, after: Place | None, limit: int
) -> BoardPage:
    """Return what ``actor`` may see of a board, which may be a second old.

    Employees see the ten at the top and never a page behind it: raises NotAllowed. Raises Invalid
    for what does not fit together, and a NotFound for what is not there.
    """
    everybody = actor.may(Permission.SEE_BOARD_ALL)
    if not everybody and after is not None:
        raise NotAllowed
    organisation_id = actor.organisation_id
    board = _chosen.get(
        (organisation_id, replace(asked, now=_MIDNIGHT), asked.now.date()),
        now=asked.now,
        make=lambda: _choose(session, organisation_id, asked),
    )
    wanted = limit + 1 if everybody else min(limit, TOP)
    lines = _pages.get(
        (organisation_id, board, after, wanted),
        now=asked.now,
        make=lambda: _lines(session, organisation_id, board, after, wanted),
    )
    in_sight = (line for line in lines if line.employee_id == actor.employee_id)
    me = next(in_sight, None) or _own_line(session, actor, board, asked.now)
    if not everybody:
        lines = [replace(line, badge_number=None) for line in lines]
        me = replace(me, badge_number=None) if me else None
    return BoardPage(board=board, everybody=everybody, lines=lines, me=me)


def _lines(
    session: Session, organisation_id: UUID, board: Board, after: Place | None, limit: int
) -> list[Line]:
    rows = boards.list_ranked(
        session, organisation_id=organisation_id, board=board, after=after, limit=limit
    )
    found = _ranks(session, organisation_id, board, rows, after)
    work = boards.find_work(
        session,
        organisation_id=organisation_id,
        board=board,
        employee_ids=[row.employee_id for row in rows],
    )
    return [
        _line(row, rank, work.get(row.employee_id, Work()))
        for row, rank in zip(rows, found, strict=True)
    ]


def _own_line(session: Session, actor: Actor, board: Board, now: datetime) -> Line | None:
    whose: _Whose = {"organisation_id": actor.organisation_id, "board": board}
    me = boards.find_ranked(session, **whose, employee_id=actor.employee_id)
    if me is None:
        return None
    work = boards.find_work(session, **whose, employee_ids=[actor.employee_id])
    ahead = _count_ahead(session, actor.organisation_id, board, me.points, now)
    return _line(me, ahead + 1, work.get(actor.employee_id, Work()))


def _count_ahead(
    session: Session, organisation_id: UUID, board: Board, points: int, now: datetime
) -> int:
    """Return how many have more points: exact near the top, from remembered rungs far below it.

    Counting half of 100,000 would take longer than everything else that a board shows.
    """
    whose: _Whose = {"organisation_id": organisation_id, "board": board}
    if board.department_id:
        return boards.count_ahead(session, **whose, points=points)
    near = boards.count_near_ahead(session, **whose, points=points, most=NEAR)
    if near < NEAR:
        return near
    rungs = _ladders.get(
        (organisation_id, board),
        now=now,
        make=lambda: boards.list_rungs(session, **whose, step=NEAR),
    )
    # The rungs fall, so the last one above is where those with fewer points begin.
    place = bisect_left(rungs, -points, key=lambda rung: -rung[0])
    if place == 0:
        return boards.count_ahead(session, **whose, points=points)
    rung, ahead = rungs[place - 1]
    return ahead + boards.count_between(session, **whose, points=points, rung=rung)


def _choose(session: Session, organisation_id: UUID, asked: Asked) -> Board:
    for name, kind in _ONLY_FOR.items():
        if getattr(asked, name) is not None and asked.kind is not kind:
            raise _refused(name, f"Only for boards of kind {kind}.")
    if asked.department_id:
        periods.check_department(
            session, organisation_id=organisation_id, department_id=asked.department_id
        )
    key, period = _period(session, organisation_id, asked)
    return Board(kind=asked.kind, key=key, period=period, department_id=asked.department_id)


def _period(session: Session, organisation_id: UUID, asked: Asked) -> tuple[str, Period]:
    if asked.kind is BoardKind.EVENT:
        if asked.event_id is None:
            raise _refused("event_id", "Which event?")
        periods.check_event(session, organisation_id=organisation_id, event_id=asked.event_id)
        return f"event/{asked.event_id}", Period(event_id=asked.event_id)
    if asked.kind is BoardKind.WEEK:
        week = asked.week or week_of(asked.now.date())
        return f"week/{week}", _days("week", week)
    if asked.kind is BoardKind.MONTH:
        month = asked.month or month_of(asked.now.date())
        return f"month/{month}", _days("month", month)
    season = periods.get_season(
        session, organisation_id=organisation_id, season_id=asked.season_id, today=asked.now.date()
    )
    if asked.venue_id is None:
        return f"season/{season.id}", Period(season_id=season.id)
    periods.check_venue(session, organisation_id=organisation_id, venue_id=asked.venue_id)
    period = Period(season_id=season.id, venue_id=asked.venue_id)
    return f"venue/{asked.venue_id}/season/{season.id}", period


def _days(name: str, value: str) -> Period:
    try:
        first, last = days_of_week(value) if name == "week" else days_of_month(value)
    except ValueError as error:
        raise _refused(name, f"There is no such {name}.") from error
    return Period(first_day=first, last_day=last)


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


def _line(row: Ranked, rank: int, work: Work) -> Line:
    return Line(
        rank=rank,
        employee_id=row.employee_id,
        name=row.name,
        badge_number=row.badge_number,
        department=row.department,
        points=row.points,
        greetings=work.greetings,
        resolved=work.resolved,
        ratings=work.ratings,
        five_star=work.five_star,
    )


def _refused(name: str, message: str) -> Invalid:
    return Invalid(errors={"query": {name: [message]}})
