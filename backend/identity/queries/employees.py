"""What may be asked about employees."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from backend.identity.models import Department, Employee, EmployeeRole, Organisation
from backend.identity.permissions import Role
from backend.identity.problems import EmployeeUnknown
from backend.identity.rules import EmploymentKind, PayBasis, last_day_reached


@dataclass(frozen=True, kw_only=True)
class EmployeeFacts:
    """What other domains may know about an employee."""

    id: UUID
    organisation_id: UUID
    badge_number: str
    name: str
    department_id: UUID
    department: str
    employment_kind: EmploymentKind
    pay_basis: PayBasis
    language: str
    payroll_number: str | None
    contract_ends_on: date | None
    active: bool


def get_employee(session: Session, *, organisation_id: UUID, employee_id: UUID) -> EmployeeFacts:
    """Return an employee; raises EmployeeUnknown."""
    row = session.execute(
        _employees(organisation_id).where(Employee.id == employee_id)
    ).one_or_none()
    if row is None:
        raise EmployeeUnknown
    return _facts(*row)


def list_badges(session: Session, *, organisation_id: UUID) -> dict[str, UUID]:
    """Return the id of every employee by badge number, in one statement for any number."""
    query = select(Employee.badge_number, Employee.id)
    rows = session.execute(query.where(Employee.organisation_id == organisation_id))
    return dict(rows.all())


def list_employees_by_badge(
    session: Session, *, organisation_id: UUID, badges: Collection[str]
) -> dict[str, EmployeeFacts]:
    """Return the employees with ``badges``, by badge number; unknown badges are left out."""
    rows = session.execute(
        _employees(organisation_id).where(Employee.badge_number.in_(badges))
    ).all()
    return {employee.badge_number: _facts(employee, name) for employee, name in rows}


def list_employees_by_id(
    session: Session, *, organisation_id: UUID, employee_ids: Collection[UUID]
) -> dict[UUID, EmployeeFacts]:
    """Return the employees with ``employee_ids``, by id; unknown ids are left out."""
    rows = session.execute(_employees(organisation_id).where(Employee.id.in_(employee_ids))).all()
    return {employee.id: _facts(employee, name) for employee, name in rows}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which employees are looked for; None does not restrict.

    ``text`` is part of a name or the beginning of a badge number, small letters or capitals.
    """

    text: str | None = None
    department: str | None = None
    employment_kind: EmploymentKind | None = None
    active: bool | None = None


def list_employees(
    session: Session, *, organisation_id: UUID, wanted: Wanted, after: str | None, limit: int
) -> list[EmployeeFacts]:
    """Return at most ``limit`` employees by badge number, those behind the badge ``after``."""
    employees = _employees(organisation_id)
    if after is not None:
        employees = employees.where(Employee.badge_number > after)
    if wanted.department:
        employees = employees.where(Department.name == wanted.department)
    if wanted.employment_kind is not None:
        employees = employees.where(Employee.employment_kind == wanted.employment_kind)
    if wanted.active is not None:
        deactivated = Employee.deactivated_at
        employees = employees.where(
            deactivated.is_(None) if wanted.active else deactivated.is_not(None)
        )
    employees = employees.order_by(Employee.badge_number)
    if wanted.text:
        employees = employees.where(
            Employee.id.in_(_sought(session, employees, text=wanted.text, limit=limit))
        )
    return [_facts(employee, name) for employee, name in session.execute(employees.limit(limit))]


def _sought(
    session: Session, employees: Select[Employee, str], *, text: str, limit: int
) -> list[UUID]:
    """Return the first ``limit`` of ``employees`` whom ``text`` may mean, by their ids.

    Compared here: SQLite knows the capitals of ASCII alone, PostgreSQL those of its locale.
    """
    sought = text.casefold()
    names = session.execute(
        employees.with_only_columns(Employee.id, Employee.name, Employee.badge_number)
    )
    found = (
        employee_id
        for employee_id, name, badge_number in names.all()
        if sought in name.casefold() or badge_number.casefold().startswith(sought)
    )
    return list(islice(found, limit))


