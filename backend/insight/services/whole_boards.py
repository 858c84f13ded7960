"""Boards for which everybody must be known first: the fair order, and work at one class of posts.

Read from rollups and shifts in a few statements and kept for some seconds, for all readers: from
there on a page is a part of a list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.queries import boards, fair
from backend.insight.queries.boards import Person, Work
from backend.insight.rules import Board, BoardOrder, ranks
from backend.insight.rules.fair_orders import (
    MINIMUM_SECONDS,
    Cell,
    Usual,
    index_of,
    usual_of,
)
from backend.insight.services.choosing import Asked
from backend.insight.services.remembered import Remembered
from backend.insight.services.sheets import (
    AtPosts,
    BoardPage,
    Fair,
    Fairness,
    Line,
    Place,
    Sheet,
    UsualThere,
)
from backend.venues.rules import ZoneKind

# To read a season of 41,000 evenings takes a quarter of a second, and nobody's place in it moves in
# less than a minute. While one thread reads it anew the others go on with the last one.
_wholes: Remembered["Whole"] = Remembered(seconds=20, lent_seconds=40, most=32)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Somebody who has points on a board, or worked in its period, or both.

    ``index`` is None for who has not worked the minimum.
    """

    person: Person
    work: Work
    cells: Sequence[Cell]
    index: int | None

    @property
    def seconds(self) -> int:
        """Return how long they worked."""
        return sum(cell.seconds for cell in self.cells)

    @property
    def helped(self) -> int:
        """Return how many fans they helped, as the fair order counts them."""
        return sum(cell.helped for cell in self.cells)

    @property
    def good(self) -> int:
        """Return how many good ratings count in the fair order."""
        return sum(cell.good for cell in self.cells)

    @property
    def ratings(self) -> int:
        """Return how many ratings count in the fair order."""
        return sum(cell.ratings for cell in self.cells)


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Whole:
    """Everybody on a board, in no order, and what is usual at the posts of its period."""

    board: Board
    entries: Mapping[UUID, Entry]
    usual: Mapping[ZoneKind, Usual]
    orders: dict[tuple[UUID | None, BoardOrder], list[tuple[int, Entry]]] = field(
        default_factory=dict
    )


def read(
    session_of: Callable[[], Session], *, organisation_id: UUID, board: Board, now: datetime
) -> Whole:
    """Return everybody on a board, as it was at most a minute ago.

    What is usual is that of all departments. ``session_of`` is not called for what is remembered.
    """
    of_all = replace(board, department_id=None)
    return _wholes.get(
        (organisation_id, of_all.key, of_all.post_class),
        now=now,
        make=lambda: _read(session_of(), organisation_id, of_all, now),
    )


def _read(session: Session, organisation_id: UUID, board: Board, now: datetime) -> Whole:
    cells = fair.list_cells(session, organisation_id=organisation_id, period=board.period, now=now)
    if board.post_class:
        cells = [cell for cell in cells if cell.post_class is board.post_class]
    by_employee = _by_employee(cells)
    indexes = indexes_of(cells, board=board)
    whose: dict[str, Any] = {"organisation_id": organisation_id, "board": board}
    work = boards.find_work(session, **whose, employee_ids=None)
    entries = {}
    for person in boards.list_people(session, **whose):
        theirs = by_employee.get(person.employee_id, [])
        if theirs or (person.points is not None and board.post_class is None):
            entries[person.employee_id] = Entry(
                person=person,
                work=work.get(person.employee_id, Work()),
                cells=theirs,
                index=indexes.get(person.employee_id),
            )
    return Whole(board=board, entries=entries, usual=usual_of(cells))


def indexes_of(cells: Sequence[Cell], *, board: Board) -> dict[UUID, int]:
    """Return the index of everybody who has worked the minimum of a board."""
    usual, least = usual_of(cells), MINIMUM_SECONDS[board.kind]
    return {
        who: index_of(theirs, usual)
        for who, theirs in _by_employee(cells).items()
        if sum(cell.seconds for cell in theirs) >= least
    }


def _by_employee(cells: Sequence[Cell]) -> dict[UUID, list[Cell]]:
    by_employee: dict[UUID, list[Cell]] = {}
    for cell in cells:
        by_employee.setdefault(cell.employee_id, []).append(cell)
    return by_employee


