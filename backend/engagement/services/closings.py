"""What ends with a season: requests nobody resolved, codes nobody used, ratings nobody decided.

Some at a time, in the caller's transaction; several may be at it at once, as each passes over what
another has in hand.
"""

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.orm import Session

from backend.engagement.models import CreditShare, Invitation, Rating, Request
from backend.engagement.queries.reviews import lock_some_held
from backend.engagement.rules import Moment, Status, Step
from backend.engagement.services import covers, reviews
from backend.engagement.services.steps import Mark, take
from backend.engagement.services.workloads import put_down
from backend.venues.queries import list_event_ids

_UNFINISHED = (Status.OPEN, Status.ACCEPTED)


def end_requests(
    session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime, limit: int
) -> int:
    """Cancel at most ``limit`` requests of a season that are open or in hand; return how many.

    Whoever has one in hand is released.
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
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    owners = Counter(row.owner_id for row in rows if row.owner_id is not None)
    for row in rows:
        session.expunge(row)
        if row.left_post_id is not None:
            covers.end(session, request=row, at=now)
        _cancel(session, row, Moment.present(now))
    # In the order of employees, as whoever hands a request over.
    for employee_id in sorted(owners.elements()):
        put_down(session, organisation_id=organisation_id, employee_id=employee_id)
    return len(rows)


def _cancel(session: Session, row: Request, moment: Moment) -> None:
    mark = Mark(
        step=Step.CANCELLED, employee_id=None, moment=moment, detail={"reason": "season_closed"}
    )
    take(
        session,
        row,
        mark,
        status=Status.CANCELLED,
        owner_id=None,
        left_post_id=None,
        closed_at=moment.at,
    )
    whose = {"organisation_id": row.organisation_id, "request_id": row.id}
    session.execute(delete(CreditShare).filter_by(**whose))


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
    ids = session.scalars(
        select(Invitation.id)
        .join(
            Request,
            (Request.organisation_id == Invitation.organisation_id)
            & (Request.id == Invitation.request_id),
        )
        .where(
            Invitation.organisation_id == organisation_id,
            Request.season_id == season_id,
            Invitation.lapsed_at.is_(None),
            Invitation.expires_at > now,
            ~_used(),
        )
        .order_by(Invitation.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Invitation)
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
