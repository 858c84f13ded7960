"""Tables of the console as files: what is in them, who may take them, and what is written down."""

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.foundation import audit, clock
from backend.foundation.audit import AuditRow
from backend.foundation.db import new_id, reading, transaction
from backend.foundation.sealing import Sealer
from backend.identity.models import Employee
from backend.identity.permissions import GRANTS, Role
from backend.identity.services import sessions
from backend.insight import verify
from backend.web.console import exports
from backend.web.console.tables import TABLES
from tests.browser.world import World, console_access, make_world
from tests.factories import make_employee
from tests.foundation.test_spreadsheets import SIGNS
from tests.http import tokens_of
from tests.identity.people import another_process
from tests.web.crews import make_crew
from tests.web.test_console import OURS, sign_in, signed_in
from tests.web.wishes import ask

FORMULAS = (
    "so nice;=1+1",
    "good\n +1",
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\uff1d1",
    "\uff0b1",
    "\uff0d1",
)
STEP = timedelta(seconds=30)


@pytest.fixture
def world(app: Flask) -> World:
    return make_world(app)


@pytest.fixture
def client(app: Flask, world: World) -> FlaskClient:
    return signed_in(app, world)


@pytest.fixture
def later() -> Iterator[Any]:
    """Let the code that signed in be over, and time stand still."""
    with time_machine.travel(clock.now() + 2 * STEP, tick=False) as traveller:
        yield traveller


def take(client: FlaskClient, path: str, code: str = "", kind: str = "csv") -> TestResponse:
    form = {"format": kind} | ({"totp": code} if code else {})
    return client.post(f"/hr/exports/{path}", data=form, headers=OURS)


def take_now(client: FlaskClient, world: World, path: str, kind: str = "csv") -> TestResponse:
    """Take a table with the code of the moment."""
    given = take(client, path, world.totp.at(clock.now()), kind)
    assert given.status_code == 200, given.text
    return given


def rows(given: TestResponse) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(given.data.decode(), newline="")))


def taken(world: World) -> list[dict[str, Any]]:
    """Return what the audit says of exports, the first one first."""
    with world.app.app_context(), reading() as session:
        found = session.scalars(
            select(AuditRow)
            .where(
                AuditRow.organisation_id == world.evening.organisation_id,
                AuditRow.act == "table.exported",
            )
            .order_by(AuditRow.id)
        )
        return [{"actor": row.actor_id, "at": row.at} | row.detail for row in found]


def test_a_board_is_taken_along_as_it_is_filtered_and_ordered(
    client: FlaskClient, world: World, later: Any
) -> None:
    make_crew(world, people=70)
    given = take_now(client, world, "boards?sort=-name&search=usher&order=fair")
    found = rows(given)
    ranked = [row for row in found if row["rank"]]
    assert [row["name"] for row in ranked] == [f"Usher {n:02}" for n in reversed(range(70))]
    assert all(row["worked_minutes"] == "960" for row in ranked)
    # Who has worked too little to be ranked stands on the page, too.
    assert [(row["name"], row["rank"]) for row in found[70:]] == [("Alex Usher", "")]
    assert given.headers["Content-Type"] == "text/csv; charset=utf-8"
    day = clock.now().astimezone(ZoneInfo("America/New_York")).date()
    name = f"boards-{day}.csv"
    assert given.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert given.headers["Cache-Control"] == "no-store"
    [act] = taken(world)
    assert act["actor"] == world.hr.employee_id
    assert act["at"] == clock.now()
    assert act["rows"] == 71
    assert (act["table"], act["format"]) == ("boards", "csv")
    assert act["filter"] == {
        "sort": "-name",
        "search": "usher",
        "order": "fair",
        "board": f"season/{world.season_id}",
    }
    assert act["sha256"] == hashlib.sha256(given.data).hexdigest()
    assert act["confirmed_at"] == clock.now().isoformat()


def test_a_workbook_says_what_it_holds(client: FlaskClient, world: World, later: Any) -> None:
    make_crew(world)
    given = take_now(client, world, "boards?order=raw", kind="xlsx")
    book = openpyxl.load_workbook(io.BytesIO(given.data))
    lines = list(book["Table"].iter_rows(values_only=True))
    assert lines[0][:3] == ("rank", "badge_number", "name")
    assert lines[1][0] == 1
    assert lines[1][2] == "Alex Usher"
    about = {row[0]: row[1] for row in book["About"].iter_rows(values_only=True)}
    assert about["table"] == "boards"
    assert about["rows"] == len(lines) - 1
    assert about["filter: order"] == "raw"


