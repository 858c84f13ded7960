"""Requests that have stood as they are for too long: open, in idle hands, or left from an event."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, tuple_
from sqlalchemy.orm import Session

from backend.engagement.models import (
    Gesture,
    Request,
    RequestEscalation,
    RequestFollowUp,
    RequestStep,
    Workload,
)
from backend.engagement.rules import Status
from backend.venues.queries import EventFacts

_ITS_LAST_STEP = (
    (RequestStep.organisation_id == Request.organisation_id)
    & (RequestStep.request_id == Request.id)
    & (RequestStep.number == Request.steps)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """An open request since its last step, and who was told about it since."""

    organisation_id: UUID
    id: UUID
    event_id: UUID
    zone_id: UUID
    opening: int
    since: datetime
    near_at: datetime | None
    supervisors_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """A request that is to be put back or followed up, as it stood when somebody looked."""

    organisation_id: UUID
    id: UUID
    event_id: UUID
    steps: int


def list_waiting(
    session: Session, *, events: Collection[EventFacts], until: datetime
) -> list[Waiting]:
    """Return the requests of events that have been open since ``until`` or longer, oldest first."""
    rows = session.execute(
        select(
            Request.organisation_id,
            Request.id,
            Request.event_id,
            Request.zone_id,
            Request.steps.label("opening"),
            RequestStep.recorded_at.label("since"),
            RequestEscalation.near_at,
            RequestEscalation.supervisors_at,
        )
        .join(RequestStep, _ITS_LAST_STEP)
        .outerjoin(
            RequestEscalation,
            (RequestEscalation.organisation_id == Request.organisation_id)
            & (RequestEscalation.request_id == Request.id)
            & (RequestEscalation.opening == Request.steps),
        )
        .where(
            _at(events),
            Request.status == Status.OPEN,
            RequestStep.recorded_at <= until,
        )
        .order_by(RequestStep.recorded_at, Request.id)
    )
    return [Waiting(**row._mapping) for row in rows]


def list_idle(session: Session, *, until: datetime) -> list[Left]:
    """Return the requests in hand to which nothing has happened since ``until``, gestures included.

    Of every organisation and every event, those that are over as well: found through whoever has
    something in hand, who are few.
    """
    busy = select(Workload.organisation_id, Workload.employee_id).where(Workload.in_hand > 0)
    rows = session.execute(
        _left()
        .join(RequestStep, _ITS_LAST_STEP)
        .where(
            # As a list of them, which is looked up by the index; a join might read all requests.
            tuple_(Request.organisation_id, Request.owner_id).in_(busy),
            Request.status == Status.ACCEPTED,
            RequestStep.recorded_at <= until,
            ~_given_since(until),
        )
        .order_by(RequestStep.recorded_at, Request.id)
    )
    return [Left(**row._mapping) for row in rows]


def is_idle(session: Session, *, request: Request, until: datetime) -> bool:
    """Tell whether no gesture has been asked for or given for a request since ``until``."""
    its = (Request.organisation_id == request.organisation_id) & (Request.id == request.id)
    return session.scalar(select(Request.id).where(its, ~_given_since(until))) is not None


def _given_since(until: datetime) -> ColumnElement[bool]:
    """Return that a gesture was asked for or given for a request after ``until``."""
    return (
        select(Gesture.id)
        .where(
            Gesture.organisation_id == Request.organisation_id,
            # By the index of an evening's gestures; there is none by request.
            Gesture.event_id == Request.event_id,
            Gesture.request_id == Request.id,
            or_(Gesture.asked_at > until, Gesture.given_at > until),
        )
        .exists()
    )


def list_left_over(session: Session, *, events: Collection[EventFacts]) -> list[Left]:
    """Return the requests of events that nobody has closed or is to follow up."""
    follow_up = (
        select(RequestFollowUp.request_id)
        .where(
            RequestFollowUp.organisation_id == Request.organisation_id,
            RequestFollowUp.request_id == Request.id,
        )
        .exists()
    )
    rows = session.execute(
        _left()
        .where(
            _at(events),
            Request.status.in_((Status.OPEN, Status.ACCEPTED)),
            ~follow_up,
        )
        .order_by(Request.opened_at, Request.id)
    )
    return [Left(**row._mapping) for row in rows]


def _left() -> Select[UUID, UUID, UUID, int]:
    return select(Request.organisation_id, Request.id, Request.event_id, Request.steps)


def _at(events: Collection[EventFacts]) -> ColumnElement[bool]:
    """Return that a request is of one of ``events``, of any organisations, by the index."""
    pairs = [(event.organisation_id, event.id) for event in events]
    return tuple_(Request.organisation_id, Request.event_id).in_(pairs)
