"""The import of employees: one row per employee, known by the badge number."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select
from sqlalchemy.orm import Session

from backend.foundation import audit, csv_cells, imports
from backend.foundation.actor import Actor
from backend.foundation.csv_rows import Column, CsvFile, Refused, Row, read_file
from backend.foundation.db import line_of, take_turn
from backend.foundation.imports import Changes, ImportResult
from backend.identity import queries
from backend.identity.models import Department, Employee, EmployeeRole
from backend.identity.permissions import PRIVILEGED, Permission, Role
from backend.identity.rules import (
    LANGUAGES,
    EmploymentKind,
    PayBasis,
    as_payroll_number,
    is_same_person,
    last_day_reached,
)

_EMAIL = r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+"
_PER_QUESTION = 1_000
_NEW = {"email": None, "contract_ends_on": None, "payroll_number": None}
# An empty cell leaves what is known.
_KEPT = ("email", "payroll_number", "contract_ends_on")
_FACTS = ("name", "department", "employment_kind", "pay_basis")
_PRIVILEGED = "hr, payroll and admin"

_read_address = csv_cells.matching(_EMAIL, longest=200, what="an e-mail address")


def read_email(cell: str) -> str:
    """Take an e-mail address in small letters, which may be more than capitals; raises Refused."""
    return _read_address(cell.lower())


def read_payroll_number(cell: str) -> str:
    """Take a payroll number, and keep it in one form; raises Refused."""
    number = as_payroll_number(cell)
    if number is None:
        raise Refused("must be letters A-Z and digits, between them also . _ / -")
    return number


COLUMNS = (
    Column(name="badge_number", read=csv_cells.text(longest=40)),
    Column(name="name", read=csv_cells.text(longest=120)),
    Column(name="department", read=csv_cells.text(longest=120)),
    Column(name="employment_kind", read=csv_cells.one_of(EmploymentKind)),
    Column(name="pay_basis", read=csv_cells.one_of(PayBasis)),
    Column(name="roles", read=csv_cells.some_of(Role), blank=frozenset({Role.EMPLOYEE})),
    Column(
        name="language",
        read=csv_cells.matching(
            "|".join(LANGUAGES), longest=2, what=f"one of {', '.join(LANGUAGES)}"
        ),
        blank="en",
        optional=True,
    ),
    Column(name="contract_ends_on", read=csv_cells.calendar_date, blank=None, optional=True),
    Column(name="email", read=read_email, blank=None, optional=True),
    Column(name="payroll_number", read=read_payroll_number, blank=None, optional=True),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What was so before the import.

    Rows by badge number, departments' names by id, roles by employee, administrators.
    """

    employees: Changes
    departments: Mapping[UUID, str]
    roles: Mapping[UUID, frozenset[Role]]
    administrators: set[UUID]

    def of(self, row: Row) -> tuple[Mapping[str, Any] | None, frozenset[Role]]:
        """Return the employee of a row, if there is one, and their roles."""
        there = self.employees.there(row.cells)
        return there, self.roles.get(there["id"], frozenset()) if there else frozenset()

    def differing(self, row: Row, there: Mapping[str, Any]) -> list[str]:
        """Return the columns in which a row would change the employee who is ``there``."""
        known = {**there, "department": self.departments[there["department_id"]]}
        facts = [name for name in _FACTS if row[name] != known[name]]
        return facts + [name for name in _KEPT if row.cells.get(name) not in {None, known[name]}]


@dataclass(frozen=True, kw_only=True, slots=True)
class Asker:
    """Who sends the file; ``today`` is the newest day still going on somewhere on Earth."""

    employee_id: UUID
    payroll_number: str | None
    is_admin: bool
    today: date

    def is_person(self, there: Mapping[str, Any]) -> bool:
        """Tell whether this is an account of the person who asks."""
        same = is_same_person(self.payroll_number, there["payroll_number"])
        return same or there["id"] == self.employee_id


