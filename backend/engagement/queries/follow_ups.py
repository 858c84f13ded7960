"""What is owed to fans after an event, and who sees to it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from backend.engagement.models import Request, RequestFollowUp
from backend.engagement.problems import FollowUpNotFound
from backend.engagement.queries.requests import RequestView, views_of
from backend.engagement.rules import FollowUpState, Status
from backend.foundation.backlogs import Backlog, measure

_OPEN = (Status.OPEN, Status.ACCEPTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUpView:
    """What is owed, to whom it was given, and what was done about it."""

    request: RequestView
    employee_id: UUID
    due_at: datetime
    done_at: datetime | None
    done_by: UUID | None
    note: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedFollowUps:
    """Which follow-ups to list: whose, and where they stand at ``now``; None for all."""

    employee_id: UUID | None = None
    state: FollowUpState | None = None


def find_follow_up(
    session: Session, *, organisation_id: UUID, request_id: UUID
) -> RequestFollowUp | None:
    """Return the row of a follow-up as it is stored now, or None."""
    return session.get(RequestFollowUp, (organisation_id, request_id), populate_existing=True)


def get_follow_up(session: Session, *, organisation_id: UUID, request_id: UUID) -> FollowUpView:
    """Return a follow-up; raises FollowUpNotFound."""
    row = find_follow_up(session, organisation_id=organisation_id, request_id=request_id)
    if row is None:
        raise FollowUpNotFound
    request = session.get_one(Request, (organisation_id, request_id), populate_existing=True)
    [view] = views_of(session, organisation_id=organisation_id, rows=[request])
    return _view(row, view)


def list_follow_ups(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: WantedFollowUps,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[FollowUpView]:
    """Return follow-ups, those that are due first come first.

    One whose request was resolved or cancelled after all is done. ``after`` is the (due_at,
    request_id) of the row before the first one wanted.
    """
    query = (
        select(RequestFollowUp, Request)
        .join(
            Request,
            (Request.organisation_id == RequestFollowUp.organisation_id)
            & (Request.id == RequestFollowUp.request_id),
        )
        .where(RequestFollowUp.organisation_id == organisation_id)
        .order_by(RequestFollowUp.due_at, RequestFollowUp.request_id)
        .limit(limit)
    )
    to_do = _to_do()
    if wanted.employee_id is not None:
        query = query.where(RequestFollowUp.employee_id == wanted.employee_id)
    if wanted.state is not None:
        query = query.where(~to_do if wanted.state is FollowUpState.DONE else to_do)
    if wanted.state is FollowUpState.OVERDUE:
        query = query.where(RequestFollowUp.due_at < now)
    if after is not None:
        key = tuple_(RequestFollowUp.due_at, RequestFollowUp.request_id)
        query = query.where(key > tuple_(*after))
    found = [(row, request) for row, request in session.execute(query)]
    views = views_of(
        session, organisation_id=organisation_id, rows=[request for _, request in found]
    )
    return [_view(row, view) for (row, _), view in zip(found, views, strict=True)]


def measure_overdue(session: Session, *, organisation_id: UUID, now: datetime) -> Backlog:
    """Return the backlog of follow-ups that should have been done by ``now``, from then on."""
    request = (Request.organisation_id == RequestFollowUp.organisation_id) & (
        Request.id == RequestFollowUp.request_id
    )
    return measure(
        session,
        RequestFollowUp.organisation_id == organisation_id,
        RequestFollowUp.due_at < now,
        request,
        _to_do(),
        since=RequestFollowUp.due_at,
    )


def _to_do() -> ColumnElement[bool]:
    return RequestFollowUp.done_at.is_(None) & Request.status.in_(_OPEN)


def _view(row: RequestFollowUp, request: RequestView) -> FollowUpView:
    return FollowUpView(
        request=request,
        employee_id=row.employee_id,
        due_at=row.due_at,
        done_at=row.done_at,
        done_by=row.done_by,
        note=row.note,
    )
