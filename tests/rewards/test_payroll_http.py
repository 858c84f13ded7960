"""From an approved bonus to a file that payroll acknowledges, over HTTP."""

import csv
import hashlib
import io
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.rewards import queries
from tests.factories import make_arena, make_employee
from tests.http import headers_for
from tests.rewards.payrolls import (
    HR,
    SUNDAY,
    Office,
    bonus,
    check,
    make_office,
)

USD = {"currency": "USD", "workweek_starts_on": SUNDAY}


def call(
    app: Flask, who: Actor, path: str, body: Any = None, *, method: str = "POST"
) -> TestResponse:
    headers = headers_for(app, who)
    return app.test_client().open(f"/v1{path}", method=method, json=body, headers=headers)


def done(answer: TestResponse) -> Any:
    assert answer.status_code in {200, 201}, answer.get_data(as_text=True)
    return answer.json


def refused(answer: TestResponse, code: str, status: int = 409) -> None:
    assert (answer.status_code, answer.json and answer.json["type"]) == (
        status,
        f"/problems/{code}",
    )


def file_of(app: Flask, who: Actor, batch: Any, kind: str) -> bytes:
    answer = call(app, who, f"/payroll-exports/{batch['id']}/file.{kind}", method="GET")
    assert answer.status_code == 200
    disposition = f'attachment; filename="payroll-{batch["number"]}.{kind}"'
    assert answer.headers["Content-Disposition"] == disposition
    return answer.get_data()


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def lines_of(app: Flask, office: Office, batch: Any) -> Any:
    answer = call(app, office.hr[0], f"/payroll-exports/{batch['id']}", method="GET")
    return done(answer)["lines"]


@pytest.fixture
def office(app: Flask) -> Office:
    with app.app_context(), transaction() as session:
        return make_office(session, ushers=2)


def a_bonus(app: Flask, office: Office, place: int = 0, **given: Any) -> UUID:
    with app.app_context(), transaction() as session:
        return bonus(session, office, office.ushers[place], **given)


def points_of(app: Flask, who: Actor) -> tuple[int, int, int]:
    with app.app_context(), reading() as session:
        points = queries.get_points(
            session, organisation_id=who.organisation_id, employee_id=who.employee_id
        )
        return points.available, points.held, points.paid


def test_a_bonus_is_exported_acknowledged_and_paid_once(app: Flask, office: Office) -> None:
    harper, paula = office.hr[0], office.payroll[0]
    ids = [a_bonus(app, office, place, points=101, value_cents=10_001) for place in (0, 1)]
    batch = done(call(app, harper, "/payroll-exports", USD))
    assert (batch["number"], batch["line_count"], batch["total_cents"]) == (1, 2, 20_002)
    refused(call(app, harper, "/payroll-exports", USD), "nothing-to-export")

    content = file_of(app, paula, batch, "csv")
    assert hashlib.sha256(content).hexdigest() == batch["csv_sha256"]
    rows = rows_of(content)
    assert content.count(b"\r\n") == len(rows) + 1 == 5
    # Saturday is in another week than Sunday, where weeks start on Sundays.
    weeks = [(row["workweek_starts_on"], row["workweek_ends_on"]) for row in rows[:2]]
    assert weeks == [("2026-11-08", "2026-11-14"), ("2026-11-15", "2026-11-21")]
    assert [row["week_points"] for row in rows[:2]] == ["51", "50"]
    assert [row["week_amount"] for row in rows[:2]] == ["50.50", "49.51"]
    assert {row["line_amount"] for row in rows} == {"100.01"}
    assert {row["taxable"] for row in rows} == {"yes"}
    assert {row["cost_centre"] for row in rows} == {"Guest services"}
    assert {row["redemption_id"] for row in rows} == {str(one) for one in ids}

    acknowledge = f"/payroll-exports/{batch['id']}/acknowledge"
    refused(call(app, paula, acknowledge, {"sha256": "0" * 64}), "wrong-file")
    answer = done(call(app, paula, acknowledge, {"sha256": batch["csv_sha256"]}))
    assert answer["acknowledged_by"] == str(paula.employee_id)
    refused(call(app, paula, acknowledge, {"sha256": batch["csv_sha256"]}), "already-acknowledged")
    assert points_of(app, office.ushers[0]) == (0, 0, 101)
    mine = done(call(app, office.ushers[0], "/me/redemptions", method="GET"))["items"]
    assert [(one["status"], one["in_payroll"]) for one in mine] == [("fulfilled", False)]
    check(app, office)


