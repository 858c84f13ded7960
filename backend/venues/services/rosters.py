"""The shifts of an event that moves, and those that were a mistake."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.db import take_turn
from backend.venues.models import Event, Shift
from backend.venues.problems import ShiftNotFound
from backend.venues.queries import ShiftFacts
from backend.venues.services import closings

_CANCELLED = "shift.cancelled"
_IDS = ("event_id", "employee_id", "post_id")
_INSTANTS = ("starts_at", "ends_at")


def list_spans(
    session: Session, *, organisation_id: UUID, event_id: UUID | None = None
) -> dict[UUID, tuple[datetime, datetime]]:
    """Return from when to when somebody is on shift, by event, of one event or of all."""
    of_event = [Shift.event_id == event_id] if event_id else []
    rows = session.execute(
        select(Shift.event_id, func.min(Shift.starts_at), func.max(Shift.ends_at))
        .where(Shift.organisation_id == organisation_id, *of_event)
        .group_by(Shift.event_id)
    )
    return {event: (first, last) for event, first, last in rows}


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


def take_in_hand(session: Session, *, organisation_id: UUID, shift_id: UUID) -> ShiftFacts:
    """Return a shift with its event in hand: to the commit nobody else writes what is of it.

    Whoever refers to the event meanwhile is waited for, or waits; so do imports, and who moves it.
    Raises ShiftNotFound, and SeasonClosed where the boards that go by it do not move any more.
    """
    take_turn(session, organisation_id, "imports")
    this = Shift.organisation_id == organisation_id, Shift.id == shift_id
    event = session.execute(
        select(Event.season_id)
        .join(
            Shift, (Shift.organisation_id == Event.organisation_id) & (Shift.event_id == Event.id)
        )
        .where(*this)
        .with_for_update(of=Event)
    ).one_or_none()
    # Read when the event is in hand: until then it may have moved, with its shifts.
    row = session.scalar(select(Shift).where(*this).execution_options(populate_existing=True))
    if event is None or row is None:
        raise ShiftNotFound
    closings.must_be_open(session, organisation_id=organisation_id, season_id=event.season_id)
    return ShiftFacts(**{name: getattr(row, name) for name in ShiftFacts.__dataclass_fields__})


def remove(
    session: Session, *, actor: Actor, shift: ShiftFacts, reason: str, now: datetime
) -> None:
    """Take a shift that is in hand away; the audit keeps all of it."""
    session.execute(
        delete(Shift).where(Shift.organisation_id == actor.organisation_id, Shift.id == shift.id)
    )
    kept = {name: str(getattr(shift, name)) for name in _IDS}
    kept |= {name: getattr(shift, name).isoformat() for name in _INSTANTS}
    detail = kept | {"reason": reason}
    audit.record(session, actor=actor, act=_CANCELLED, subject_id=shift.id, now=now, detail=detail)


def list_removed(session: Session, *, organisation_id: UUID) -> set[tuple[UUID | datetime, ...]]:
    """Return what `exactly` says of every shift that was taken away, as it was then."""
    details = session.scalars(
        select(AuditRow.detail).where(
            AuditRow.organisation_id == organisation_id, AuditRow.act == _CANCELLED
        )
    )
    return {
        (
            *(UUID(kept[name]) for name in _IDS),
            *(datetime.fromisoformat(kept[name]) for name in _INSTANTS),
        )
        for kept in details
    }


def exactly(shift: Mapping[str, Any]) -> tuple[UUID | datetime, ...]:
    """Return what makes a shift the very same as another: whose, at which event and post, when."""
    return tuple(shift[name] for name in (*_IDS, *_INSTANTS))