def test_no_name_is_a_formula(client: FlaskClient, world: World, later: Any) -> None:
    with world.app.app_context(), transaction() as session:
        for name in FORMULAS:
            audit.record(
                session,
                actor=make_employee(session, world.evening.arena, name=name),
                act="budget.set",
                subject_id=new_id(),
                now=clock.now(),
            )
    found = rows(take_now(client, world, "audit?act=budget.set"))
    assert len(found) == len(FORMULAS)
    for row in found:
        # Some spreadsheets begin a cell behind each of these.
        parts = re.split(r"[;\t\r\n]", row["name"])
        assert not [part for part in parts if part.lstrip().startswith(SIGNS)]
    book = openpyxl.load_workbook(
        io.BytesIO(take(client, "audit?act=budget.set", kind="xlsx").data)
    )
    cells = [row[2] for row in book["Table"].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert len(cells) == len(FORMULAS)


def test_the_audit_is_taken_along_beyond_a_page(
    client: FlaskClient, world: World, later: Any
) -> None:
    with world.app.app_context(), transaction() as session:
        for number in range(1_003):
            audit.record(
                session,
                actor=world.hr,
                act="reward.changed",
                subject_id=new_id(),
                now=clock.now() - timedelta(seconds=number % 7),
                detail={"number": number},
            )
    found = rows(take_now(client, world, "audit?act=reward"))
    assert len(found) == len({row["id"] for row in found}) == 1_003
    assert [row["at"] for row in found] == sorted((row["at"] for row in found), reverse=True)
    assert {row["name"] for row in found} == {"Harper Hr"}
    assert {row["detail"] for row in found} == {f'{{"number":{n}}}' for n in range(1_003)}


def test_redemptions_are_taken_along_as_they_are_listed(
    client: FlaskClient, world: World, later: Any
) -> None:
    asked = ask(world, name="=Dinner", value_cents=12_345)
    [row] = rows(take_now(client, world, "redemptions?show=open"))
    assert row["id"] == str(asked.id)
    assert (row["name"], row["value"], row["points"]) == ("Alex Usher", "123.45", "100")
    assert row["reward"] == "'=Dinner"
    assert rows(take(client, "redemptions?show=declined")) == []
    assert [act["rows"] for act in taken(world)] == [1, 0]
    assert take(client, "redemptions?show=all").status_code == 422


def test_the_code_that_signed_in_and_a_wrong_one_are_refused(app: Flask, world: World) -> None:
    now = clock.now()
    with time_machine.travel(now, tick=False):
        client = signed_in(app, world)
        code = world.totp.at(now)
        wrong = f"{(int(world.totp.at(now + 9 * STEP)) + 1) % 1_000_000:06}"
        for refused in (code, world.totp.at(now - STEP), wrong, "", "9" * 300, "\u0660" * 6):
            answer = take(client, "boards", refused)
            assert answer.status_code == 401
            assert 'role="alert"' in answer.text
        assert taken(world) == []
        assert take(client, "boards", world.totp.at(now + STEP)).status_code == 200


def test_for_five_minutes_no_other_code_is_asked_for(
    client: FlaskClient, world: World, later: Any
) -> None:
    assert "One-time code" in client.get("/hr/exports/boards").text
    take_now(client, world, "boards")
    assert "One-time code" not in client.get("/hr/exports/boards").text
    later.shift(timedelta(minutes=5) - timedelta(seconds=1))
    assert take(client, "audit").status_code == 200
    later.shift(timedelta(seconds=1))
    assert take(client, "audit").status_code == 401
    assert "One-time code" in client.get("/hr/exports/boards").text
    first, second = taken(world)
    assert second["confirmed_at"] == first["confirmed_at"]


def test_a_session_is_confirmed_alone_and_a_code_once(
    app: Flask, world: World, client: FlaskClient, later: Any
) -> None:
    other = signed_in(app, world)
    code = world.totp.at(clock.now() + STEP)
    assert take(client, "boards", code).status_code == 200
    assert take(other, "boards").status_code == 401
    assert take(other, "boards", code).status_code == 401


def test_of_two_sessions_racing_with_one_code_one_is_confirmed(
    app: Flask, world: World, client: FlaskClient, later: Any
) -> None:
    clients = [client]
    for _ in range(3):
        clients.append(signed_in(app, world))
        later.shift(STEP)
    code = world.totp.at(clock.now())
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda one: take(one, "boards", code).status_code, clients))
    assert sorted(answers) == [200, 401, 401, 401]
    assert len(taken(world)) == 1


def test_wrong_codes_count_with_the_tries_to_sign_in(app: Flask, world: World) -> None:
    with another_process(app, rate_limits=True) as limited:
        with time_machine.travel(clock.now(), tick=False):
            client = limited.test_client()
            assert sign_in(client, world.email, world.totp).status_code == 303
        with time_machine.travel(clock.now() + 2 * STEP, tick=False):
            answers = [take(client, "boards", "000000").status_code for _ in range(10)]
            assert answers == [401] * 9 + [429]
            assert sign_in(limited.test_client(), world.email, world.totp).status_code == 429
            assert take(client, "boards", world.totp.at(clock.now())).status_code == 429
        assert taken(world) == []