def test_a_file_is_the_same_bytes_whoever_downloads_it_and_whatever_changed(
    app: Flask, office: Office
) -> None:
    a_bonus(app, office)
    batch = done(call(app, office.hr[0], "/payroll-exports", USD))
    first = {kind: file_of(app, office.hr[0], batch, kind) for kind in ("csv", "xlsx")}
    with app.app_context(), transaction() as session:
        who = session.get_one(Employee, (office.owner, office.ushers[0].employee_id))
        who.name = "Somebody Else"
    done(
        call(
            app,
            office.payroll[0],
            f"/payroll-exports/{batch['id']}/acknowledge",
            {"sha256": batch["csv_sha256"]},
        )
    )
    again = {kind: file_of(app, office.payroll[1], batch, kind) for kind in ("csv", "xlsx")}
    assert again == first
    for kind in ("csv", "xlsx"):
        assert hashlib.sha256(first[kind]).hexdigest() == batch[f"{kind}_sha256"]
    assert [line["name"] for line in lines_of(app, office, batch)] == ["Usher 0"]


def test_formulas_in_names_rewards_and_reasons_stay_text(app: Flask, office: Office) -> None:
    with app.app_context(), transaction() as session:
        who = session.get_one(Employee, (office.owner, office.ushers[0].employee_id))
        who.name = "=cmd|' /C calc'!A0"
    a_bonus(app, office, name="\t+1+1", value_cents=500)
    batch = done(call(app, office.hr[0], "/payroll-exports", USD))
    line = done(call(app, office.hr[0], f"/payroll-exports/{batch['id']}", method="GET"))["lines"][
        0
    ]
    corrected = {"line_id": line["id"], "amount_cents": -100, "reason": "@SUM(A1:A9) too much"}
    correction = done(call(app, office.hr[0], "/payroll-corrections", corrected))
    done(call(app, office.hr[1], f"/payroll-corrections/{correction['id']}/approve"))
    second = done(call(app, office.hr[0], "/payroll-exports", USD))
    for made in (batch, second):
        for row in rows_of(file_of(app, office.hr[0], made, "csv")):
            assert row["name"] == "'=cmd|' /C calc'!A0"
            assert row["reward"] == "'\t'+1+1"
            assert row["reason"] in {"", "'@SUM(A1:A9) too much"}
        book = openpyxl.load_workbook(io.BytesIO(file_of(app, office.hr[0], made, "xlsx")))
        cells = [cell for row in book["Payroll"].iter_rows() for cell in row if cell.value]
        assert {cell.data_type for cell in cells} <= {"s", "n", "d"}, "no cell is a formula"
        assert "=cmd|' /C calc'!A0" in {cell.value for cell in cells}
        about = {row[0].value: row[1].value for row in book["Batch"].iter_rows()}
        assert about["csv_sha256"] == made["csv_sha256"]
        assert about["batch"] == made["number"]
        assert about["total"] == made["total_cents"] / 100


def test_with_payroll_nothing_is_taken_back(app: Flask, office: Office) -> None:
    usher, harper = office.ushers[0], office.hr[0]
    redemption_id = a_bonus(app, office)
    path = f"/redemptions/{redemption_id}"
    refused(call(app, harper, f"{path}/fulfil", {"seen_version": 2}), "cash-goes-through-payroll")
    done(call(app, harper, "/payroll-exports", USD))
    seen = done(call(app, harper, path, method="GET"))
    assert (seen["status"], seen["in_payroll"], seen["due_at"]) == ("approved", True, None)
    refused(call(app, usher, f"{path}/cancel"), "redemption-in-payroll")
    no = {"seen_version": 2, "reason": "Changed my mind."}
    refused(call(app, office.hr[1], f"{path}/decline", no), "redemption-in-payroll")
    assert points_of(app, usher) == (0, 100, 0)
    check(app, office)


def test_whoever_made_a_batch_does_not_acknowledge_it(app: Flask, office: Office) -> None:
    a_bonus(app, office)
    paula, quinn = office.payroll
    batch = done(call(app, paula, "/payroll-exports", USD))
    acknowledge, sent = (
        f"/payroll-exports/{batch['id']}/acknowledge",
        {"sha256": batch["csv_sha256"]},
    )
    refused(call(app, paula, acknowledge, sent), "own-batch")
    refused(call(app, office.hr[0], acknowledge, sent), "not-allowed", 403)
    with app.app_context(), transaction() as session:
        number = session.get_one(Employee, (office.owner, paula.employee_id)).payroll_number
        twin = make_employee(
            session, office.arena, roles=(*HR, Role.PAYROLL), payroll_number=number
        )
    refused(call(app, twin, acknowledge, sent), "own-batch")
    done(call(app, quinn, acknowledge, sent))