def list_roles_by_employee(
    session: Session, *, organisation_id: UUID, employee_ids: Collection[UUID]
) -> dict[UUID, list[Role]]:
    """Return the roles of several employees, sorted, by their ids."""
    roles: dict[UUID, list[Role]] = {employee_id: [] for employee_id in employee_ids}
    rows = session.execute(
        select(EmployeeRole.employee_id, EmployeeRole.role)
        .where(
            EmployeeRole.organisation_id == organisation_id,
            EmployeeRole.employee_id.in_(employee_ids),
        )
        .order_by(EmployeeRole.role)
    )
    for employee_id, role in rows:
        roles[employee_id].append(role)
    return roles


def find_by_badge(session: Session, *, organisation_id: UUID, badge_number: str) -> UUID | None:
    """Return whose badge this is, or None."""
    return session.scalar(
        select(Employee.id).where(
            Employee.organisation_id == organisation_id, Employee.badge_number == badge_number
        )
    )


def list_payroll_numbers(
    session: Session, *, organisation_id: UUID, employee_ids: Collection[UUID]
) -> dict[UUID, str | None]:
    """Return by employee which person they are: accounts of one person have the same number."""
    query = select(Employee.id, Employee.payroll_number).where(
        Employee.organisation_id == organisation_id, Employee.id.in_(employee_ids)
    )
    return dict(session.execute(query).all())


def list_accounts(
    session: Session, *, organisation_id: UUID, employee_ids: Collection[UUID]
) -> dict[UUID, set[UUID]]:
    """Return by employee every account of the person to whom theirs belongs, itself included."""
    accounts = {employee_id: {employee_id} for employee_id in employee_ids}
    own = aliased(Employee)
    rows = session.execute(
        select(own.id, Employee.id)
        .join(
            Employee,
            (Employee.organisation_id == own.organisation_id)
            & (Employee.payroll_number == own.payroll_number),
        )
        .where(own.organisation_id == organisation_id, own.id.in_(employee_ids))
    )
    for employee_id, account in rows:
        accounts[employee_id].add(account)
    return accounts


def find_department(session: Session, *, organisation_id: UUID, name: str) -> UUID | None:
    """Return the department of that name, or None."""
    return session.scalar(
        select(Department.id).where(
            Department.organisation_id == organisation_id, Department.name == name
        )
    )


def lock_administrators(session: Session, *, organisation_id: UUID) -> set[UUID]:
    """Return the active administrators whose contract has no end: one of them must stay.

    Until the end of the transaction nobody else may change who they are.
    """
    session.execute(
        select(Organisation.id)
        .where(Organisation.id == organisation_id)
        .with_for_update(key_share=True)
    )
    return set(
        session.scalars(
            select(EmployeeRole.employee_id)
            .join(
                Employee,
                (Employee.organisation_id == EmployeeRole.organisation_id)
                & (Employee.id == EmployeeRole.employee_id),
            )
            .where(
                EmployeeRole.organisation_id == organisation_id,
                EmployeeRole.role == Role.ADMIN,
                Employee.deactivated_at.is_(None),
                Employee.contract_ends_on.is_(None),
            )
        )
    )


def list_roles(session: Session, *, organisation_id: UUID, employee_id: UUID) -> set[Role]:
    """Return the roles of an employee."""
    return set(
        session.scalars(
            select(EmployeeRole.role).where(
                EmployeeRole.organisation_id == organisation_id,
                EmployeeRole.employee_id == employee_id,
            )
        )
    )


