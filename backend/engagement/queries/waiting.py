"""Requests that have stood as they are for too long: open, in idle hands, or left from an event."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Request, RequestEscalation, RequestFollowUp, RequestStep
from backend.engagement.rules import Status

_ITS_LAST_STEP = (
    (RequestStep.organisation_id == Request.organisation_id)
    & (RequestStep.request_id == Request.id)
    & (RequestStep.number == Request.steps)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """An open request since its last step, and who was told about it since."""

    id: UUID
    event_id: UUID
    zone_id: UUID
    opening: int
    since: datetime
    near_at: datetime | None
    supervisors_at: datetime | None


def list_waiting(
    session: Session, *, organisation_id: UUID, event_ids: Collection[UUID], until: datetime
) -> list[Waiting]:
    """Return the requests of events that have been open since ``until`` or longer, oldest first."""
    rows = session.execute(
        select(
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
            Request.organisation_id == organisation_id,
            Request.event_id.in_(event_ids),
            Request.status == Status.OPEN,
            RequestStep.recorded_at <= until,
        )
        .order_by(RequestStep.recorded_at, Request.id)
    )
    return [Waiting(**row._mapping) for row in rows]


def list_idle(
    session: Session, *, organisation_id: UUID, event_ids: Collection[UUID], until: datetime
) -> list[tuple[UUID, int]]:
    """Return the requests in hand to which nothing has happened since ``until``.

    Each as its id and the number of its last step.
    """
    rows = session.execute(
        select(Request.id, Request.steps)
        .join(RequestStep, _ITS_LAST_STEP)
        .where(
            Request.organisation_id == organisation_id,
            Request.event_id.in_(event_ids),
            Request.status == Status.ACCEPTED,
            RequestStep.recorded_at <= until,
        )
        .order_by(RequestStep.recorded_at, Request.id)
    )
    return [(request_id, steps) for request_id, steps in rows]


def list_left_over(
    session: Session, *, organisation_id: UUID, event_ids: Collection[UUID]
) -> list[tuple[UUID, UUID]]:
    """Return the (id, event_id) of requests of events that nobody has closed or is to follow up."""
    follow_up = (
        select(RequestFollowUp.request_id)
        .where(
            RequestFollowUp.organisation_id == Request.organisation_id,
            RequestFollowUp.request_id == Request.id,
        )
        .exists()
    )
    rows = session.execute(
        select(Request.id, Request.event_id)
        .where(
            Request.organisation_id == organisation_id,
            Request.event_id.in_(event_ids),
            Request.status.in_((Status.OPEN, Status.ACCEPTED)),
            ~follow_up,
        )
        .order_by(Request.opened_at, Request.id)
    )
    return [(request_id, event_id) for request_id, event_id in rows]
