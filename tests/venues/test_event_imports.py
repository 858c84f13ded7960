"""Events by file: whose clock, which season, how many people."""

from datetime import UTC, date, datetime
from itertools import pairwise
from threading import Event as Signal
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.csv_rows import ImportRejected
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.imports import ImportResult
from backend.identity.permissions import Role
from backend.insight import verify
from backend.venues.models import Event, Venue
from backend.venues.services import events
from backend.venues.services.event_imports import import_events
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.files import bad_rows
from tests.rewards.test_races import at_once

HEADER = "code,venue_code,season,name,doors_at,starts_at,ends_at,attendance"
GAME = "G1,ARENA,2026-27,Home against Away,2026-10-09 17:30,2026-10-09 19:00,2026-10-09 21:45,"


def a_file(*rows: str) -> str:
    return "\n".join((HEADER, *rows))


@pytest.fixture
def hr(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena, roles=(Role.HR,))


def do_import(session: Session, hr: Actor, *rows: str) -> ImportResult:
    return import_events(session, actor=hr, text=a_file(*rows), now=NOW)


def the_event(session: Session, hr: Actor, code: str = "G1") -> Event:
    return session.scalars(
        select(Event)
        .where(Event.organisation_id == hr.organisation_id, Event.code == code)
        .execution_options(populate_existing=True)
    ).one()


def test_wall_times_are_the_venues_own(session: Session, hr: Actor) -> None:
    assert do_import(session, hr, GAME).added == 1
    event = the_event(session, hr)
    assert event.starts_at == datetime(2026, 10, 9, 23, 0, tzinfo=UTC)
    assert event.held_on == date(2026, 10, 9)
    assert event.attendance is None


def test_an_offset_says_it_itself_and_the_date_is_the_venues(session: Session, hr: Actor) -> None:
    row = (
        "G1,ARENA,2026-27,Late,2026-10-10T01:00:00Z,2026-10-10T02:00:00Z,"
        "2026-10-10T06:00:00+02:00,100"
    )
    do_import(session, hr, row)
    event = the_event(session, hr)
    assert event.ends_at == datetime(2026, 10, 10, 4, 0, tzinfo=UTC)
    assert event.held_on == date(2026, 10, 9)


def test_the_same_file_again_changes_nothing(session: Session, hr: Actor) -> None:
    do_import(session, hr, GAME + "17000")
    assert do_import(session, hr, GAME + "17000") == ImportResult(
        rows=1, added=0, changed=0, unchanged=1
    )


def test_an_empty_attendance_leaves_the_one_that_is_known(session: Session, hr: Actor) -> None:
    do_import(session, hr, GAME + "17000")
    assert do_import(session, hr, GAME).unchanged == 1
    assert the_event(session, hr).attendance == 17_000


@pytest.mark.parametrize("first", ["", "16999"])
def test_attendance_is_audited_event_by_event(session: Session, hr: Actor, first: str) -> None:
    do_import(session, hr, GAME + first)
    do_import(session, hr, GAME + "17000")
    assert do_import(session, hr, GAME + "17001").changed == 1
    assert do_import(session, hr, GAME).unchanged == 1
    session.flush()
    rows = session.scalars(
        select(AuditRow)
        .where(
            AuditRow.organisation_id == hr.organisation_id, AuditRow.act == "event.attendance_set"
        )
        .order_by(AuditRow.id)
    ).all()
    said = [None, *([int(first)] if first else []), 17_000, 17_001]
    assert [row.detail for row in rows] == [
        {"from": before, "to": after} for before, after in pairwise(said)
    ]
    assert {row.subject_id for row in rows} == {the_event(session, hr).id}
    found = verify.find_offenders(session, code="I14", organisation_id=hr.organisation_id)
    assert list(found) == []


