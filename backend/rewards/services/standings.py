"""Boards, and the books of greetings, catch up with what was earned, within a second."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.foundation.db import transaction
from backend.rewards.models import PointsOnTheWay, Standing
from backend.rewards.rules import boards_of
from backend.rewards.services import on_the_way
from backend.venues.queries import recall_event

# Bringing home as many keeps SQLite's one writer busy for some milliseconds.
CHUNK = 500


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
    mine = on_the_way.in_hand(taken)
    events = session.execute(
        select(PointsOnTheWay.organisation_id, PointsOnTheWay.event_id).where(mine).distinct()
    )
    boards = union_all(
        *(
            select(
                literal(owner, PointsOnTheWay.organisation_id.type).label("organisation_id"),
                literal(event_id, PointsOnTheWay.event_id.type).label("event_id"),
                literal(board).label("board"),
            )
            for owner, event_id in events.all()
            for board in _boards_of(session, owner, event_id)
        )
    ).subquery()
    key = (PointsOnTheWay.organisation_id, boards.c.board, PointsOnTheWay.employee_id)
    scored = (
        select(*key, func.sum(PointsOnTheWay.points))
        .join(
            boards,
            (boards.c.organisation_id == PointsOnTheWay.organisation_id)
            & (boards.c.event_id == PointsOnTheWay.event_id),
        )
        .where(mine)
        .group_by(*key)
        .order_by(*key)
    )
    insert = upsert(Standing).from_select(
        ["organisation_id", "board", "employee_id", "points"], scored
    )
    session.execute(
        insert.on_conflict_do_update(
            index_elements=["organisation_id", "board", "employee_id"],
            set_={"points": Standing.points + insert.excluded.points},
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
