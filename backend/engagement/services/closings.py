"""What ends with a season: requests nobody resolved, codes nobody used, ratings nobody decided.

Some at a time, in the caller's transaction; several may be at it at once, as each passes over what
another has in hand.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from backend.engagement.models import Invitation, Rating, Request
from backend.engagement.queries.reviews import lock_some_held
from backend.engagement.rules import Moment, Status, Step
from backend.engagement.rules.gestures import Withdrawal
from backend.engagement.services import reviews
from backend.engagement.services.endings import Hands, let_all_go
from backend.engagement.services.steps import InHand, Mark, take
from backend.venues.queries import list_event_ids

_UNFINISHED = (Status.OPEN, Status.ACCEPTED)


def end_requests(
    session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime, limit: int
) -> int:
    """Cancel at most ``limit`` requests of a season that are open or in hand; return how many.

    Whoever has one in hand is released, and what waits for a supervisor is withdrawn.
    """
    rows = session.scalars(
        select(Request)
        .where(
            Request.organisation_id == organisation_id,
            Request.season_id == season_id,
            Request.status.in_(_UNFINISHED),
        )
        .order_by(Request.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    in_hand = []
    for row in rows:
        session.expunge(row)
        in_hand.append((Hands(row), InHand(session=session, row=row, shares={})))
        _cancel(session, row, Moment.present(now))
    let_all_go(in_hand, why=Withdrawal.SEASON_CLOSED, at=now)
    return len(rows)


def _cancel(session: Session, row: Request, moment: Moment) -> None:
    take(
        session,
        row,
        Mark(
            step=Step.CANCELLED,
            employee_id=None,
            moment=moment,
            detail={"reason": "season_closed"},
        ),
        status=Status.CANCELLED,
        owner_id=None,
        left_post_id=None,
        closed_at=moment.at,
    )


def lapse_held(
    session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime, limit: int
) -> int:
    """Let at most ``limit`` held ratings of a season lapse that nobody decided; return how many."""
    events = list_event_ids(session, organisation_id=organisation_id, season_id=season_id)
    rows = lock_some_held(session, organisation_id=organisation_id, event_ids=events, limit=limit)
    for row in rows:
        reviews.lapse(session, row=row, now=now)
    return len(rows)


def lapse_invitations(
    session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime, limit: int
) -> int:
    """Let at most ``limit`` codes of a season lapse that could still be used; return how many.

    A fan who uses one later is thanked, and the rating is kept; it does not count.
    """
    # By the event, which cards have as well: they are of no request.
    events = list_event_ids(session, organisation_id=organisation_id, season_id=season_id)
    ids = session.scalars(
        select(Invitation.id)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.event_id.in_(events),
            Invitation.lapsed_at.is_(None),
            Invitation.expires_at > now,
            ~_used(),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(
        update(Invitation)
        .where(
            Invitation.organisation_id == organisation_id,
            Invitation.id.in_(ids),
            Invitation.lapsed_at.is_(None),
            ~_used(),
        )
        .values(lapsed_at=now)
        .execution_options(synchronize_session=False)
    )
    return len(ids)


def _used() -> ColumnElement[bool]:
    return exists().where(
        Rating.organisation_id == Invitation.organisation_id, Rating.id == Invitation.id
    )
