"""Whether a shift was worked: what its employee did while it was on."""

from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from backend.engagement.models import (
    CardScan,
    Gesture,
    Greeting,
    PostCover,
    Request,
    RequestStep,
)
from backend.venues.queries import ShiftFacts


def was_worked(session: Session, *, organisation_id: UUID, shift: ShiftFacts) -> bool:
    """Tell whether anything was done on ``shift``, or given to its employee to do.

    Greetings and scans name their shift. Whatever else was done at its event counts by its instant,
    by which it was judged: steps of requests, covers, gestures and receipts. All that earns points,
    and is rated, begins with one of these.
    """
    owner, event_id, who = organisation_id, shift.event_id, shift.employee_id

    def while_on(at: InstrumentedAttribute[object]) -> ColumnElement[bool]:
        return at.between(shift.starts_at, shift.ends_at)

    of_step = and_(
        RequestStep.organisation_id == Request.organisation_id,
        RequestStep.request_id == Request.id,
        or_(RequestStep.employee_id == who, RequestStep.other_id == who),
        while_on(RequestStep.at),
    )
    worked = (
        exists().where(Greeting.organisation_id == owner, Greeting.shift_id == shift.id),
        exists().where(CardScan.organisation_id == owner, CardScan.shift_id == shift.id),
        exists().where(Request.organisation_id == owner, Request.event_id == event_id, of_step),
        exists().where(
            PostCover.organisation_id == owner,
            PostCover.event_id == event_id,
            PostCover.covered_by == who,
            while_on(PostCover.covered_at),
        ),
        exists().where(
            Gesture.organisation_id == owner,
            Gesture.event_id == event_id,
            or_(
                and_(Gesture.employee_id == who, while_on(Gesture.asked_at)),
                and_(Gesture.claimed_by == who, while_on(Gesture.claimed_at)),
            ),
        ),
    )
    return bool(session.scalar(select(or_(*worked))))
