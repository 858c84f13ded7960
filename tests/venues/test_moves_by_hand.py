"""Files that are read while somebody changes by hand what their rows are about."""

from collections.abc import Callable
from datetime import timedelta
from threading import Event as Signal
from time import sleep
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.db import reading, transaction
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.venues.models import Event, Shift
from backend.venues.queries import find_duty, forget_events
from backend.venues.services import events
from backend.venues.services.shift_imports import import_shifts
from tests.factories import NOW, make_arena, make_employee, make_shift
from tests.rewards.test_races import at_once

HR = (Role.EMPLOYEE, Role.HR)
EARLY = NOW - timedelta(days=2)
WEEK = timedelta(days=7)
SHIFTS = "event_code,badge_number,zone_code,post_code,starts_at,ends_at"


def by_file_meanwhile(
    app: Flask, by_hand: Callable[[Session], Any], by_file: Callable[[Session], Any]
) -> list[Any]:
    """Do one thing by hand, and begin another by file when the first waits for its commit."""
    written = Signal()

    def slowly() -> None:
        with transaction() as session:
            by_hand(session)
            session.flush()
            written.set()
            sleep(0.3)

    def then() -> None:
        written.wait()
        with transaction() as session:
            by_file(session)

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

    [_, refused] = by_file_meanwhile(app, move, take)
    assert "Nothing was imported" in str(refused)
    forget_events()
    with app.app_context(), reading() as session:
        assert find_duty(session, actor=usher, at=NOW) is None
        starts = session.scalars(select(Shift.starts_at).where(Shift.event_id == arena.event_id))
        assert starts.all() == ([to["doors_at"] - timedelta(minutes=30)] if on_shift else [])
