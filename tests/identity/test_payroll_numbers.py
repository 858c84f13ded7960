"""A payroll number says which person somebody is, and nobody changes their own."""

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.identity.models import Employee
from backend.identity.permissions import Role
from backend.identity.queries import list_employees_by_badge
from backend.identity.rules import as_payroll_number
from tests.factories import Arena, make_employee
from tests.http import headers_for
from tests.identity.people import problem
from tests.identity.test_employee_imports import HEADER, do_import, refused, the_employee
from tests.identity.test_employees import NEW, Desk, colleague

NUMBERED = f"{HEADER},payroll_number"
ROW = "1001,Alex Usher,Guest services,part_time,hourly,"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" p-10 01 ", "P-1001"),
        ("\uff30\uff11", "P1"),
        ("00017", "00017"),
        ("A/1.2_3", "A/1.2_3"),
        ("", None),
        ("=1+1", None),
        ("-1", None),
        ("1-", None),
        # A Cyrillic letter that looks like P.
        ("\u04201", None),
        ("1" * 40, "1" * 40),
        ("1" * 41, None),
    ],
)
def test_a_payroll_number_has_one_form(typed: str, kept: str | None) -> None:
    assert as_payroll_number(typed) == kept


def test_hr_gives_somebody_a_number_which_they_do_not_see(app: Flask) -> None:
    desk = Desk(app)
    hired = desk.ask("POST", "/employees", {**NEW, "payroll_number": " p 17"}).get_json()
    assert hired["payroll_number"] == "P17"
    path = f"/employees/{hired['id']}"
    assert desk.ask("PATCH", path, {"payroll_number": "p18"}).get_json()["payroll_number"] == "P18"
    assert desk.acts()[0]["detail"] == {"payroll_number": "P18"}
    assert desk.ask("PATCH", path, {"payroll_number": None}).get_json()["payroll_number"] is None
    usher = colleague(app, desk.arena)
    me = app.test_client().get("/v1/me", headers=headers_for(app, usher)).get_json()
    assert "payroll_number" not in me


@pytest.mark.parametrize("wrong", ["", "  ", "=1+1", "1" * 41, 17, "P\x00"])
def test_what_is_no_payroll_number_is_refused(app: Flask, wrong: object) -> None:
    desk = Desk(app)
    answer = desk.ask("POST", "/employees", {**NEW, "payroll_number": wrong})
    assert answer.status_code == 422
    assert list(answer.get_json()["errors"]["json"]) == ["payroll_number"]


def test_only_an_administrator_says_who_somebody_of_hr_is(app: Flask) -> None:
    desk = Desk(app)
    other = colleague(app, desk.arena, Role.HR)
    change = {"payroll_number": "P-NEW"}
    path = f"/employees/{other.employee_id}"
    assert problem(desk.ask("PATCH", path, change)) == (403, "administrator-needed")
    admin = Desk(app, desk.arena, Role.ADMIN)
    assert admin.ask("PATCH", path, change).status_code == 200


def test_nobody_changes_who_they_are_on_whatever_account(app: Flask) -> None:
    desk = Desk(app, None, Role.ADMIN)
    own = f"/employees/{desk.actor.employee_id}"
    number = desk.ask("GET", own).get_json()["payroll_number"]
    kept = (403, "own-payroll-number-kept")
    for other in ("P-NEW", None):
        assert problem(desk.ask("PATCH", own, {"payroll_number": other})) == kept
    assert desk.ask("PATCH", own, {"payroll_number": number}).status_code == 200
    second = colleague(app, desk.arena).employee_id
    assert desk.ask("PATCH", f"/employees/{second}", {"payroll_number": number}).status_code == 200
    refusal = desk.ask("PATCH", f"/employees/{second}", {"payroll_number": "P-NEW"})
    assert problem(refusal) == kept


def test_a_file_gives_numbers_and_again_changes_nothing(session: Session, arena: Arena) -> None:
    hr = make_employee(session, arena, roles=(Role.HR,))
    do_import(session, hr, f"{ROW},p 17", header=NUMBERED)
    assert the_employee(session, hr, "1001").payroll_number == "P17"
    for again, header in ((f"{ROW},P17", NUMBERED), (f"{ROW},", NUMBERED), (ROW, HEADER)):
        assert do_import(session, hr, again, header=header).unchanged == 1
    assert the_employee(session, hr, "1001").payroll_number == "P17"
    [bad] = refused(session, hr, f"{ROW},=1+1", header=NUMBERED)
    assert bad == (2, "payroll_number")


def test_a_file_that_changes_a_number_is_on_record(session: Session, arena: Arena) -> None:
    hr = make_employee(session, arena, roles=(Role.HR,))
    do_import(session, hr, f"{ROW},P17", header=NUMBERED)
    do_import(session, hr, f"{ROW},P18", header=NUMBERED)
    employee = the_employee(session, hr, "1001")
    act = session.query(AuditRow).filter_by(subject_id=employee.id).one()
    assert (act.act, act.detail) == (
        "employee.payroll_number_changed",
        {"from": "P17", "to": "P18"},
    )


def row_of(session: Session, who: Actor, roles: str, number: str) -> str:
    """Return the row of a file that gives ``who`` a payroll number."""
    badge = session.get_one(Employee, (who.organisation_id, who.employee_id)).badge_number
    facts = list_employees_by_badge(session, organisation_id=who.organisation_id, badges=[badge])
    name, department = facts[badge].name, facts[badge].department
    return f"{badge},{name},{department},part_time,hourly,{roles},{number}"


def test_a_file_makes_nobody_somebody_else_at_their_own_wish(
    session: Session, arena: Arena
) -> None:
    admin = make_employee(session, arena, roles=(Role.ADMIN,), payroll_number="P1")
    second = make_employee(session, arena, payroll_number="P1")
    hr = make_employee(session, arena, roles=(Role.HR,))
    own = [(2, "payroll_number")]
    rows = row_of(session, admin, "admin", "P9"), row_of(session, second, "employee", "P9")
    for row in rows:
        assert refused(session, admin, row, header=NUMBERED) == own
    assert refused(session, hr, rows[0], header=NUMBERED) == own
    do_import(session, admin, row_of(session, hr, "hr", "P5"), header=NUMBERED)
