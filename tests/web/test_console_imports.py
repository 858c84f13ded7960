"""HR's pages of imports: a list is taken whole, or each bad row is named."""

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from backend.foundation import csv_rows
from backend.foundation.db import reading
from backend.identity.queries import WantedActs, get_employee, list_acts, list_badges
from tests.browser.world import World, make_world
from tests.web.test_console import OURS, signed_in
from tests.web.test_console_people import rows

HEADER = "badge_number,name,department,employment_kind,pay_basis,roles,contract_ends_on\n"
EDGE = "edge-of-the-form"
GOOD = HEADER + "I-1,Ida Import,Parking,temp,hourly,,2031-05-31\nI-2,Ira,Parking,temp,hourly,,\n"


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


def send(
    client: FlaskClient, content: str | bytes, *, to: str = "/hr/people/import", **headers: str
) -> Any:
    """Send a file as a browser's form does; the test client would leave a large one open."""
    raw = content.encode() if isinstance(content, str) else content
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n'
    body = head.encode() + b"Content-Type: text/csv\r\n\r\n" + raw + f"\r\n--{EDGE}--\r\n".encode()
    kind = f"multipart/form-data; boundary={EDGE}"
    return client.post(to, data=body, content_type=kind, headers=OURS | headers)


def words(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.text)))


def badges(world: World) -> set[str]:
    with world.app.app_context(), reading() as session:
        return set(list_badges(session, organisation_id=world.evening.organisation_id))


def imports_on_record(world: World) -> int:
    with world.app.app_context(), reading() as session:
        return len(
            list_acts(
                session,
                organisation_id=world.evening.organisation_id,
                wanted=WantedActs(act="employees.imported"),
                before=None,
                limit=10,
            )
        )


def test_a_list_is_taken_and_counted_and_changes_nothing_the_second_time(
    client: FlaskClient, world: World
) -> None:
    assert "badge_number" in client.get("/hr/people/import").text
    done = send(client, GOOD)
    assert done.status_code == 200
    assert "2 rows read: 2 added, 0 changed, 0 as they were." in words(done)
    assert {"I-1", "I-2"} <= badges(world)
    assert "Ida Import" in client.get("/hr/people?department=Parking").text
    assert "2 rows read: 0 added, 0 changed, 2 as they were." in words(send(client, GOOD))
    assert imports_on_record(world) == 2


def test_every_bad_row_is_named_and_no_row_is_taken(client: FlaskClient, world: World) -> None:
    bad = GOOD + "I-3,Bad,Parking,king,hourly,,\nI-1,Twice,Parking,temp,hourly,admin,<b>\n"
    page = send(client, bad)
    assert page.status_code == 422
    told = words(page)
    assert re.search("4 employment_kind must be one of full_time", told)
    assert re.search("5 contract_ends_on ", told)
    assert "Nothing was imported." in told
    assert not {"I-1", "I-2", "I-3"} & badges(world)
    assert imports_on_record(world) == 0


