"""Bounds on what people without an account may do: by what it is about, not by who they are.

Two thousand fans sit behind one address, so that an address says nothing. The row of a subject is
locked by whoever takes a turn, until the end: what is counted after that is counted by one alone.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import case
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import FanTurn
from backend.engagement.rules.asks import window_of


def take(
    session: Session,
    *,
    organisation_id: UUID,
    subject_id: UUID,
    most: int,
    within: timedelta,
    now: datetime,
) -> int | None:
    """Take a turn at a subject; return None, or in how many seconds there will be one again.

    There are ``most`` in each while of the length ``within``.
    """
    since = window_of(now, length=within)
    fresh = FanTurn.since != since
    counting = insert(FanTurn).values(
        organisation_id=organisation_id, subject_id=subject_id, since=since, taken=1
    )
    taken = session.scalar(
        counting.on_conflict_do_update(
            index_elements=["organisation_id", "subject_id"],
            set_={"taken": case((fresh, 1), else_=FanTurn.taken + 1), "since": since},
            where=fresh | (FanTurn.taken < most),
        ).returning(FanTurn.taken)
    )
    return None if taken is not None else max(1, int((since + within - now).total_seconds()))
