"""Venues, zones and posts by file."""

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from backend.foundation.audit import AuditRow
from backend.foundation.csv_rows import ImportRejected
from backend.foundation.db import transaction
from backend.foundation.imports import ImportResult
from backend.identity.permissions import Role
from backend.venues import queries
from backend.venues.models import Event, Post, Venue, Zone
from backend.venues.rules import ZoneKind
from backend.venues.services.venue_imports import import_venues
from tests.factories import NOW, Arena, close, make_arena, make_employee, make_shift
from tests.files import bad_rows

HEADER = (
    "venue_code,venue_name,time_zone,capacity,zone_code,zone_name,zone_kind,post_code,post_name"
)
ROWS = (
    "HALL,The Hall,America/New_York,5000,G1,Gate 1,gate,G1-1,Lane 1",
    "HALL,The Hall,America/New_York,5000,G1,Gate 1,gate,G1-2,Lane 2",
    "HALL,The Hall,America/New_York,5000,101,Section 101,section,A,Aisle A",
    "FIELD,The Field,America/Chicago,69000,G1,North gate,gate,A,Lane A",
)


def a_file(*rows: str) -> str:
    return "\n".join((HEADER, *(rows or ROWS)))


def do_import(session: Session, arena: Arena, text: str | bytes) -> ImportResult:
    actor = make_employee(session, arena, roles=(Role.HR,))
    result = import_venues(session, actor=actor, text=text, now=NOW)
    session.flush()
    return result


def test_a_file_adds_venues_zones_and_posts(session: Session, arena: Arena) -> None:
    result = do_import(session, arena, a_file())
    assert result == ImportResult(rows=4, added=4, changed=0, unchanged=0)
    posts = queries.list_posts(session, organisation_id=arena.organisation_id)
    added = {(post.zone.name, post.zone.kind, post.name) for post in posts}
    assert {
        ("Gate 1", ZoneKind.GATE, "Lane 2"),
        ("Section 101", ZoneKind.SECTION, "Aisle A"),
        ("North gate", ZoneKind.GATE, "Lane A"),
    } <= added


def test_the_same_file_again_changes_nothing(session: Session, arena: Arena) -> None:
    do_import(session, arena, a_file())
    before = queries.list_posts(session, organisation_id=arena.organisation_id)
    again = do_import(session, arena, a_file(*reversed(ROWS)))
    assert again == ImportResult(rows=4, added=0, changed=0, unchanged=4)
    assert queries.list_posts(session, organisation_id=arena.organisation_id) == before


def test_a_changed_file_changes_what_differs_and_leaves_what_it_lacks(
    session: Session, arena: Arena
) -> None:
    do_import(session, arena, a_file())
    changed = [row.replace("Lane 2", "Fast lane").replace("69000", "70000") for row in ROWS]
    result = do_import(session, arena, a_file(*changed[1:]))
    assert result == ImportResult(rows=3, added=0, changed=2, unchanged=1)
    field = select(Venue.capacity).where(
        Venue.organisation_id == arena.organisation_id, Venue.code == "FIELD"
    )
    assert session.scalar(field) == 70_000
    names = {
        post.name for post in queries.list_posts(session, organisation_id=arena.organisation_id)
    }
    assert {"Lane 1", "Fast lane"} <= names