def import_employees(
    session: Session, *, actor: Actor, text: str | bytes | CsvFile, now: datetime
) -> ImportResult:
    """Add and change the employees in a CSV file; whom it leaves out stays as they are.

    Columns: badge_number, name, department (made when new), employment_kind, pay_basis, roles
    (separated by spaces or vertical bars; empty means employee), and if wanted language (en),
    contract_ends_on, email, payroll_number. The language is for new employees, who then choose for
    themselves; of the other three an empty cell leaves what is known. Only an
    administrator may grant or take away the roles hr, payroll and admin, or change anything of
    those who have them; nobody changes their own roles or payroll number; one administrator stays;
    nobody is deactivated, nor brought back. Raises ImportRejected, FileTooLarge, TooManyRows.
    """
    file = read_file(text, COLUMNS)
    take_turn(session, actor.organisation_id, "imports")
    # Before their roles are read: whoever takes them away by hand has the same lock.
    administrators = queries.lock_administrators(session, organisation_id=actor.organisation_id)
    employees = Changes(session, Employee, actor.organisation_id, key=("badge_number",))
    departments = Changes(session, Department, actor.organisation_id, key=("name",))
    before = Before(
        employees=employees,
        departments={one["id"]: one["name"] for one in departments.rows},
        roles=_roles(session, actor.organisation_id),
        administrators=administrators,
    )
    numbers = queries.list_payroll_numbers(
        session, organisation_id=actor.organisation_id, employee_ids=[actor.employee_id]
    )
    asker = Asker(
        employee_id=actor.employee_id,
        payroll_number=numbers[actor.employee_id],
        is_admin=actor.may(Permission.MANAGE_ADMINISTRATORS),
        today=last_day_reached(now),
    )
    _check(session, file, before=before, asker=asker)
    _record_numbers(session, file, before, actor=actor, now=now)
    _record_pay(session, file, before, actor=actor, now=now)
    wanted_roles: dict[UUID, frozenset[Role]] = {}
    for row in file.rows:
        department_id = departments.want({"name": row["department"]})
        row_id = employees.want(
            _columns(row) | {"department_id": department_id},
            if_new=_NEW | {"language": row.cells.get("language", "en"), "created_at": now},
        )
        wanted_roles[row_id] = row["roles"]
        if before.roles.get(row_id, row["roles"]) != row["roles"]:
            employees.mark(row_id)
    departments.write(session)
    employees.write(session)
    _write_roles(session, actor=actor, before=before.roles, wanted=wanted_roles, now=now)
    result = employees.count(list(wanted_roles))
    imports.put_on_record(session, actor=actor, kind="employees", file=file, result=result, now=now)
    return result


def _columns(row: Row) -> dict[str, Any]:
    left_out = {"department", "roles", "language"} | {
        name for name in _KEPT if row.cells.get(name) is None
    }
    return {name: value for name, value in row.cells.items() if name not in left_out}


def _roles(session: Session, organisation_id: UUID) -> dict[UUID, frozenset[Role]]:
    found: defaultdict[UUID, set[Role]] = defaultdict(set)
    query = select(EmployeeRole.employee_id, EmployeeRole.role)
    for employee_id, role in session.execute(
        query.where(EmployeeRole.organisation_id == organisation_id)
    ):
        found[employee_id].add(role)
    return {employee_id: frozenset(roles) for employee_id, roles in found.items()}


def _check(session: Session, file: CsvFile, *, before: Before, asker: Asker) -> None:
    """Raise ImportRejected unless every row may be taken from ``asker``."""
    badges = ((row, row["badge_number"]) for row in file.rows)
    file.refuse_repeats(badges, column="badge_number", what="badge number")
    addressed = [row for row in file.rows if row.cells.get("email")]
    addresses = ((row, row["email"]) for row in addressed)
    file.refuse_repeats(addresses, column="email", what="e-mail address")
    for row in file.rows:
        for column, reason in _forbidden(row, before, asker):
            file.findings.add(row.line, column, reason)
    _keep_an_administrator(file, before)
    _refuse_taken_addresses(session, file, addressed, before)
    file.findings.check()


def _forbidden(row: Row, before: Before, asker: Asker) -> Iterator[tuple[str, str]]:
    """Yield the columns in which ``asker`` may not change an employee as a row says, and why."""
    there, roles = before.of(row)
    if not asker.is_admin and (roles ^ row["roles"]) & PRIVILEGED:
        yield "roles", f"{_PRIVILEGED} are granted and taken away by an administrator only"
    if there is None:
        return
    if there["id"] == asker.employee_id and roles != row["roles"]:
        yield "roles", "nobody changes their own roles"
    changed = before.differing(row, there)
    if "payroll_number" in changed and asker.is_person(there):
        yield "payroll_number", "nobody changes their own"
    if roles & PRIVILEGED and not asker.is_admin:
        for name in changed:
            yield name, f"is changed by an administrator only, for {_PRIVILEGED}"
    last_day = row.cells.get("contract_ends_on")
    if "contract_ends_on" in changed and last_day and last_day < asker.today:
        yield "contract_ends_on", "is over already; to end employment, deactivate the employee"