def ranked(whole: Whole, *, asked: Asked) -> list[tuple[int, Entry]]:
    """Return everybody with a place in the order asked for, with their ranks.

    Among those of the department that is asked for, if one is.
    """
    key = (asked.department_id, asked.order)
    if key not in whole.orders:
        whole.orders[key] = _rank(whole, asked)
    return whole.orders[key]


def _rank(whole: Whole, asked: Asked) -> list[tuple[int, Entry]]:
    placed = [
        (place, entry)
        for entry in whole.entries.values()
        if asked.department_id in {None, entry.person.department_id}
        if (place := _place(entry, asked.order)) is not None
    ]
    # Both fall, as on the raw board.
    placed.sort(key=lambda one: (one[0], one[1].person.employee_id), reverse=True)
    found = ranks([place for place, _ in placed], ahead=0, tied_before=0)
    return [(rank, entry) for rank, (_, entry) in zip(found, placed, strict=True)]


def _place(entry: Entry, order: BoardOrder) -> int | None:
    return entry.index if order is BoardOrder.FAIR else entry.person.points


def sheet(whole: Whole, *, everybody: bool, asked: Asked, after: Place | None, limit: int) -> Sheet:
    """Return at most ``limit`` lines of a board behind ``after``; HR's are for ``everybody``."""
    behind = (
        (rank, entry)
        for rank, entry in ranked(whole, asked=asked)
        if after is None or (_place(entry, asked.order), entry.person.employee_id) < after
    )
    return Sheet(
        board=whole.board,
        order=asked.order,
        everybody=everybody,
        lines={
            entry.person.employee_id: line_of(rank, entry, everybody=everybody)
            for rank, entry in islice(behind, limit)
        },
        fairness=fairness(whole, everybody=everybody, asked=asked),
    )


def page_of(whole: Whole, *, sheet: Sheet, asked: Asked, employee_id: UUID) -> BoardPage:
    """Return a page with the own line of an employee, if they have a place."""
    mine = whole.entries.get(employee_id)
    order = ranked(whole, asked=asked)
    own = next((one for one in order if one[1] is mine), None) if mine else None
    return BoardPage(
        sheet=sheet,
        me=line_of(*own, everybody=sheet.everybody) if own else None,
        my_minutes=mine.seconds // 60 if mine else 0,
    )


def fairness(whole: Whole, *, everybody: bool, asked: Asked) -> Fairness:
    """Return how the fair order of a board came about; what was usual is for ``everybody``."""
    left_out = sum(
        entry.index is None and entry.seconds > 0
        for entry in whole.entries.values()
        if asked.department_id in {None, entry.person.department_id}
    )
    return Fairness(
        minimum_minutes=MINIMUM_SECONDS[whole.board.kind] // 60,
        left_out=left_out,
        usual=[
            UsualThere(
                post_class=kind,
                people=one.people,
                worked_minutes=one.seconds // 60,
                helped_per_hour=one.rate.mean,
                hours_of_usual=one.rate.strength,
                good_share=one.share.mean if one.share else None,
                ratings_of_usual=one.share.strength if one.share else None,
            )
            for kind in ZoneKind
            if everybody and (one := whole.usual.get(kind))
        ],
    )


def line_of(rank: int, entry: Entry, *, everybody: bool) -> Line:
    """Return somebody's line; badge and ratings are for HR, who sees ``everybody``."""
    return Line(
        rank=rank,
        employee_id=entry.person.employee_id,
        name=entry.person.name,
        badge_number=entry.person.badge_number if everybody else None,
        department=entry.person.department,
        points=entry.person.points or 0,
        greetings=entry.work.greetings,
        resolved=entry.work.resolved,
        ratings=entry.work.ratings if everybody else None,
        five_star=entry.work.five_star if everybody else None,
        fair=_fair(entry, everybody=everybody),
    )


def _fair(entry: Entry, *, everybody: bool) -> Fair | None:
    if entry.index is None:
        return None
    return Fair(
        index=entry.index,
        worked_minutes=entry.seconds // 60,
        helped=entry.helped if everybody else None,
        good=entry.good if everybody else None,
        posts=[
            AtPosts(post_class=cell.post_class, worked_minutes=cell.seconds // 60)
            for cell in entry.cells
        ],
    )