@pytest.mark.parametrize(
    ("change", "column", "says"),
    [
        (("G1,ARENA", "G1,NOWHERE"), "venue_code", "not a venue here"),
        ((",2026-27,", ",2031-32,"), "season", "not a season here"),
        (("2026-10-09 19:00", "2026-10-09 17:00"), "doors_at", "not be after the start"),
        (("2026-10-09 21:45", "2026-10-09 18:59"), "ends_at", "after the start"),
        (("2026-10-09 21:45", "2026-10-11 21:45"), "ends_at", "24 hours"),
        (("2026-10-09", "2026-08-09"), "season", "outside the season"),
        (("Away,", "Away,2026-10-09T17:30-04:00x"), "doors_at", "must be a time"),
        (("2026-10-09 21:45", "2026-02-30 21:45"), "ends_at", "must be a time"),
        (("2026-10-09 21:45", "9999-01-01 21:45"), "ends_at", "2000 and 2099"),
        (("2026-10-09 21:45", "2026-10-09"), "ends_at", "must be a time"),
        (("2026-10-09 21:45", "2026-W41-5 21:45"), "ends_at", "must be a time"),
        (("21:45,", "21:45,24376"), "attendance", "at most 24375"),
        (("21:45,", "21:45,-1"), "attendance", "from 0"),
        (
            ("2026-10-09 19:00,2026-10-09", "2027-03-14 02:30,2027-03-14"),
            "starts_at",
            "does not exist",
        ),
        (
            ("2026-10-09 19:00,2026-10-09", "2026-11-01 01:30,2026-11-01"),
            "starts_at",
            "happens twice",
        ),
    ],
)
def test_a_bad_event_is_named(
    session: Session, hr: Actor, change: tuple[str, str], column: str, says: str
) -> None:
    row = GAME.replace(*change)
    if "x" in change[1]:
        row = GAME.replace("2026-10-09 17:30", "2026-10-09T17:30-04:00x")
    with pytest.raises(ImportRejected) as refused:
        do_import(session, hr, row)
    first, *_ = bad_rows(refused.value)
    assert first[:2] == (2, column)
    assert says in first[2]


def test_more_people_than_a_quarter_above_capacity_cannot_have_come(
    session: Session, hr: Actor
) -> None:
    arena_row = GAME + "69620"
    with pytest.raises(ImportRejected, match="1 wrong"):
        do_import(session, hr, arena_row)


def test_venues_and_seasons_of_another_organisation_are_unknown(
    session: Session, hr: Actor
) -> None:
    stranger = make_employee(session, make_arena(session), roles=(Role.HR,))
    text = a_file(GAME.replace("ARENA", "HALL"))
    for actor in (hr, stranger):
        with pytest.raises(ImportRejected):
            import_events(session, actor=actor, text=text, now=NOW)


def test_an_event_stays_at_its_venue_and_once_begun_on_its_day(
    session: Session, hr: Actor, arena: Arena
) -> None:
    hall = Venue(
        organisation_id=arena.organisation_id,
        id=new_id(),
        code="HALL",
        name="The Hall",
        time_zone="America/New_York",
        capacity=70_000,
    )
    session.add(hall)
    session.flush()
    do_import(session, hr, GAME)
    for change, column in (
        (("ARENA", "HALL"), "venue_code"),
        (("2026-10-09", "2026-10-10"), "starts_at"),
    ):
        with pytest.raises(ImportRejected) as refused:
            do_import(session, hr, GAME.replace(*change))
        assert [bad[:2] for bad in bad_rows(refused.value)] == [(2, column)]
    assert do_import(session, hr, GAME.replace("19:00", "19:30")).changed == 1
    future = GAME.replace("G1", "G2").replace("2026-10-09", "2026-12-09")
    do_import(session, hr, future)
    assert do_import(session, hr, future.replace("2026-12-09", "2026-12-10")).changed == 1


def test_a_game_outdoors_is_taken_at_a_venue_that_holds_it(
    session: Session, hr: Actor, arena: Arena
) -> None:
    field = Venue(
        organisation_id=arena.organisation_id,
        id=new_id(),
        code="FIELD",
        name="The Field",
        time_zone="America/New_York",
        capacity=68_000,
    )
    session.add(field)
    session.flush()
    assert do_import(session, hr, GAME.replace("ARENA", "FIELD") + "69620").added == 1


def test_attendance_by_hand_and_by_file_at_once_is_audited_as_it_stands(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        hr = make_employee(session, make_arena(session), roles=(Role.HR,))
        do_import(session, hr, GAME + "17000")
        event_id = the_event(session, hr).id
    written = Signal()

    def by_hand() -> None:
        with transaction() as session:
            to = {"attendance": 18_000}
            events.change(session, actor=hr, event_id=event_id, to=to, now=NOW)
            session.flush()
            written.set()
            # Time for the file to be read beside it, where that does not wait.
            sleep(0.5)

    def by_file() -> None:
        written.wait()
        with transaction() as session:
            do_import(session, hr, GAME.replace("Home", "Us") + "17000")

    assert at_once(app, by_hand, by_file) == [None, None]
    with app.app_context(), reading() as session:
        said = select(AuditRow.detail).where(AuditRow.act == "event.attendance_set")
        assert session.scalars(
            said.where(AuditRow.subject_id == event_id).order_by(AuditRow.id)
        ).all() == [
            {"from": None, "to": 17_000},
            {"from": 17_000, "to": 18_000},
            {"from": 18_000, "to": 17_000},
        ]
        assert the_event(session, hr).attendance == 17_000
