"""Boards, and the books of greetings, catch up with what was earned, within a second."""

from collections.abc import Iterable, Sequence
from functools import cache
from uuid import UUID

from sqlalchemy import bindparam, func, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.foundation.db import transaction
from backend.foundation.prepared import Prepared
from backend.rewards.models import PointsOnTheWay, Standing
from backend.rewards.rules import boards_of
from backend.rewards.services import on_the_way
from backend.venues.queries import recall_event

# Bringing home as many keeps SQLite's one writer busy for some milliseconds.
CHUNK = 500
# SQLite takes 500 parts in a compound SELECT; a hundred events at once have as many boards.
_BOARDS_AT_ONCE = 400
_BOARD = ("organisation_id", "event_id", "board")
_KEY = ("organisation_id", "board", "employee_id")
_EVENTS = Prepared(
    select(PointsOnTheWay.organisation_id, PointsOnTheWay.event_id)
    .where(on_the_way.IN_HAND)
    .distinct()
)


def catch_up(*, chunk: int = CHUNK) -> int:
    """Bring points to where they belong, ``chunk`` rows per transaction; return how many.

    An idle server does not take the turn of SQLite's one writer for it.
    """
    if not on_the_way.are_any():
        return 0
    counted = 0
    while True:
        with transaction() as session:
            taken = catch_up_some(session, limit=chunk)
        counted += taken
        if taken < chunk:
            return counted


def catch_up_some(session: Session, *, limit: int) -> int:
    """Book at most ``limit`` rows and add them to the standings; return how many.

    The oldest first, of every organisation. Several may run at once: each passes over what another
    has in hand, and all lock in one order: accruals, balances, standings, each by key.
    """
    taken = on_the_way.lock(session, limit=limit)
    if taken:
        on_the_way.book(session, taken)
        _add_to_boards(session, taken)
        on_the_way.forget(session, taken)
    return len(taken)


def _add_to_boards(session: Session, taken: Sequence[int]) -> None:
    boards = [
        (owner, event_id, board)
        for owner, event_id in _EVENTS.all(session, **on_the_way.taking(taken))
        for board in _boards_of(session, owner, event_id)
    ]
    boards.sort(key=lambda board: (board[0], board[2]))
    for first in range(0, len(boards), _BOARDS_AT_ONCE):
        some = boards[first : first + _BOARDS_AT_ONCE]
        values: dict[str, object] = {
            f"{name}_{place}": value
            for place, board in enumerate(some)
            for name, value in zip(_BOARD, board, strict=True)
        }
        _adding_to(len(some)).run(session, **on_the_way.taking(taken), **values)


@cache
def _adding_to(count: int) -> Prepared:
    """Return the statement that adds points to ``count`` boards, each that of an event."""
    row = PointsOnTheWay
    types = (row.organisation_id.type, row.event_id.type, Standing.board.type)
    boards = union_all(
        *(
            select(
                *(
                    bindparam(f"{name}_{place}", type_=kind).label(name)
                    for name, kind in zip(_BOARD, types, strict=True)
                )
            )
            for place in range(count)
        )
    ).subquery()
    key = (row.organisation_id, boards.c.board, row.employee_id)
    scored = (
        select(*key, func.sum(row.points))
        .join(
            boards,
            (boards.c.organisation_id == row.organisation_id) & (boards.c.event_id == row.event_id),
        )
        .where(on_the_way.IN_HAND)
        .group_by(*key)
        .order_by(*key)
    )
    insert = upsert(Standing).from_select([*_KEY, "points"], scored)
    return Prepared(
        insert.on_conflict_do_update(
            index_elements=_KEY, set_={"points": Standing.points + insert.excluded.points}
        )
    )


def _boards_of(session: Session, organisation_id: UUID, event_id: UUID) -> Iterable[str]:
    # An event that can be worked at keeps its venue, day and season, so remembered ones do.
    event = recall_event(session, organisation_id=organisation_id, event_id=event_id)
    return boards_of(
        event_id=event.id,
        season_id=event.season_id,
        venue_id=event.venue_id,
        held_on=event.held_on,
    )
