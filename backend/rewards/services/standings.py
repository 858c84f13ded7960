"""The boards' standings: changes are noted with the books, and added up by a job soon after.

Five standings and their index for each greeting were a third of what it wrote. What a transaction
leaves instead is one row; a job takes the oldest rows, adds them up, and deletes them in the same
transaction, so each counts exactly once, whoever runs the job and however often it is cut off.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from backend.foundation.db import glancing, transaction
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import Prepared
from backend.rewards.models import Standing, StandingChange
from backend.rewards.rules import boards_of
from backend.rewards.services.postings import sums
from backend.venues.queries import recall_event

# Adding up as many keeps SQLite's one writer busy for 7 ms.
CHUNK = 500

_CHANGES = PreparedInsert(StandingChange)
_STANDINGS = PreparedInsert(Standing, adding=["points"])
_ANY_CHANGE = Prepared(select(StandingChange.id).limit(1))
_oldest = (
    select(StandingChange.id)
    .order_by(StandingChange.id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("oldest")
)
_TAKE = (
    delete(StandingChange)
    .where(StandingChange.id.in_(select(_oldest.c.id)))
    .returning(
        StandingChange.organisation_id,
        StandingChange.event_id,
        StandingChange.employee_id,
        StandingChange.points,
    )
)


def change(
    session: Session,
    *,
    organisation_id: UUID,
    changes: Sequence[tuple[tuple[UUID, UUID], int]],
) -> None:
    """Note how many points employees were given or, below zero, lost, by event and employee."""
    _CHANGES.run(
        session,
        [
            {
                "organisation_id": organisation_id,
                "event_id": event_id,
                "employee_id": employee_id,
                "points": points,
            }
            for (event_id, employee_id), points in changes
        ],
    )


def catch_up(*, chunk: int = CHUNK) -> int:
    """Bring the boards up to the books, ``chunk`` changes per transaction; return how many.

    An idle server does not take the turn of SQLite's one writer for it.
    """
    with glancing() as session:
        if _ANY_CHANGE.first(session) is None:
            return 0
    counted = 0
    while True:
        with transaction() as session:
            taken = catch_up_some(session, limit=chunk)
        counted += taken
        if taken < chunk:
            return counted


def catch_up_some(session: Session, *, limit: int) -> int:
    """Add at most ``limit`` changes to the standings, the oldest first; return how many.

    Of every organisation. Several may run at once: each passes over what another has in hand,
    and standings are locked in the order of their keys.
    """
    taken = session.execute(_TAKE, {"most": limit}).all()
    given = sums(((row[0], row[1], row[2]), row[3]) for row in taken)
    boards = {
        (owner, event_id): _boards_of(session, owner, event_id)
        for owner, event_id in {(owner, event_id) for (owner, event_id, _), _ in given}
    }
    scored = sums(
        ((owner, board, employee_id), points)
        for (owner, event_id, employee_id), points in given
        for board in boards[owner, event_id]
    )
    _STANDINGS.run(
        session,
        [
            {
                "organisation_id": owner,
                "board": board,
                "employee_id": employee_id,
                "points": points,
            }
            for (owner, board, employee_id), points in scored
        ],
    )
    return len(taken)


def _boards_of(session: Session, organisation_id: UUID, event_id: UUID) -> tuple[str, ...]:
    # An event that can be worked at keeps its venue, day and season, so remembered ones do.
    event = recall_event(session, organisation_id=organisation_id, event_id=event_id)
    return boards_of(
        event_id=event.id,
        season_id=event.season_id,
        venue_id=event.venue_id,
        held_on=event.held_on,
    )
