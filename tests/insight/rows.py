"""Plain functions that put rows for boards and figures straight into the tables."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from backend.engagement.models import Request, Tally
from backend.engagement.rules import Category, Status
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.foundation.http import AUTHENTICATE
from backend.integrity.rules import Verdict
from backend.rewards.models import Standing
from backend.venues.models import Event
from tests.factories import NOW, Arena


@contextmanager
def signed_in(app: Flask, actor: Actor, *, at: datetime = NOW) -> Iterator[FlaskClient]:
    """Yield a client whose requests come from ``actor``, by default during the arena's event."""
    before = app.extensions.get(AUTHENTICATE)
    app.extensions[AUTHENTICATE] = lambda: actor
    try:
        with time_machine.travel(at):
            yield app.test_client()
    finally:
        app.extensions[AUTHENTICATE] = before


def make_event(
    session: Session,
    arena: Arena,
    *,
    held_on: date,
    attendance: int | None = None,
    starts_at: datetime | None = None,
) -> UUID:
    """Make another event of the arena's season, by default over long before the present."""
    starts_at = starts_at or NOW - timedelta(days=2)
    event = Event(
        organisation_id=arena.organisation_id,
        id=new_id(),
        code=str(new_id()),
        venue_id=arena.venue_id,
        season_id=arena.season_id,
        name=f"Game of {held_on}",
        held_on=held_on,
        doors_at=starts_at - timedelta(hours=1),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        attendance=attendance,
    )
    session.add(event)
    session.flush()
    return event.id


def set_attendance(session: Session, arena: Arena, attendance: int | None) -> None:
    """Say how many came to the arena's event."""
    event = session.get_one(Event, (arena.organisation_id, arena.event_id))
    event.attendance = attendance
    session.flush()


def make_standing(
    session: Session, arena: Arena, actor: Actor, *, points: int, board: str | None = None
) -> None:
    """Put ``actor`` on a board, by default the season's."""
    session.add(
        Standing(
            organisation_id=arena.organisation_id,
            board=board or f"season/{arena.season_id}",
            employee_id=actor.employee_id,
            points=points,
        )
    )
    session.flush()


def make_tally(
    session: Session, arena: Arena, actor: Actor, *, event_id: UUID | None = None, **counts: Any
) -> None:
    """Write down an evening of ``actor``; what is not counted is zero."""
    session.add(
        Tally(
            organisation_id=arena.organisation_id,
            event_id=event_id or arena.event_id,
            employee_id=actor.employee_id,
            **counts,
        )
    )
    session.flush()


def make_evening_before(session: Session, arena: Arena, actor: Actor, *, now: datetime) -> None:
    """Let ``actor`` have resolved six requests at an event three days ago; five were rated good."""
    at = now - timedelta(days=3)
    event_id = make_event(session, arena, held_on=at.date(), starts_at=at)
    six = dict.fromkeys(("resolved", "invitations", "ratings"), 6)
    make_tally(session, arena, actor, event_id=event_id, good=5, **six)


def make_request(
    session: Session,
    arena: Arena,
    actor: Actor,
    *,
    status: Status,
    accept_seconds: int | None = None,
    resolve_seconds: int | None = None,
) -> UUID:
    """Make a request as it stands, without its history."""
    owned = status in {Status.ACCEPTED, Status.RESOLVED}
    closed = status in {Status.CANCELLED, Status.RESOLVED}
    request = Request(
        organisation_id=arena.organisation_id,
        id=new_id(),
        event_id=arena.event_id,
        season_id=arena.season_id,
        zone_id=arena.gate_id,
        category=Category.DIRECTIONS,
        status=status,
        opened_by=actor.employee_id,
        owner_id=actor.employee_id if owned else None,
        verdict=Verdict.VERIFIED,
        opened_at=NOW,
        closed_at=NOW if closed else None,
        accept_seconds=accept_seconds,
        resolve_seconds=resolve_seconds,
        steps=0,
    )
    session.add(request)
    session.flush()
    return request.id
