"""The shifts of an event that moves."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.venues.models import Shift


def move(session: Session, *, organisation_id: UUID, event_id: UUID, by: timedelta) -> None:
    """Move the shifts of an event ``by`` as much as its start moves to another day.

    Left where they were, they would put people on duty on the old day, for an event of the new one.
    """
    # Those that come last go first where all go forward: no two of a person start at once.
    order = Shift.starts_at.desc() if by > timedelta() else Shift.starts_at
    of_event = Shift.organisation_id == organisation_id, Shift.event_id == event_id
    found = session.execute(
        select(Shift.id, Shift.starts_at, Shift.ends_at).where(*of_event).order_by(order)
    ).all()
    if found:
        session.execute(
            update(Shift),
            [
                {
                    "organisation_id": organisation_id,
                    "id": row.id,
                    "starts_at": row.starts_at + by,
                    "ends_at": row.ends_at + by,
                }
                for row in found
            ],
        )
