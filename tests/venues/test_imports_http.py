"""Imports over HTTP: media types, sizes, permissions, and any bytes at all."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.foundation.csv_rows import LARGEST_FILE
from backend.foundation.db import transaction
from backend.identity.permissions import Role
from tests.factories import make_arena, make_employee
from tests.http import headers_for

KINDS = ("venues", "employees", "events", "shifts")
VENUES = (
    b"venue_code,venue_name,time_zone,capacity,zone_code,zone_name,zone_kind,post_code,post_name\n"
    b"HALL,The Hall,America/New_York,5000,G1,Gate 1,gate,G1-1,Lane 1\n"
)


class Office:
    """HR and an usher of a committed arena, who send files."""

    def __init__(self, app: Flask) -> None:
        with app.app_context(), transaction() as session:
            arena = make_arena(session)
            hr = make_employee(session, arena, roles=(Role.HR,))
            usher = make_employee(session, arena)
        self.client: FlaskClient = app.test_client()
        self.headers = {"hr": headers_for(app, hr), "usher": headers_for(app, usher)}

    def send(self, kind: str, content: bytes, *, as_: str = "hr", **headers: str) -> Any:
        given = {"Content-Type": "text/csv"} | self.headers[as_]
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/v1/imports/{kind}", data=content, headers=given)


@pytest.fixture(scope="module")
def office(app: Flask) -> Office:
    return Office(app)


def test_a_file_is_taken_and_its_rows_are_counted(app: Flask) -> None:
    office = Office(app)
    first = office.send("venues", VENUES, Content_Type="text/csv; charset=UTF-8")
    assert first.status_code == 200
    assert first.json == {"rows": 1, "added": 1, "changed": 0, "unchanged": 0}
    assert office.send("venues", VENUES).json["unchanged"] == 1


def test_a_file_under_its_key_gets_its_first_answer(app: Flask) -> None:
    office = Office(app)
    for _ in range(2):
        assert office.send("venues", VENUES, Idempotency_Key="one").json["added"] == 1


def test_bad_rows_are_listed_as_a_problem(office: Office) -> None:
    answer = office.send("venues", VENUES + b"X,X,UTC,0,Z,Z,moat,P,P\n")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert answer.json["type"] == "/problems/import-rejected"
    assert answer.json["detail"] == "2 wrong. Nothing was imported."
    assert [(bad["line"], bad["column"]) for bad in answer.json["errors"]] == [
        (3, "capacity"),
        (3, "zone_kind"),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_only_hr_imports(office: Office, kind: str) -> None:
    assert office.send(kind, b"x", as_="usher").status_code == 403


@pytest.mark.parametrize("media_type", ["application/json", "text/csv; charset=latin-1", "text/x"])
def test_only_csv_in_utf_8_is_taken(office: Office, media_type: str) -> None:
    assert office.send("venues", VENUES, Content_Type=media_type).status_code == 415


def test_files_may_be_larger_than_other_bodies_but_not_huge(office: Office) -> None:
    rows = b"code,name\n" + b"x" * 600_000
    assert office.send("venues", rows).status_code == 422
    assert office.send("venues", b"x" * (LARGEST_FILE + 1)).status_code == 413
    header = VENUES.split(b"\n")[0] + b"\n"
    too_many = office.send("venues", header + b"x\n" * 100_001)
    assert (too_many.status_code, too_many.json["type"]) == (413, "/problems/too-many-rows")


@given(
    content=st.binary(max_size=300)
    | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))
)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("kind", KINDS)
def test_any_bytes_are_refused_with_reasons(office: Office, kind: str, content: bytes) -> None:
    answer = office.send(kind, VENUES + content if kind == "venues" else content)
    assert answer.status_code in {200, 422}