def test_roles_that_handle_money_are_not_given_by_a_list_of_hr(
    client: FlaskClient, world: World
) -> None:
    page = send(client, HEADER + "I-9,Mole,Parking,temp,hourly,hr,\n")
    assert page.status_code == 422
    assert (
        "2 roles hr, payroll and admin are granted and taken away by an administrator only"
        in words(page)
    )
    assert "I-9" not in badges(world)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        (b"\xff\xfeb\x00", "UTF-16"),
        (HEADER.encode() + b"I-1,\xe9,P,temp,hourly,,\n", "is not UTF-8"),
        (HEADER.replace(",", ";").encode(), "separated by semicolons"),
        (b"badge_number,<script>\n1,2\n", "is not a column here"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(
    client: FlaskClient, content: bytes, says: str
) -> None:
    page = send(client, content)
    assert page.status_code == 422
    assert says in words(page)
    assert "<script>" not in page.text


def test_no_file_is_said(client: FlaskClient) -> None:
    page = client.post("/hr/people/import", data={}, headers=OURS)
    assert page.status_code == 422
    assert "Choose a file." in page.text


def test_many_bad_rows_are_shown_as_far_as_they_can_be_read(client: FlaskClient) -> None:
    rows = "".join(f"B-{number},Bo,Parking,king,hourly,,\n" for number in range(130))
    told = words(send(client, HEADER + rows))
    assert "130 wrong" in told
    assert "And 30 more, listed when these are mended." in told


def test_a_file_that_is_too_large_is_refused(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.web.console.forms.LARGEST_FILE", 1_000)
    monkeypatch.setattr(csv_rows, "LARGEST_FILE", 1_000)
    for size in (2_000, 200_000):
        page = send(client, "x" * size)
        assert page.status_code == 413
        assert "One file may have at most 16 MB; split it." in words(page)


def test_a_large_list_is_taken(client: FlaskClient, world: World) -> None:
    rows = "".join(
        f"LARGE-{number:05},{'Long Name ' * 9}{number},Parking,temp,hourly,,\n"
        for number in range(6_000)
    )
    assert len(rows) > 600_000
    assert "6,000 added" in words(send(client, HEADER + rows))


def test_a_list_of_another_site_is_refused(client: FlaskClient, world: World) -> None:
    assert send(client, GOOD, Origin="https://elsewhere.test").status_code == 403
    assert "I-1" not in badges(world)


VENUES = "/hr/places/import"
EVENTS = "/hr/events/import"
SHIFTS = "/hr/events/import/shifts"
ROWS = {
    VENUES: (
        "venue_code,venue_name,time_zone,capacity,zone_code,zone_name,zone_kind,post_code,post_name\n"
        "HALL,The Hall,Europe/Paris,900,N,North,gate,N-1,North door\n"
    ),
    EVENTS: (
        "code,venue_code,season,name,doors_at,starts_at,ends_at,attendance\n"
        "GALA,HALL,2026-27,The Gala,2027-01-30 18:00,2027-01-30 19:00,2027-01-30 22:00,\n"
    ),
    SHIFTS: (
        "event_code,badge_number,zone_code,post_code,starts_at,ends_at\n"
        "GALA,{badge},N,N-1,2027-01-30 17:30,2027-01-30 22:30\n"
    ),
}


def test_a_venue_its_events_and_their_shifts_are_imported_and_found(
    client: FlaskClient, world: World
) -> None:
    with world.app.app_context(), reading() as session:
        alex = get_employee(
            session,
            organisation_id=world.evening.organisation_id,
            employee_id=world.evening.alex.employee_id,
        )
    for address, content in ROWS.items():
        assert f'href="{address}"' in client.get(address.partition("/import")[0]).text
        sent = send(client, content.format(badge=alex.badge_number), to=address)
        assert "1 row read: 1 added, 0 changed, 0 as they were." in words(sent)
        again = send(client, content.format(badge=alex.badge_number), to=address)
        assert "1 row read: 0 added, 0 changed, 1 as they were." in words(again)
    [_, gala] = rows(client.get("/hr/events"))
    assert " ".join(gala.split()) == "30 Jan 2027, 18:00 The Gala GALA The Hall 19:00 22:00 1 –"
    page = client.get("/hr/events")
    found = re.search('href="(/hr/events/[0-9a-f-]+)">The Gala<', page.text)
    assert found
    [shift] = rows(client.get(found[1]))
    who = f"{alex.name} {alex.badge_number}"
    times = "30 Jan 2027, 17:30 30 Jan 2027, 22:30"
    assert " ".join(shift.split()).startswith(f"N / N-1 North door, North {who} {times}")


@pytest.mark.parametrize(
    ("address", "content", "says"),
    [
        (VENUES, ROWS[VENUES].replace("Europe/Paris", "Mars"), "2 time_zone "),
        (EVENTS, ROWS[EVENTS].replace("HALL", "NOWHERE"), "2 venue_code is not a venue here"),
        (EVENTS, ROWS[EVENTS].replace("2027-01-30 18:00", "2027-02-30 18:00"), "2 doors_at "),
        (SHIFTS, ROWS[SHIFTS], "2 event_code is not an event here"),
        (SHIFTS, ROWS[VENUES], "is not a column here"),
    ],
)
def test_each_list_names_what_is_wrong_with_its_rows(
    client: FlaskClient, address: str, content: str, says: str
) -> None:
    page = send(client, content, to=address)
    assert page.status_code == 422
    assert says in words(page)


@pytest.mark.parametrize("address", ["/hr/people/import", *ROWS])
def test_a_page_of_an_import_tells_of_each_of_its_columns(
    client: FlaskClient, address: str
) -> None:
    page = client.get(address).text
    columns = re.findall(r"<dt><code>(\w+)</code></dt><dd>(.*?)</dd>", page)
    assert len(columns) >= 6
    for name, about in columns:
        assert re.match(r"[A-Z]|full_time|hourly|en, |gate, ", about), name
