"""Employees by file: who may be made what by whom."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.audit import AuditRow
from backend.foundation.csv_rows import ImportRejected
from backend.foundation.db import new_id, transaction
from backend.foundation.imports import ImportResult
from backend.identity.models import Department, Employee, EmployeeRole
from backend.identity.permissions import Role
from backend.identity.rules import EmploymentKind, PayBasis
from backend.identity.services.employee_imports import import_employees
from tests.factories import NOW, Arena, make_arena, make_employee
from tests.files import bad_rows
from tests.http import headers_for

HEADER = "badge_number,name,department,employment_kind,pay_basis,roles"
ROWS = (
    "1001,Alex Usher,Guest services,part_time,hourly,employee",
    "1002,Sam Lead,Guest services,full_time,hourly,employee supervisor",
    "1003,Vic President,Executive,full_time,salaried,",
)
EXTRA = "language,contract_ends_on,email"


@pytest.fixture
def hr(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena, roles=(Role.HR,))


@pytest.fixture
def admin(session: Session, arena: Arena) -> Actor:
    return make_employee(session, arena, roles=(Role.ADMIN,))


def do_import(session: Session, actor: Actor, *rows: str, header: str = HEADER) -> ImportResult:
    text = "\n".join((header, *rows))
    result = import_employees(session, actor=actor, text=text, now=NOW)
    session.flush()
    return result


def the_employee(session: Session, actor: Actor, badge: str) -> Employee:
    return session.scalars(
        select(Employee)
        .where(Employee.organisation_id == actor.organisation_id, Employee.badge_number == badge)
        .execution_options(populate_existing=True)
    ).one()


def roles_of(session: Session, actor: Actor, badge: str) -> set[Role]:
    employee_id = the_employee(session, actor, badge).id
    query = select(EmployeeRole.role).where(EmployeeRole.employee_id == employee_id)
    return set(session.scalars(query))


def refused(session: Session, actor: Actor, *rows: str, header: str = HEADER) -> list[object]:
    with pytest.raises(ImportRejected) as raised:
        do_import(session, actor, *rows, header=header)
    return [(line, column) for line, column, _ in bad_rows(raised.value)]


def test_a_file_adds_employees_their_departments_and_roles(session: Session, hr: Actor) -> None:
    assert do_import(session, hr, *ROWS) == ImportResult(rows=3, added=3, changed=0, unchanged=0)
    vic = the_employee(session, hr, "1003")
    assert (vic.name, vic.employment_kind) == ("Vic President", EmploymentKind.FULL_TIME)
    assert (vic.pay_basis, vic.language) == (PayBasis.SALARIED, "en")
    department = session.get_one(Department, (hr.organisation_id, vic.department_id))
    assert department.name == "Executive"
    assert roles_of(session, hr, "1003") == {Role.EMPLOYEE}
    assert roles_of(session, hr, "1002") == {Role.EMPLOYEE, Role.SUPERVISOR}


def test_the_same_file_again_changes_nothing(session: Session, hr: Actor) -> None:
    do_import(session, hr, *ROWS)
    again = do_import(session, hr, *ROWS)
    assert again == ImportResult(rows=3, added=0, changed=0, unchanged=3)


def test_changed_rows_change_names_and_roles_and_say_so(session: Session, hr: Actor) -> None:
    do_import(session, hr, *ROWS)
    result = do_import(
        session, hr, ROWS[0].replace("Usher", "Porter"), ROWS[1].replace(" supervisor", ""), ROWS[2]
    )
    assert result == ImportResult(rows=3, added=0, changed=2, unchanged=1)
    assert the_employee(session, hr, "1001").name == "Alex Porter"
    assert roles_of(session, hr, "1002") == {Role.EMPLOYEE}
    row = session.scalars(
        select(AuditRow).where(
            AuditRow.organisation_id == hr.organisation_id,
            AuditRow.act == "employee.roles_changed",
        )
    ).one()
    assert row.detail == {"from": ["employee", "supervisor"], "to": ["employee"]}


def test_optional_columns_are_taken_and_kept(session: Session, hr: Actor) -> None:
    header = f"{HEADER},{EXTRA}"
    address = f"alex@{hr.employee_id}.example"
    do_import(session, hr, f"{ROWS[0]},fr,2027-06-30,{address.title()}", header=header)
    alex = the_employee(session, hr, "1001")
    assert (alex.language, alex.contract_ends_on) == ("fr", date(2027, 6, 30))
    assert alex.email == address
    alex.language, alex.pin_hash = "es", "kept"
    session.flush()
    assert do_import(session, hr, ROWS[0]).unchanged == 1
    assert do_import(session, hr, f"{ROWS[0]},fr,,", header=header).unchanged == 1
    alex = the_employee(session, hr, "1001")
    assert (alex.language, alex.contract_ends_on) == ("es", date(2027, 6, 30))
    assert (alex.email, alex.pin_hash) == (address, "kept")


def test_hr_makes_no_hr_and_no_administrator(session: Session, hr: Actor, admin: Actor) -> None:
    chiefs = (ROWS[0] + "|hr", ROWS[1], ROWS[2] + "admin")
    assert refused(session, hr, *chiefs) == [(2, "roles"), (4, "roles")]
    assert do_import(session, admin, *chiefs).added == 3
    assert roles_of(session, hr, "1001") == {Role.EMPLOYEE, Role.HR}
    assert do_import(session, hr, *chiefs).unchanged == 3
    assert refused(session, hr, *ROWS) == [(2, "roles"), (4, "roles")]
    moved = [f"{row},,2026-12-01,new{number}@arena.example" for number, row in enumerate(chiefs)]
    assert refused(session, hr, *moved, header=f"{HEADER},{EXTRA}") == [
        (2, "email"),
        (2, "contract_ends_on"),
        (4, "email"),
        (4, "contract_ends_on"),
    ]


def test_hr_changes_nothing_of_hr_and_administrators(
    session: Session, hr: Actor, admin: Actor
) -> None:
    do_import(session, admin, f"{ROWS[0]}|hr", f"{ROWS[1]}|payroll", f"{ROWS[2]}admin")
    rows = (
        "1001,Alex Usher,Guest services,part_time,salaried,employee hr",
        "1002,Sam Lead,Executive,temp,hourly,employee supervisor payroll",
        "1003,Vic,Executive,full_time,salaried,admin",
    )
    assert refused(session, hr, *rows) == [
        (2, "pay_basis"),
        (3, "department"),
        (3, "employment_kind"),
        (4, "name"),
    ]
    assert do_import(session, admin, *rows).changed == 3


def test_nobody_of_hr_makes_themselves_salaried(session: Session, hr: Actor) -> None:
    own = session.get_one(Employee, (hr.organisation_id, hr.employee_id))
    department = session.get_one(Department, (hr.organisation_id, own.department_id)).name
    row = f"{own.badge_number},{own.name},{department},{own.employment_kind}"
    assert refused(session, hr, f"{row},salaried,hr") == [(2, "pay_basis")]
    assert do_import(session, hr, f"{row},hourly,hr").unchanged == 1


def test_who_is_paid_otherwise_is_on_record(session: Session, hr: Actor) -> None:
    do_import(session, hr, *ROWS)
    do_import(session, hr, ROWS[0].replace("hourly", "salaried"), *ROWS[1:])
    alex = the_employee(session, hr, "1001")
    acts = session.scalars(
        select(AuditRow).where(
            AuditRow.organisation_id == hr.organisation_id, AuditRow.subject_id.is_not(None)
        )
    )
    assert [(one.act, one.subject_id, one.actor_id, one.detail) for one in acts] == [
        ("employee.changed", alex.id, hr.employee_id, {"pay_basis": "salaried"})
    ]


def test_nobody_changes_their_own_roles(session: Session, admin: Actor) -> None:
    own = session.get_one(Employee, (admin.organisation_id, admin.employee_id))
    row = f"{own.badge_number},{own.name},Guest services,part_time,hourly,admin hr"
    assert refused(session, admin, row) == [(2, "roles")]


def test_the_last_administrator_stays_whoever_sends_the_file(
    session: Session, arena: Arena, admin: Actor
) -> None:
    do_import(session, admin, f"{ROWS[0]}|admin")
    # Deactivated by the other one while their own file is under way.
    session.get_one(Employee, (admin.organisation_id, admin.employee_id)).deactivated_at = NOW
    session.flush()
    assert refused(session, admin, ROWS[0]) == [(2, "roles")]
    make_employee(session, arena, roles=(Role.ADMIN,))
    assert do_import(session, admin, ROWS[0]).changed == 1


def test_a_file_gives_not_every_administrator_a_last_day(session: Session, admin: Actor) -> None:
    own = session.get_one(Employee, (admin.organisation_id, admin.employee_id))
    own.contract_ends_on = date(2027, 6, 30)
    session.flush()
    header = f"{HEADER},contract_ends_on"
    chiefs = [f"{who},Office,full_time,salaried,admin" for who in ("1004,Kit", "1005,Pat")]
    do_import(session, admin, *chiefs)
    ending = [f"{row},2027-06-30" for row in chiefs]
    last = [(2, "contract_ends_on"), (3, "contract_ends_on")]
    assert refused(session, admin, *ending, header=header) == last
    assert do_import(session, admin, ending[0], header=header).changed == 1
    assert refused(session, admin, ending[1], header=header) == last[:1]
    assert refused(session, admin, chiefs[1].replace("admin", "hr")) == [(2, "roles")]


def test_a_file_ends_nobodys_employment(session: Session, hr: Actor) -> None:
    header = f"{HEADER},contract_ends_on"
    do_import(session, hr, f"{ROWS[0]},", f"{ROWS[1]},2025-01-31", header=header)
    assert refused(session, hr, f"{ROWS[0]},2026-11-19", header=header) == [(2, "contract_ends_on")]
    assert do_import(session, hr, f"{ROWS[1]},2025-01-31", header=header).unchanged == 1


def test_a_file_brings_nobody_back(session: Session, hr: Actor) -> None:
    do_import(session, hr, *ROWS)
    the_employee(session, hr, "1001").deactivated_at = NOW
    session.flush()
    do_import(session, hr, *ROWS)
    assert the_employee(session, hr, "1001").deactivated_at == NOW


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (ROWS[0], "badge_number"),
        ("1,X,Y,part_time,hourly,janitor,,,", "roles"),
        ("1,X,Y,part_time,hourly,|,,,", "roles"),
        ("1,X,Y,part-time,hourly,,,,", "employment_kind"),
        ("1,X,Y,temp,daily,,,,", "pay_basis"),
        ("1,X,Y,temp,hourly,,tlh,,", "language"),
        ("1,X,Y,temp,hourly,,,2026-02-30,", "contract_ends_on"),
        ("1,X,Y,temp,hourly,,,,nobody", "email"),
        ("1,X,Y,temp,hourly,,,,ALEX@ARENA.example", "email"),
        # 162 letters, of which small ones are 312.
        (f"1,X,Y,temp,hourly,,,,{'İ' * 150}@arena.example", "email"),
        ("1,,Y,temp,hourly,,,,", "name"),
    ],
)
def test_a_bad_row_is_named(session: Session, hr: Actor, row: str, column: str) -> None:
    first = f"{ROWS[0]},,,alex@{hr.employee_id}.example"
    row = f"{row},,," if row == ROWS[0] else row.replace("ARENA", str(hr.employee_id))
    assert refused(session, hr, first, row, header=f"{HEADER},{EXTRA}") == [(3, column)]


def test_an_address_of_another_organisation_is_taken(session: Session, hr: Actor) -> None:
    header = f"{HEADER},email"
    mine = f"{ROWS[0]},one-{hr.employee_id}@arena.example"
    do_import(session, hr, mine, header=header)
    stranger = make_employee(session, make_arena(session), roles=(Role.HR,))
    assert refused(session, stranger, mine, header=header) == [(2, "email")]
    assert do_import(session, stranger, ROWS[0]).added == 1


def test_over_http_its_row_is_named_although_nothing_else_of_it_can_be_seen(app: Flask) -> None:
    address = f"{new_id()}@arena.example"
    file = f"{HEADER},email\n{ROWS[0]},{address}\n"
    answers = []
    for _ in range(2):
        with app.app_context(), transaction() as session:
            hr = make_employee(session, make_arena(session), roles=(Role.HR,))
        headers = {"Content-Type": "text/csv"} | headers_for(app, hr)
        answers.append(app.test_client().post("/v1/imports/employees", data=file, headers=headers))
    taken, refused = answers
    assert (taken.status_code, refused.status_code) == (200, 422)
    problem = refused.get_json()
    assert problem["type"] == "/problems/import-rejected"
    assert [(one["line"], one["column"]) for one in problem["errors"]] == [(2, "email")]
