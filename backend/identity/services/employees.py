"""Employees: hired, changed, deactivated. Whether somebody may do so is asked in `personnel`."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.identity import queries
from backend.identity.models import Employee, EmployeeRole
from backend.identity.permissions import Role
from backend.identity.problems import BadgeTaken
from backend.identity.rules import EmploymentKind, PayBasis
from backend.identity.services import departments, protected_groups, sessions


@dataclass(frozen=True, kw_only=True)
class NewEmployee:
    """Somebody to hire; the department is added when it is new."""

    badge_number: str
    name: str
    department: str
    employment_kind: EmploymentKind
    pay_basis: PayBasis
    roles: Collection[Role] = (Role.EMPLOYEE,)
    language: str = "en"
    contract_ends_on: date | None = None
    payroll_number: str | None = None


def hire(session: Session, *, organisation_id: UUID, new: NewEmployee, now: datetime) -> UUID:
    """Add an employee and return their id; raises BadgeTaken."""
    if queries.find_by_badge(
        session, organisation_id=organisation_id, badge_number=new.badge_number
    ):
        raise BadgeTaken
    employee = Employee(
        organisation_id=organisation_id,
        id=new_id(),
        badge_number=new.badge_number,
        name=new.name,
        department_id=departments.get_or_add(
            session, organisation_id=organisation_id, name=new.department
        ),
        employment_kind=new.employment_kind,
        pay_basis=new.pay_basis,
        language=new.language,
        payroll_number=new.payroll_number,
        contract_ends_on=new.contract_ends_on,
        created_at=now,
    )
    session.add(employee)
    session.flush()
    _add_roles(session, organisation_id, employee.id, new.roles)
    return employee.id


def change(
    session: Session, *, organisation_id: UUID, employee_id: UUID, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Set ``name``, ``department``, ``employment_kind``, ``pay_basis``, ``contract_ends_on``,
    ``payroll_number`` or ``language``; return what has really changed. Raises EmployeeUnknown.
    """
    employee = queries.lock_employee(
        session, organisation_id=organisation_id, employee_id=employee_id
    )
    values = dict(changes)
    if "department" in values:
        values["department_id"] = departments.get_or_add(
            session, organisation_id=organisation_id, name=values.pop("department")
        )
    changed = {name: value for name, value in values.items() if getattr(employee, name) != value}
    for name, value in changed.items():
        setattr(employee, name, value)
    session.flush()
    return changed


def set_roles(
    session: Session, *, organisation_id: UUID, employee_id: UUID, roles: Iterable[Role]
) -> None:
    """Replace the roles of an employee; they count from the next check of each session."""
    session.execute(
        delete(EmployeeRole).where(
            EmployeeRole.organisation_id == organisation_id,
            EmployeeRole.employee_id == employee_id,
        )
    )
    _add_roles(session, organisation_id, employee_id, roles)


def deactivate(
    session: Session, *, organisation_id: UUID, employee_id: UUID, now: datetime
) -> bool:
    """Lock an employee out and end their sessions; tell whether they were active before.

    In which protected groups they are goes with them. Raises EmployeeUnknown.
    """
    employee = queries.lock_employee(
        session, organisation_id=organisation_id, employee_id=employee_id
    )
    if employee.deactivated_at:
        return False
    employee.deactivated_at = now
    session.flush()
    sessions.end_all_of_employee(
        session,
        organisation_id=organisation_id,
        employee_id=employee_id,
        because="deactivated",
        now=now,
    )
    protected_groups.forget_employee(
        session, organisation_id=organisation_id, employee_id=employee_id
    )
    return True


def reactivate(session: Session, *, organisation_id: UUID, employee_id: UUID) -> bool:
    """Let an employee sign in again; tell whether they were inactive before.

    Their old sessions stay ended. Raises EmployeeUnknown.
    """
    employee = queries.lock_employee(
        session, organisation_id=organisation_id, employee_id=employee_id
    )
    was_inactive = employee.deactivated_at is not None
    employee.deactivated_at = None
    session.flush()
    return was_inactive


def _add_roles(
    session: Session, organisation_id: UUID, employee_id: UUID, roles: Iterable[Role]
) -> None:
    session.add_all(
        EmployeeRole(organisation_id=organisation_id, employee_id=employee_id, role=role)
        for role in sorted(set(roles))
    )
    session.flush()