def test_an_import_is_on_record_with_the_hash_of_its_file(session: Session, arena: Arena) -> None:
    do_import(session, arena, a_file())
    row = session.scalars(
        select(AuditRow).where(AuditRow.organisation_id == arena.organisation_id)
    ).one()
    assert row.act == "venues.imported"
    assert len(row.detail.pop("sha256")) == 64
    assert row.detail == {"rows": 4, "added": 4, "changed": 0, "unchanged": 0}


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("X,X,Mars/Olympus,1,Z,Z,gate,P,P", "time_zone", "name of a time zone"),
        ("X,X,../../etc/passwd,1,Z,Z,gate,P,P", "time_zone", "name of a time zone"),
        ("X,X,UTC,0,Z,Z,gate,P,P", "capacity", "from 1 to"),
        ("X,X,UTC,many,Z,Z,gate,P,P", "capacity", "digits only"),
        ("X,X,UTC,1,Z,Z,moat,P,P", "zone_kind", "one of gate, concourse"),
        ("X,,UTC,1,Z,Z,gate,P,P", "venue_name", "empty"),
        ("HALL,The Hall,America/New_York,5000,G1,Gate 1,gate,G1-1,X", "post_code", "line 2"),
        ("HALL,Hall,America/New_York,5000,G2,Gate 2,gate,P,P", "venue_name", "line 2"),
        ("HALL,The Hall,America/New_York,5001,G2,Gate 2,gate,P,P", "capacity", "line 2"),
        ("HALL,The Hall,America/New_York,5000,101,Section 101,suite,B,B", "zone_kind", "line 4"),
        ("ARENA,The Arena,UTC,19500,G1,Gate 1,gate,X,X", "time_zone", "events are dated"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_taken(
    session: Session, arena: Arena, row: str, column: str, says: str
) -> None:
    with pytest.raises(ImportRejected) as refused:
        do_import(session, arena, a_file(*ROWS, row))
    (bad,) = bad_rows(refused.value)
    assert bad[:2] == (6, column)
    assert says in bad[2]
    for table in (Venue, Zone, Post):
        mine = select(func.count()).where(table.organisation_id == arena.organisation_id)
        assert session.scalar(mine) == (1 if table is Venue else 2)


def test_the_same_codes_in_another_organisation_are_other_venues(
    session: Session, arena: Arena
) -> None:
    do_import(session, arena, a_file())
    other = make_arena(session)
    assert do_import(session, other, a_file()).added == 4


def test_two_imports_of_one_file_at_once_add_it_once(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        arena = make_arena(session)
        actor = make_employee(session, arena, roles=(Role.HR,))
    gate = threading.Barrier(4)
    results: list[ImportResult] = []

    def take() -> None:
        gate.wait()
        with app.app_context(), transaction() as session:
            results.append(import_venues(session, actor=actor, text=a_file(), now=NOW))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted((one.added, one.unchanged) for one in results) == [(0, 4)] * 3 + [(4, 0)]


FAR = "AFAR,Afar,Pacific/Kiritimati,100,G1,Gate 1,gate,A,Lane A"


def test_days_begin_at_the_venue_that_was_made_first_whatever_its_code(
    session: Session, arena: Arena
) -> None:
    do_import(session, arena, a_file(FAR, *ROWS))
    zone = queries.find_time_zone(session, organisation_id=arena.organisation_id)
    assert str(zone) == "America/New_York"


def test_the_venues_of_one_file_are_made_in_its_order(session: Session, arena: Arena) -> None:
    codes = [f"{99 - number}" for number in range(90)]
    do_import(session, arena, a_file(*(FAR.replace("AFAR", code) for code in codes)))
    query = select(Venue.code).where(Venue.organisation_id == arena.organisation_id)
    assert session.scalars(query.order_by(Venue.id)).all() == ["ARENA", *codes]


def test_the_first_venue_keeps_its_time_zone_once_there_are_events_anywhere(
    session: Session, arena: Arena
) -> None:
    do_import(session, arena, a_file(FAR))
    session.execute(
        update(Event)
        .where(Event.organisation_id == arena.organisation_id)
        .values(
            venue_id=select(Venue.id)
            .where(Venue.organisation_id == arena.organisation_id, Venue.code == "AFAR")
            .scalar_subquery()
        )
    )
    moved = "ARENA,The Arena,UTC,19500,G1,Gate 1,gate,X,X"
    with pytest.raises(ImportRejected) as refused:
        do_import(session, arena, a_file(moved))
    assert [bad[:2] for bad in bad_rows(refused.value)] == [(2, "time_zone")]


PHONE = ",command_centre_phone"


def phones(session: Session, arena: Arena) -> dict[str, str | None]:
    venues = queries.list_venues(session, organisation_id=arena.organisation_id)
    return {venue.code: venue.command_centre_phone for venue in venues}


def with_phone(*cells: str) -> str:
    rows = (f"{row},{cell}" for row, cell in zip(ROWS, cells, strict=True))
    return "\n".join((HEADER + PHONE, *rows))


def test_the_command_centres_number_may_come_along(session: Session, arena: Arena) -> None:
    hall, field = "+1 215 555 0100", "(312) 555-0111"
    do_import(session, arena, with_phone(hall, hall, hall, field))
    assert phones(session, arena) == {"ARENA": None, "HALL": hall, "FIELD": field}
    do_import(session, arena, a_file())
    assert phones(session, arena)["HALL"] == hall
    result = do_import(session, arena, with_phone("", "", "", field))
    assert phones(session, arena) == {"ARENA": None, "HALL": hall, "FIELD": field}
    assert result == ImportResult(rows=4, added=0, changed=0, unchanged=4)


def test_a_number_that_is_none_or_not_the_same_is_named(session: Session, arena: Arena) -> None:
    with pytest.raises(ImportRejected) as refused:
        do_import(session, arena, with_phone("call me", "0100", "0101", "0100"))
    assert [bad[:2] for bad in bad_rows(refused.value)] == [
        (2, "command_centre_phone"),
        (4, "command_centre_phone"),
    ]


def test_a_zone_that_a_closed_season_compares_by_keeps_its_kind(
    session: Session, arena: Arena
) -> None:
    row = "ARENA,The Arena,America/New_York,19500,{},{},{},New,New"
    gate, section = row.format("G1", "Gate 1", "suite"), row.format("101", "101", "suite")
    make_shift(session, arena, make_employee(session, arena))
    assert do_import(session, arena, a_file(gate)).added == 1
    close(session, arena)
    with pytest.raises(ImportRejected) as refused:
        do_import(session, arena, a_file(gate.replace("suite", "gate")))
    assert [bad[:2] for bad in bad_rows(refused.value)] == [(2, "zone_kind")]
    # Nobody worked there, and a name says nothing about what is compared.
    named = gate.replace("Gate 1", "The suites")
    assert do_import(session, arena, a_file(named, section)).rows == 2
