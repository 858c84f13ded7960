"""Events that are put off: their shifts go along, and what has begun stays begun."""

from datetime import UTC, datetime, timedelta

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
from backend.venues.problems import EventBegun, EventRefused
from backend.venues.queries import find_duty, forget_events
from backend.venues.services import events
from backend.venues.services.event_imports import import_events
from tests.engagement.stories import committed_evening, resolved
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift
from tests.files import bad_rows

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
NOON = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)  # 12:30 in New York
EARLY = NOW - timedelta(days=2)
HR = (Role.EMPLOYEE, Role.HR)


def put_off(session: Session, arena: Arena, hr: Actor, by: timedelta, *, now: datetime) -> None:
    event = session.get_one(Event, (arena.organisation_id, arena.event_id), populate_existing=True)
    to = {name: getattr(event, name) + by for name in ("doors_at", "starts_at", "ends_at")}
    events.change(session, actor=hr, event_id=arena.event_id, to=to, now=now)
    session.flush()
    forget_events()


def a_file(session: Session, arena: Arena, by: timedelta) -> str:
    event = session.get_one(Event, (arena.organisation_id, arena.event_id))
    times = (event.doors_at + by, event.starts_at + by, event.ends_at + by)
    cells = ",".join(at.isoformat() for at in times)
    columns = "code,venue_code,season,name,doors_at,starts_at,ends_at"
    return f"{columns}\n{event.code},ARENA,2026-27,{event.name},{cells}\n"


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
    text = a_file(session, arena, WEEK)
    late = a_file(session, arena, timedelta(hours=1))
    import_events(session, actor=hr, text=text, now=EARLY)
    assert find_duty(session, actor=usher, at=NOW) is None
    assert find_duty(session, actor=usher, at=NOW + WEEK) is not None
    with pytest.raises(ImportRejected):
        import_events(
            session, actor=hr, text=late, now=NOW + WEEK - timedelta(hours=13, minutes=10)
        )


def a_matinee(session: Session) -> tuple[Arena, Actor, Actor]:
    """Return an arena with doors at 11:00, HR, and an usher who begins three hours earlier."""
    arena = make_arena(session, now=NOON)
    hr, usher = make_employee(session, arena, roles=HR), make_employee(session, arena)
    make_shift(session, arena, usher, hours=(-3, 3))
    return arena, hr, usher


def doors_of(session: Session, arena: Arena) -> datetime:
    return session.get_one(Event, (arena.organisation_id, arena.event_id)).doors_at


@pytest.mark.parametrize(
    ("by", "column", "reason"),
    [
        (10, "doors_at", "would leave a shift more than 12 hours before the doors open"),
        (-10.75, "ends_at", "would leave a shift more than 12 hours after the event's end"),
    ],
)
def test_no_event_moves_too_far_away_from_a_shift(
    session: Session, by: float, column: str, reason: str
) -> None:
    arena, hr, usher = a_matinee(session)
    make_shift(session, arena, usher, hours=(3, 13))
    before = doors_of(session, arena) - timedelta(days=1)
    file = a_file(session, arena, timedelta(hours=by))
    with pytest.raises(ImportRejected) as rejected:
        import_events(session, actor=hr, text=file, now=before)
    assert bad_rows(rejected.value) == [(2, column, reason)]
    with pytest.raises(EventRefused) as refused:
        put_off(session, arena, hr, timedelta(hours=by), now=before)
    assert refused.value.errors == {"json": {column: [f"It {reason}."]}}


def test_an_event_to_which_a_shift_is_near_enough_moves_within_its_day(session: Session) -> None:
    arena, hr, usher = a_matinee(session)
    doors = doors_of(session, arena)
    put_off(session, arena, hr, timedelta(hours=9), now=doors - timedelta(days=1))
    file = a_file(session, arena, timedelta(hours=-8))
    assert import_events(session, actor=hr, text=file, now=doors - timedelta(days=1)).changed == 1
    assert find_duty(session, actor=usher, at=doors - timedelta(hours=3)) is not None


def test_an_event_on_another_day_is_not_too_far_from_its_shifts_either(session: Session) -> None:
    arena, hr, usher = a_matinee(session)
    make_shift(session, arena, usher, hours=(-11.5, -6))
    event = session.get_one(Event, (arena.organisation_id, arena.event_id))
    # Its shifts go where its start goes, and its doors open an hour later than they did.
    to = dict.fromkeys(("doors_at", "starts_at"), event.starts_at + WEEK)
    to["ends_at"] = event.ends_at + WEEK
    with pytest.raises(EventRefused):
        events.change(session, actor=hr, event_id=arena.event_id, to=to, now=EARLY)


def test_who_is_at_work_keeps_the_event_on_its_day(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        arena, hr, usher = a_matinee(session)
        doors = doors_of(session, arena)
        put_off(session, arena, hr, timedelta(hours=9), now=doors - timedelta(hours=14))
    with app.app_context(), transaction() as session:
        resolved(session, usher, moment=Moment.present(doors - timedelta(hours=2, minutes=50)))
    with app.app_context():
        standings.catch_up()
        with pytest.raises(EventBegun), transaction() as session:
            put_off(session, arena, hr, 2 * DAY, now=doors - timedelta(hours=2, minutes=45))
        with reading() as session:
            assert list(verify.verify(session, organisation_id=arena.organisation_id)) == []


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
