"""What fans wrote goes after the organisation's time: comments, seats, notes, and why-nots.

So do the fingerprints of what was sent with it: a seat is soon found by trying all of them.

Stars, requests and all that they earned stay as they are: nothing was ever counted by words.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.engagement.models import (
    Ask,
    Gesture,
    HeardAnswer,
    PhoneAction,
    Rating,
    RatingAnswer,
    Request,
)
from backend.engagement.rules import CommentState
from backend.foundation import audit
from backend.foundation.db import reading, transaction
from backend.identity.queries import list_organisations
from backend.integrity.queries.retentions import get_periods

AT_ONCE = 500
_WRITTEN = [state for state in CommentState if state is not CommentState.NONE]
_Emptied = Mapping[str, Any]
# Of each table: when it was written, what says that there are words, and what is left of them.
_WORDS: Mapping[Any, tuple[InstrumentedAttribute[datetime], ColumnElement[bool], _Emptied]] = {
    Rating: (
        Rating.rated_at,
        # The first of the two is in the index.
        Rating.comment_state.in_(_WRITTEN) & Rating.comment.is_not(None),
        {"comment": None, "comment_state": CommentState.NONE},
    ),
    RatingAnswer: (
        RatingAnswer.answered_at,
        RatingAnswer.comment.is_not(None),
        {"comment": None},
    ),
    HeardAnswer: (
        HeardAnswer.answered_at,
        HeardAnswer.why_state.in_(_WRITTEN),
        {"why": None, "why_state": CommentState.NONE},
    ),
    Request: (
        Request.opened_at,
        or_(Request.seat.is_not(None), Request.note.is_not(None)),
        {"seat": None, "note": None},
    ),
    # Whether a seat had something before is asked within a season only, which is shorter.
    Gesture: (
        Gesture.asked_at,
        Gesture.seat.is_not(None),
        {"seat": None, "seat_key": None},
    ),
    Ask: (
        Ask.asked_at,
        Ask.fingerprint.is_not(None),
        {"fingerprint": None},
    ),
}


def forget_old(*, now: datetime) -> bool:
    """Take out what was written too long ago, of every organisation; tell whether more is left.

    Any number of workers may do so at once: each takes rows that no other has in hand. Every pass
    that took something out is one audit row, which says from how many rows, and none of the words.
    """
    with reading() as session:
        organisations = list_organisations(session)
    more = [_forget_some(organisation_id, now) for organisation_id in organisations]
    return any(more)


def _forget_some(organisation_id: UUID, now: datetime) -> bool:
    with transaction() as session:
        since = get_periods(session, organisation_id=organisation_id).words_since(now)
        counts = {
            table.__tablename__: _empty(session, table, organisation_id, since) for table in _WORDS
        }
        if any(counts.values()):
            audit.record_job(
                session,
                organisation_id=organisation_id,
                act="words.forgotten",
                subject_id=organisation_id,
                now=now,
                detail={"before": since.isoformat(), **counts},
            )
        return AT_ONCE in counts.values()


def _empty(session: Session, table: Any, organisation_id: UUID, since: datetime) -> int:
    at, written, emptied = _WORDS[table]
    mine = table.organisation_id == organisation_id
    old: Select[Any] = (
        select(table.id).where(mine, written, at < since).order_by(at, table.id).limit(AT_ONCE)
    )
    ids = session.scalars(old.with_for_update(skip_locked=True)).all()
    if ids:
        session.execute(
            update(table)
            .where(mine, table.id.in_(ids))
            .values(**emptied)
            .execution_options(synchronize_session=False)
        )
    if table is Request:
        # A request that a phone has opened has the id of its action.
        session.execute(
            update(PhoneAction)
            .where(PhoneAction.organisation_id == organisation_id, PhoneAction.id.in_(ids))
            .values(fingerprint=None)
            .execution_options(synchronize_session=False)
        )
    return len(ids)