def test_what_is_not_money_or_in_another_currency_is_not_exported(
    app: Flask, office: Office
) -> None:
    a_bonus(app, office, currency="CAD")
    a_bonus(app, office, 1, kind="perk")
    refused(call(app, office.hr[0], "/payroll-exports", USD), "nothing-to-export")
    batch = done(call(app, office.hr[0], "/payroll-exports", USD | {"currency": "CAD"}))
    assert (batch["currency"], batch["line_count"]) == ("CAD", 1)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"currency": "usd", "workweek_starts_on": 6},
        {"currency": "US", "workweek_starts_on": 6},
        {"currency": "USD\n", "workweek_starts_on": 6},
        {"currency": "=US", "workweek_starts_on": 6},
        {"currency": 1, "workweek_starts_on": 6},
        {"currency": "USD", "workweek_starts_on": 7},
        {"currency": "USD", "workweek_starts_on": -1},
        {"currency": "USD", "workweek_starts_on": 6.0},
        {"currency": "USD", "workweek_starts_on": "6"},
        {"currency": "USD", "workweek_starts_on": True},
        {"currency": "USD", "workweek_starts_on": 6, "limit": 3},
    ],
)
def test_bad_exports_are_refused(app: Flask, office: Office, body: Any) -> None:
    a_bonus(app, office)
    refused(call(app, office.hr[0], "/payroll-exports", body), "invalid", 422)
    with app.app_context(), reading() as session:
        assert queries.list_batches(session, organisation_id=office.owner) == []


def test_another_organisations_batches_do_not_exist_here(app: Flask, office: Office) -> None:
    a_bonus(app, office)
    batch = done(call(app, office.hr[0], "/payroll-exports", USD))
    line = done(call(app, office.hr[0], f"/payroll-exports/{batch['id']}", method="GET"))["lines"][
        0
    ]
    with app.app_context(), transaction() as session:
        stranger = make_employee(session, make_arena(session), roles=(*HR, Role.PAYROLL))
    for batch_id in (batch["id"], new_id()):
        for path in ("", "/file.csv", "/file.xlsx"):
            where = f"/payroll-exports/{batch_id}{path}"
            refused(call(app, stranger, where, method="GET"), "batch-not-found", 404)
        sent = {"sha256": batch["csv_sha256"]}
        where = f"/payroll-exports/{batch_id}/acknowledge"
        refused(call(app, stranger, where, sent), "batch-not-found", 404)
    wrong = {"line_id": line["id"], "amount_cents": 1, "reason": "Mine."}
    refused(call(app, stranger, "/payroll-corrections", wrong), "line-not-found", 404)
    for path in ("approve", "decline"):
        where = f"/payroll-corrections/{new_id()}/{path}"
        refused(call(app, stranger, where), "correction-not-found", 404)
    assert done(call(app, stranger, "/payroll-exports", method="GET"))["items"] == []


def test_batches_are_numbered_without_a_gap_and_listed_newest_first(
    app: Flask, office: Office
) -> None:
    for _ in range(3):
        a_bonus(app, office, value_cents=100)
        done(call(app, office.hr[0], "/payroll-exports", USD))
        refused(call(app, office.hr[0], "/payroll-exports", USD), "nothing-to-export")
    first = done(call(app, office.hr[0], "/payroll-exports?limit=2", method="GET"))
    where = f"/payroll-exports?limit=2&cursor={first['next_cursor']}"
    rest = done(call(app, office.hr[0], where, method="GET"))
    assert [one["number"] for one in first["items"] + rest["items"]] == [3, 2, 1]
    assert rest["next_cursor"] is None


def test_employees_see_nothing_of_payroll(app: Flask, office: Office) -> None:
    usher = office.ushers[0]
    for path in ("/payroll-exports", "/payroll-corrections", f"/payroll-exports/{new_id()}"):
        refused(call(app, usher, path, method="GET"), "not-allowed", 403)
    refused(call(app, usher, "/payroll-exports", USD), "not-allowed", 403)


def test_every_act_is_in_the_audit(app: Flask, office: Office) -> None:
    a_bonus(app, office)
    batch = done(call(app, office.hr[0], "/payroll-exports", USD))
    sent = {"sha256": batch["csv_sha256"]}
    done(call(app, office.payroll[0], f"/payroll-exports/{batch['id']}/acknowledge", sent))
    with app.app_context(), reading() as session:
        rows = session.scalars(
            select(audit.AuditRow)
            .where(audit.AuditRow.organisation_id == office.owner)
            .where(audit.AuditRow.subject_id == UUID(batch["id"]))
            .order_by(audit.AuditRow.id)
        ).all()
        assert [row.act for row in rows] == ["payroll.exported", "payroll.acknowledged"]
        assert rows[0].detail["total_cents"] == 10_000
        assert rows[1].detail["sha256"] == batch["csv_sha256"]
