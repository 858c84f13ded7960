"""Shifts that were a mistake."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import ShiftWorked
from backend.engagement.queries.shifts import was_worked
from backend.foundation.actor import Actor
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.services import rosters


def cancel(session: Session, *, actor: Actor, shift_id: UUID, reason: str, now: datetime) -> None:
    """Take a shift away on which nothing was done, and tell whose it was; the audit keeps it.

    Who sends from a phone later what was done on it was on no shift: it is kept, unverified.
    Raises ShiftNotFound, SeasonClosed, ShiftWorked.
    """
    owner = actor.organisation_id
    shift = rosters.take_in_hand(session, organisation_id=owner, shift_id=shift_id)
    if was_worked(session, organisation_id=owner, shift=shift):
        raise ShiftWorked
    rosters.remove(session, actor=actor, shift=shift, reason=reason, now=now)
    messages.send(
        session,
        organisation_id=owner,
        recipients=[shift.employee_id],
        kind=MessageKind.SHIFT_CANCELLED,
        subject_id=shift.event_id,
        now=now,
    )