def lock_employee(session: Session, *, organisation_id: UUID, employee_id: UUID) -> Employee:
    """Return an employee's row, locked against changes; raises EmployeeUnknown."""
    employee = session.scalar(
        select(Employee)
        .where(Employee.organisation_id == organisation_id, Employee.id == employee_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if employee is None:
        raise EmployeeUnknown
    return employee


def may_work(session: Session, *, organisation_id: UUID, employee_id: UUID, now: datetime) -> bool:
    """Tell whether an employee is active and within their contract at ``now``."""
    return bool(
        session.scalar(
            select(Employee.id).where(
                Employee.organisation_id == organisation_id,
                Employee.id == employee_id,
                *working(last_day_reached(now)),
            )
        )
    )


def working(today: Any) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which an employee works here on the day ``today``."""
    return (
        Employee.deactivated_at.is_(None),
        or_(Employee.contract_ends_on.is_(None), Employee.contract_ends_on >= today),
    )


def still_works(
    employee_id: ColumnElement[UUID], *, organisation_id: Any, today: Any
) -> ColumnElement[bool]:
    """Return the condition that the employee in a column of another table works here.

    Looked up row by row, so that it is no reason to read all employees.
    """
    return (
        select(Employee.id)
        .where(
            Employee.organisation_id == organisation_id,
            Employee.id == employee_id,
            *working(today),
        )
        .scalar_subquery()
        .is_not(None)
    )


def list_hourly(
    session: Session, *, employees: Collection[tuple[UUID, UUID]]
) -> set[tuple[UUID, UUID]]:
    """Return those of ``employees``, (organisation_id, id) pairs, who are paid by the hour."""
    rows = session.execute(
        select(Employee.organisation_id, Employee.id).where(
            tuple_(Employee.organisation_id, Employee.id).in_(employees),
            Employee.pay_basis == PayBasis.HOURLY,
        )
    )
    return {(owner, employee_id) for owner, employee_id in rows}


def list_working(
    session: Session, *, employees: Collection[tuple[UUID, UUID]], now: datetime
) -> set[tuple[UUID, UUID]]:
    """Return those of ``employees``, (organisation_id, id) pairs, who work here at ``now``."""
    rows = session.execute(
        select(Employee.organisation_id, Employee.id).where(
            tuple_(Employee.organisation_id, Employee.id).in_(employees),
            *working(last_day_reached(now)),
        )
    )
    return {(owner, employee_id) for owner, employee_id in rows}


def list_supervisors(
    session: Session, *, organisation_id: UUID, now: datetime
) -> Sequence[tuple[UUID, bool]]:
    """Return every supervisor who works here at ``now``, and whether they are salaried."""
    rows = session.execute(
        select(Employee.id, Employee.pay_basis)
        .join(
            EmployeeRole,
            (EmployeeRole.organisation_id == Employee.organisation_id)
            & (EmployeeRole.employee_id == Employee.id),
        )
        .where(
            Employee.organisation_id == organisation_id,
            EmployeeRole.role == Role.SUPERVISOR,
            *working(last_day_reached(now)),
        )
        .order_by(Employee.id)
    )
    return [(employee_id, pay_basis is PayBasis.SALARIED) for employee_id, pay_basis in rows]


def _employees(organisation_id: UUID) -> Select[Employee, str]:
    return (
        select(Employee, Department.name)
        .join(
            Department,
            (Department.organisation_id == Employee.organisation_id)
            & (Department.id == Employee.department_id),
        )
        .where(Employee.organisation_id == organisation_id)
    )


def _facts(employee: Employee, department: str) -> EmployeeFacts:
    return EmployeeFacts(
        id=employee.id,
        organisation_id=employee.organisation_id,
        badge_number=employee.badge_number,
        name=employee.name,
        department_id=employee.department_id,
        department=department,
        employment_kind=employee.employment_kind,
        pay_basis=employee.pay_basis,
        language=employee.language,
        payroll_number=employee.payroll_number,
        contract_ends_on=employee.contract_ends_on,
        active=employee.deactivated_at is None,
    )


def list_organisations(session: Session) -> Sequence[UUID]:
    """Return the ids of all organisations."""
    return session.scalars(select(Organisation.id).order_by(Organisation.id)).all()


def find_organisation(session: Session, *, name: str) -> UUID | None:
    """Return the organisation of that name, or None; only for the operator."""
    return session.scalar(select(Organisation.id).where(Organisation.name == name))


def get_organisation_name(session: Session, *, organisation_id: UUID) -> str:
    """Return what an organisation is called."""
    return session.scalars(
        select(Organisation.name).where(Organisation.id == organisation_id)
    ).one()


def find_any_organisation(session: Session) -> UUID | None:
    """Return some organisation, None in an empty database; only for whoever sets it up."""
    return session.scalar(select(Organisation.id).limit(1))
