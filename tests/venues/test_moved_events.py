"""Events that are put off: their shifts go along, and what has begun stays begun."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.rules import Moment
from backend.foundation.actor import Actor
from backend.foundation.csv_rows import ImportRejected
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.rewards.services import standings
from backend.venues.models import Event, Shift
from backend.venues.problems import EventBegun
from backend.venues.queries import find_duty, forget_events
from backend.venues.services import events
from backend.venues.services.event_imports import import_events
from tests.engagement.stories import committed_evening, resolved
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift

WEEK = timedelta(days=7)
EARLY = NOW - timedelta(days=2)
HR = (Role.EMPLOYEE, Role.HR)


def put_off(session: Session, arena: Arena, hr: Actor, by: timedelta, *, now: datetime) -> None:
    event = session.get_one(Event, (arena.organisation_id, arena.event_id), populate_existing=True)
    to = {name: getattr(event, name) + by for name in ("doors_at", "starts_at", "ends_at")}
    events.change(session, actor=hr, event_id=arena.event_id, to=to, now=now)
    session.flush()
    forget_events()


@pytest.mark.parametrize("by", [WEEK, timedelta(days=1), timedelta(days=-1)])
def test_the_shifts_of_an_event_go_where_it_goes(session: Session, by: timedelta) -> None:
    arena = make_arena(session)
    usher, hr = make_employee(session, arena), make_employee(session, arena, roles=HR)
    make_shift(session, arena, usher)
    before = session.scalars(select(Shift.starts_at).where(Shift.event_id == arena.event_id)).one()
    put_off(session, arena, hr, by, now=EARLY)
    after = session.scalars(select(Shift.starts_at).where(Shift.event_id == arena.event_id)).one()
    assert after - before == by
    assert find_duty(session, actor=usher, at=NOW) is None
    duty = find_duty(session, actor=usher, at=NOW + by)
    assert duty is not None
    assert duty.event.id == arena.event_id


def test_a_file_takes_the_shifts_along_too(session: Session) -> None:
    arena = make_arena(session)
    usher, hr = make_employee(session, arena), make_employee(session, arena, roles=HR)
    make_shift(session, arena, usher)
    event = session.get_one(Event, (arena.organisation_id, arena.event_id))
    columns = "code,venue_code,season,name,doors_at,starts_at,ends_at"

    def a_file(by: timedelta) -> str:
        times = (event.doors_at + by, event.starts_at + by, event.ends_at + by)
        cells = ",".join(at.isoformat() for at in times)
        return f"{columns}\n{event.code},ARENA,2026-27,{event.name},{cells}\n"

    text = a_file(WEEK)
    import_events(session, actor=hr, text=text, now=EARLY)
    assert find_duty(session, actor=usher, at=NOW) is None
    assert find_duty(session, actor=usher, at=NOW + WEEK) is not None
    late = a_file(timedelta(hours=1))
    with pytest.raises(ImportRejected):
        import_events(
            session, actor=hr, text=late, now=NOW + WEEK - timedelta(hours=13, minutes=10)
        )


def test_what_has_begun_cannot_be_made_not_to_have(session: Session) -> None:
    arena = make_arena(session)
    hr = make_employee(session, arena, roles=HR)
    begun = session.get_one(Event, (arena.organisation_id, arena.event_id)).doors_at
    with pytest.raises(EventBegun):
        put_off(session, arena, hr, timedelta(minutes=30), now=begun - timedelta(hours=11.75))


def test_the_books_hold_after_an_event_was_put_off_twice(app: Flask) -> None:
    evening = committed_evening(app)
    with app.app_context(), transaction() as session:
        hr = make_employee(session, evening.arena, roles=HR)
        put_off(session, evening.arena, hr, WEEK, now=EARLY)
        put_off(session, evening.arena, hr, WEEK, now=EARLY)
    with app.app_context(), transaction() as session:
        resolved(session, evening.alex, moment=Moment.present(NOW + 2 * WEEK))
    with app.app_context():
        standings.catch_up()
        with reading() as session:
            assert list(verify.verify(session, organisation_id=evening.organisation_id)) == []