def _keep_an_administrator(file: CsvFile, before: Before) -> None:
    """Find who would be an administrator no more, or until a day, unless another one stays."""
    losing: dict[UUID, tuple[Row, str]] = {}
    for row in file.rows:
        there, _ = before.of(row)
        if there and there["id"] in before.administrators:
            if Role.ADMIN not in row["roles"]:
                losing[there["id"]] = row, "roles"
            elif row.cells.get("contract_ends_on"):
                losing[there["id"]] = row, "contract_ends_on"
    if losing.keys() == before.administrators:
        for row, column in losing.values():
            file.findings.add(row.line, column, "the last administrator must stay")


def _record_numbers(
    session: Session, file: CsvFile, before: Before, *, actor: Actor, now: datetime
) -> None:
    """Put on record who becomes known by another payroll number: money follows it."""
    for row in file.rows:
        there, roles = before.of(row)
        number = row.cells.get("payroll_number")
        if there is None or number in {None, there["payroll_number"]}:
            continue
        if there["payroll_number"] or roles & PRIVILEGED:
            audit.record(
                session,
                actor=actor,
                act="employee.payroll_number_changed",
                subject_id=there["id"],
                now=now,
                detail={"from": there["payroll_number"], "to": number},
            )


def _record_pay(
    session: Session, file: CsvFile, before: Before, *, actor: Actor, now: datetime
) -> None:
    """Put on record whose pay basis changes, as by hand: who is salaried earns off shift, too."""
    for row in file.rows:
        there, _ = before.of(row)
        if there and row["pay_basis"] != there["pay_basis"]:
            audit.record(
                session,
                actor=actor,
                act="employee.changed",
                subject_id=there["id"],
                now=now,
                detail={"pay_basis": str(row["pay_basis"])},
            )


def _refuse_taken_addresses(
    session: Session, file: CsvFile, addressed: list[Row], before: Before
) -> None:
    """Find e-mail addresses with which somebody else signs in, here or in another organisation."""
    owners: dict[str | None, UUID] = {}
    with line_of(session).across():
        for start in range(0, len(addressed), _PER_QUESTION):
            asked = [row["email"] for row in addressed[start : start + _PER_QUESTION]]
            query = select(Employee.email, Employee.id).where(Employee.email.in_(asked))
            owners.update(session.execute(query).all())
    for row in addressed:
        there, _ = before.of(row)
        owner = owners.get(row["email"])
        if owner is not None and owner != (there and there["id"]):
            file.findings.add(row.line, "email", "belongs to somebody else")


_TAKE_AWAY = delete(EmployeeRole).where(
    EmployeeRole.organisation_id == bindparam("organisation"),
    EmployeeRole.employee_id == bindparam("employee"),
    EmployeeRole.role == bindparam("taken"),
)


def _write_roles(
    session: Session,
    *,
    actor: Actor,
    before: Mapping[UUID, frozenset[Role]],
    wanted: Mapping[UUID, frozenset[Role]],
    now: datetime,
) -> None:
    granted, taken = [], []
    for employee_id, roles in wanted.items():
        had = before.get(employee_id, frozenset())
        granted += [(employee_id, role) for role in sorted(roles - had)]
        taken += [(employee_id, role) for role in sorted(had - roles)]
        if roles != had and (had or roles & PRIVILEGED):
            detail = {"from": sorted(had), "to": sorted(roles)}
            audit.record(
                session,
                actor=actor,
                act="employee.roles_changed",
                subject_id=employee_id,
                now=now,
                detail=detail,
            )
    organisation_id = actor.organisation_id
    if taken:
        session.connection().execute(
            _TAKE_AWAY,
            [
                {"organisation": organisation_id, "employee": employee_id, "taken": role}
                for employee_id, role in taken
            ],
        )
    if granted:
        session.execute(
            insert(EmployeeRole),
            [
                {"organisation_id": organisation_id, "employee_id": employee_id, "role": role}
                for employee_id, role in granted
            ],
        )