def test_a_session_that_is_over_takes_nothing(
    client: FlaskClient, world: World, later: Any
) -> None:
    take_now(client, world, "boards")
    with world.app.app_context(), transaction() as session:
        sessions.end_all_of_employee(
            session,
            organisation_id=world.evening.organisation_id,
            employee_id=world.hr.employee_id,
            because="deactivated",
            now=clock.now(),
        )
    assert take(client, "boards").status_code == 303
    assert len(taken(world)) == 1


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.PAYROLL, Role.HR, Role.ADMIN])
def test_who_may_not_read_a_table_may_not_take_it(app: Flask, world: World, role: Role) -> None:
    with app.app_context(), transaction() as session:
        actor = make_employee(session, world.evening.arena, roles=(role,))
        email, totp = console_access(app, session, actor)
    now = clock.now()
    with time_machine.travel(now, tick=False):
        client = app.test_client()
        sign_in(client, email, totp)
    refused = set()
    with time_machine.travel(now + 2 * STEP, tick=False):
        for table in TABLES:
            seen = client.get(f"/hr/exports/{table}").status_code
            given = take(client, table, totp.at(clock.now())).status_code
            assert (seen == 403) is (given == 403)
            # Some need to be told whose they are, or which draft.
            assert {seen, given} <= {200, 403, 404, 422}
            if given == 403:
                refused.add(table)
    assert refused == {name for name, kind in TABLES.items() if kind.may not in GRANTS[role]}
    assert ("boards" in refused) is (role in {Role.SUPERVISOR, Role.PAYROLL})
    assert ("standings" in refused) is (role is Role.PAYROLL)


def test_a_table_that_is_not_there_and_strangers(
    app: Flask, client: FlaskClient, world: World, later: Any
) -> None:
    code = world.totp.at(clock.now())
    assert client.get("/hr/exports/employees").status_code == 404
    assert take(client, "employees", code).status_code == 404
    assert take(client, "boards?kind=year", code).status_code == 422
    assert take(client, "audit?badge=Z9", code).status_code == 422
    assert take(client, "boards", code, kind="pdf").status_code == 422
    assert take(app.test_client(), "boards", code).headers["Location"] == "/hr/sign-in"
    form = {"format": "csv", "totp": code}
    assert client.post("/hr/exports/boards", data=form).status_code == 403
    assert taken(world) == []


def test_more_than_can_be_taken_at_once_is_refused(
    client: FlaskClient, world: World, later: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_crew(world)
    monkeypatch.setattr(exports, "MOST_ROWS", 3)
    answer = take(client, "boards?order=raw", world.totp.at(clock.now()))
    assert answer.status_code == 422
    assert "This is more than 3 rows." in answer.text
    assert taken(world) == []
    assert len(rows(take_now(client, world, "boards?order=raw&search=usher+0"))) == 3


def test_an_address_leads_nowhere_else_and_can_be_written_down(
    client: FlaskClient, world: World, later: Any
) -> None:
    page = client.get("/hr/exports/boards?_scheme=javascript&_external=1&_anchor=x&order=raw")
    assert "javascript" not in page.text
    assert 'href="/hr/boards?order=raw"' in page.text
    assert rows(take_now(client, world, "boards?search=%00")) == []
    assert taken(world)[0]["filter"]["search"] == "\ufffd"


def test_a_changed_secret_makes_its_codes_void(
    client: FlaskClient, world: World, later: Any
) -> None:
    with world.app.app_context(), transaction() as session:
        owner = world.evening.organisation_id
        session.get_one(Employee, (owner, world.hr.employee_id)).totp_secret = None
    assert take(client, "boards", world.totp.at(clock.now())).status_code == 401


def test_who_took_what_stands_in_the_audit_and_is_sealed(
    client: FlaskClient, world: World, later: Any
) -> None:
    take_now(client, world, "boards?order=raw&search=%3Dalex")
    page = client.get("/hr/audit?act=table.exported")
    assert "Harper Hr" in page.text
    assert "table: boards" in page.text
    headers = {"Authorization": f"Bearer {tokens_of(world.app, world.hr)['access_token']}"}
    [act] = client.get("/v1/audit?act=table.exported", headers=headers).get_json()["items"]
    assert act["detail"]["filter"]["search"] == "=alex"
    owner = world.evening.organisation_id
    sealer = Sealer()
    with world.app.app_context():
        while sealer.seal(audit.AUDIT, organisation_id=owner, now=clock.now()):
            pass
    with world.app.app_context(), reading() as session:
        assert verify.run(session, organisation_id=owner).findings == []
    assert re.search(r"<td>\d+</td>\s*</tr>", client.get("/hr/audit?act=table.exported").text)
