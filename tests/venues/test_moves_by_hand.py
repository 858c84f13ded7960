"""Files that are read while somebody changes by hand what their rows are about."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event as Signal
from time import sleep
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.db import new_id, reading, transaction
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.venues.models import Event, Shift, Venue
from backend.venues.queries import find_duty, forget_events
from backend.venues.rules import held_on
from backend.venues.services import events
from backend.venues.services.events import NewEvent
from backend.venues.services.shift_imports import import_shifts
from backend.venues.services.venue_imports import import_venues
from tests.factories import NOW, make_arena, make_employee, make_shift
from tests.rewards.test_races import at_once

HR = (Role.EMPLOYEE, Role.HR)
EARLY = NOW - timedelta(days=2)
WEEK = timedelta(days=7)
VENUES = (
    "venue_code,venue_name,time_zone,capacity,zone_code,zone_name,zone_kind,post_code,post_name"
)
SHIFTS = "event_code,badge_number,zone_code,post_code,starts_at,ends_at"


def meanwhile(
    app: Flask, first: Callable[[Session], Any], second: Callable[[Session], Any]
) -> list[Any]:
    """Begin the second when the first is written and not committed; return what was raised."""
    written = Signal()

    def slowly() -> None:
        with transaction() as session:
            first(session)
            session.flush()
            written.set()
            sleep(0.3)

    def then() -> None:
        written.wait()
        with transaction() as session:
            second(session)

    return at_once(app, slowly, then)


@pytest.mark.parametrize("on_shift", [True, False])
def test_a_roster_that_is_read_while_its_event_moves_puts_nobody_on_duty_on_the_old_day(
    app: Flask, on_shift: bool
) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        hr, usher = make_employee(session, arena, roles=HR), make_employee(session, arena)
        badge = session.get_one(Employee, (arena.organisation_id, usher.employee_id)).badge_number
        if on_shift:
            make_shift(session, arena, usher)
        event = session.get_one(Event, (arena.organisation_id, arena.event_id))
        to = {name: getattr(event, name) + WEEK for name in ("doors_at", "starts_at", "ends_at")}
    row = f"2026-11-21,{badge},G1,G1-1,2026-11-21 12:30,2026-11-21 17:00"

    def move(session: Session) -> None:
        events.change(session, actor=hr, event_id=arena.event_id, to=to, now=EARLY)

    def take(session: Session) -> None:
        import_shifts(session, actor=hr, text=f"{SHIFTS}\n{row}", now=EARLY)

    [_, refused] = meanwhile(app, move, take)
    assert "Nothing was imported" in str(refused)
    forget_events()
    with app.app_context(), reading() as session:
        assert find_duty(session, actor=usher, at=NOW) is None
        starts = session.scalars(select(Shift.starts_at).where(Shift.event_id == arena.event_id))
        assert starts.all() == ([to["doors_at"] - timedelta(minutes=30)] if on_shift else [])


@pytest.mark.parametrize("file_first", [True, False])
def test_an_event_that_is_made_while_its_venue_is_read_has_the_day_of_its_venue(
    app: Flask, file_first: bool
) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        hr = make_employee(session, arena, roles=HR)
        owner, hall = {"organisation_id": arena.organisation_id}, new_id()
        zone = {"time_zone": "America/New_York", "capacity": 1_000}
        session.add(Venue(**owner, id=hall, code="HALL", name="The Hall", **zone))
    # In New York it is still the day before.
    at = datetime(2026, 12, 1, 3, 0, tzinfo=UTC)
    until = at + timedelta(hours=2)
    new = NewEvent(code="E", venue_id=hall, name="E", doors_at=at, starts_at=at, ends_at=until)
    row = "HALL,The Hall,Europe/Paris,1000,G1,Gate 1,gate,G1-1,Lane 1"

    def make(session: Session) -> None:
        events.create(session, actor=hr, new=new, now=NOW)

    def take(session: Session) -> None:
        import_venues(session, actor=hr, text=f"{VENUES}\n{row}", now=NOW)

    first, second = (take, make) if file_first else (make, take)
    [_, refused] = meanwhile(app, first, second)
    assert (refused is None) == file_first
    with app.app_context(), reading() as session:
        event = session.scalars(select(Event).where(Event.venue_id == hall)).one()
        venue = session.get_one(Venue, (arena.organisation_id, hall))
        assert event.held_on == held_on(at, time_zone=venue.time_zone)
