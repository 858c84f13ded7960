"""Shifts by file: who works where, by the venue's clock."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.csv_rows import ImportRejected
from backend.foundation.imports import ImportResult
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.insight.queries import fair
from backend.insight.rules import Period
from backend.venues import queries
from backend.venues.models import Shift
from backend.venues.services import rosters
from backend.venues.services.shift_imports import import_shifts
from tests.factories import NOW, Arena, close, make_arena, make_employee, make_shift
from tests.files import bad_rows

HEADER = "event_code,badge_number,zone_code,post_code,starts_at,ends_at"
# The event of the factories: doors at 13:00 in New York, start at 14:00, end at 16:30.
SHIFT = "2026-11-21,{badge},G1,G1-1,2026-11-21 12:30,2026-11-21 17:00"


@pytest.fixture
def usher(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena)


def badge_of(session: Session, actor: Actor) -> str:
    return session.get_one(Employee, (actor.organisation_id, actor.employee_id)).badge_number


def do_import(session: Session, usher: Actor, *rows: str, by: Actor | None = None) -> ImportResult:
    badge = badge_of(session, usher)
    text = "\n".join((HEADER, *(row.format(badge=badge) for row in rows)))
    return import_shifts(session, actor=by or usher, text=text, now=NOW)


def test_a_shift_puts_an_employee_on_duty(session: Session, usher: Actor, arena: Arena) -> None:
    assert do_import(session, usher, SHIFT).added == 1
    duty = queries.find_duty(session, actor=usher, at=NOW)
    assert duty is not None
    assert (duty.post_id, duty.event.id) == (arena.gate_post_id, arena.event_id)
    shift = session.scalars(select(Shift).where(Shift.employee_id == usher.employee_id)).one()
    assert shift.starts_at == datetime(2026, 11, 21, 17, 30, tzinfo=UTC)


def test_the_same_shifts_again_change_nothing_and_another_post_moves_somebody(
    session: Session, usher: Actor, arena: Arena
) -> None:
    do_import(session, usher, SHIFT)
    assert do_import(session, usher, SHIFT) == ImportResult(rows=1, added=0, changed=0, unchanged=1)
    moved = SHIFT.replace("G1,G1-1", "101,101-A").replace(
        "2026-11-21 12:30", "2026-11-21T17:30:00Z"
    )
    assert do_import(session, usher, moved).changed == 1
    duty = queries.find_duty(session, actor=usher, at=NOW)
    assert duty is not None
    assert duty.zone_id == arena.section_id


def hours(session: Session, arena: Arena) -> float:
    session.flush()
    [cell] = fair.list_cells(
        session,
        organisation_id=arena.organisation_id,
        period=Period(event_id=arena.event_id),
        now=NOW + timedelta(hours=9),
    )
    return cell.seconds / 3600


def test_a_shift_with_a_corrected_start_is_the_same_shift(
    session: Session, usher: Actor, arena: Arena
) -> None:
    do_import(session, usher, SHIFT)
    assert hours(session, arena) == 4.5
    corrected = SHIFT.replace("12:30", "13:00")
    assert do_import(session, usher, corrected) == ImportResult(
        rows=1, added=0, changed=1, unchanged=0
    )
    assert hours(session, arena) == 4
    assert do_import(session, usher, corrected).unchanged == 1
    longer = corrected.replace("17:00", "17:30")
    assert do_import(session, usher, longer).changed == 1
    assert hours(session, arena) == 4.5


def test_nobody_has_two_shifts_at_once(session: Session, usher: Actor, arena: Arena) -> None:
    early, late = SHIFT.replace("17:00", "14:00"), SHIFT.replace("12:30", "14:00")
    overlapping = late.replace("14:00", "13:59")
    with pytest.raises(ImportRejected) as refused:
        do_import(session, usher, overlapping, early)
    assert bad_rows(refused.value) == [(2, "starts_at", "overlaps the shift of line 3")]
    assert do_import(session, usher, early, late).added == 2
    assert hours(session, arena) == 4.5
    for row in (SHIFT, early.replace("14:00", "14:01"), SHIFT.replace("12:30", "12:45")):
        with pytest.raises(ImportRejected):
            do_import(session, usher, row)


def take_away(session: Session, hr: Actor, usher: Actor) -> None:
    shift = session.scalars(select(Shift).where(Shift.employee_id == usher.employee_id)).one()
    gone = rosters.take_in_hand(session, organisation_id=hr.organisation_id, shift_id=shift.id)
    rosters.remove(session, actor=hr, shift=gone, reason="The wrong badge.", now=NOW)


def test_a_shift_that_was_taken_away_does_not_come_back_with_the_same_roster(
    session: Session, usher: Actor, arena: Arena
) -> None:
    hr, other = make_employee(session, arena, roles=(Role.HR,)), make_employee(session, arena)
    do_import(session, usher, SHIFT)
    take_away(session, hr, usher)
    with pytest.raises(ImportRejected) as refused:
        do_import(session, usher, SHIFT)
    [(line, column, reason)] = bad_rows(refused.value)
    assert (line, column) == (2, "starts_at")
    assert "was taken away by hand" in reason
    assert queries.find_duty(session, actor=usher, at=NOW) is None
    assert do_import(session, other, SHIFT).added == 1


@pytest.mark.parametrize(
    ("said", "anew"),
    [("12:30", "12:31"), ("17:00", "17:01"), ("G1,G1-1", "101,101-A")],
    ids=["start", "end", "post"],
)
def test_a_shift_that_was_taken_away_is_had_back_with_something_else_about_it(
    session: Session, usher: Actor, arena: Arena, said: str, anew: str
) -> None:
    do_import(session, usher, SHIFT)
    take_away(session, usher, usher)
    assert do_import(session, usher, SHIFT.replace(said, anew)).added == 1
    # Nor does the roster from before put what is said anew back to what it was.
    with pytest.raises(ImportRejected):
        do_import(session, usher, SHIFT)


def test_a_shift_that_is_there_again_may_be_repeated(
    session: Session, usher: Actor, arena: Arena
) -> None:
    do_import(session, usher, SHIFT)
    take_away(session, usher, usher)
    make_shift(session, arena, usher, hours=(-0.5, 4))
    assert do_import(session, usher, SHIFT).unchanged == 1


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (SHIFT, "starts_at", "repeats line 2"),
        (SHIFT.replace("12:30", "12:30:00-05:00"), "starts_at", "repeats line 2"),
        (SHIFT.replace("2026-11-21,", "nowhen,"), "event_code", "not an event"),
        (SHIFT.replace("{badge}", "nobody"), "badge_number", "not an employee"),
        (SHIFT.replace("G1,G1-1", "G9,G1-1"), "zone_code", "not a zone"),
        (SHIFT.replace("G1,G1-1", "G1,101-A"), "post_code", "not a post in that zone"),
        (SHIFT.replace("21 12:30", "20 12:30"), "starts_at", "12 hours before the doors"),
        (SHIFT.replace("21 17:00", "22 17:00"), "ends_at", "12 hours after"),
        (SHIFT.replace("17:00", "12:30"), "ends_at", "after the start"),
        (SHIFT.replace("17:00", "soon"), "ends_at", "must be a time"),
    ],
)
def test_a_bad_shift_is_named(
    session: Session, usher: Actor, row: str, column: str, says: str
) -> None:
    with pytest.raises(ImportRejected) as refused:
        do_import(session, usher, SHIFT, row)
    (bad,) = bad_rows(refused.value)
    assert bad[:2] == (3, column)
    assert says in bad[2]
    assert queries.find_duty(session, actor=usher, at=NOW) is None


def test_people_and_posts_of_another_organisation_are_unknown(
    session: Session, usher: Actor
) -> None:
    stranger = make_employee(session, make_arena(session), roles=(Role.HR,))
    with pytest.raises(ImportRejected) as refused:
        do_import(session, usher, SHIFT, by=stranger)
    assert bad_rows(refused.value) == [(2, "badge_number", "is not an employee's here")]


def test_shifts_of_a_closed_season_stay_as_they_are(
    session: Session, usher: Actor, arena: Arena
) -> None:
    do_import(session, usher, SHIFT)
    close(session, arena)
    assert do_import(session, usher, SHIFT).unchanged == 1
    for row in (
        SHIFT.replace("17:00", "18:00"),
        SHIFT.replace("G1,G1-1", "101,101-A"),
        SHIFT.replace("12:30", "12:45"),
    ):
        with pytest.raises(ImportRejected) as refused:
            do_import(session, usher, row)
        assert [bad[:2] for bad in bad_rows(refused.value)] == [(2, "event_code")]
