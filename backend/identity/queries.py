"""What may be asked about people, devices and sessions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import Prepared
from backend.identity.models import (
    Department,
    Device,
    Employee,
    EmployeeRole,
    EmploymentKind,
    EnrolmentCode,
    PayBasis,
    SessionKind,
    SignedInSession,
)
from backend.identity.permissions import Role, granted, on_phone
from backend.identity.problems import EmployeeUnknown
from backend.identity.rules import last_day_reached


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


def list_employees_by_badge(
    session: Session, *, organisation_id: UUID, badges: Collection[str]
) -> dict[str, EmployeeFacts]:
    """Return the employees with ``badges``, by badge number; unknown badges are left out."""
    rows = session.execute(
        _employees(organisation_id).where(Employee.badge_number.in_(badges))
    ).all()
    return {employee.badge_number: _facts(employee, name) for employee, name in rows}


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


def find_usable_code(session: Session, *, code_hash: bytes, now: datetime) -> UUID | None:
    """Return whose unused enrolment code this is at ``now``, or None."""
    return session.scalar(
        select(EnrolmentCode.employee_id).where(
            EnrolmentCode.code_hash == code_hash,
            EnrolmentCode.used_at.is_(None),
            EnrolmentCode.expires_at > now,
        )
    )


def find_device(session: Session, *, device_id: UUID, secret_hash: bytes) -> Device | None:
    """Return the enrolled device that proves itself with its secret, or None."""
    return session.scalar(
        select(Device).where(
            Device.secret_hash == secret_hash,
            Device.id == device_id,
            Device.revoked_at.is_(None),
        )
    )


def find_pin(
    session: Session, *, organisation_id: UUID, badge_number: str
) -> tuple[UUID, str | None] | None:
    """Return the id and PIN hash of the employee with ``badge_number``, or None."""
    row = session.execute(
        select(Employee.id, Employee.pin_hash).where(
            Employee.organisation_id == organisation_id, Employee.badge_number == badge_number
        )
    ).one_or_none()
    return row and (row[0], row[1])


def find_by_email(session: Session, *, email: str) -> Employee | None:
    """Return the employee who signs in to the console as ``email``, or None."""
    return session.scalar(select(Employee).where(Employee.email == email))


def may_work(session: Session, *, organisation_id: UUID, employee_id: UUID, now: datetime) -> bool:
    """Tell whether an employee is active and within their contract at ``now``."""
    return bool(
        session.scalar(
            select(Employee.id).where(
                Employee.organisation_id == organisation_id,
                Employee.id == employee_id,
                *_working(last_day_reached(now)),
            )
        )
    )


def _working(today: Any) -> tuple[Any, ...]:
    return (
        Employee.deactivated_at.is_(None),
        or_(Employee.contract_ends_on.is_(None), Employee.contract_ends_on >= today),
    )


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
        contract_ends_on=employee.contract_ends_on,
        active=employee.deactivated_at is None,
    )


# Run for every request of a session that was not checked within the last half second.
_LIVE_SESSION = Prepared(
    select(
        EmployeeRole.role,
        Employee.pay_basis,
        SignedInSession.kind,
        SignedInSession.device_id,
    )
    .join_from(
        SignedInSession,
        Employee,
        (Employee.organisation_id == SignedInSession.organisation_id)
        & (Employee.id == SignedInSession.employee_id),
    )
    .join(
        EmployeeRole,
        (EmployeeRole.organisation_id == Employee.organisation_id)
        & (EmployeeRole.employee_id == Employee.id),
    )
    .outerjoin(
        Device,
        (Device.organisation_id == SignedInSession.organisation_id)
        & (Device.id == SignedInSession.device_id),
    )
    .where(
        SignedInSession.organisation_id == bindparam("organisation_id"),
        SignedInSession.id == bindparam("session_id"),
        SignedInSession.employee_id == bindparam("employee_id"),
        SignedInSession.revoked_at.is_(None),
        SignedInSession.expires_at > bindparam("now"),
        Device.revoked_at.is_(None),
        *_working(bindparam("today")),
    )
)


def find_actor(
    session: Session,
    *,
    organisation_id: UUID,
    employee_id: UUID,
    session_id: UUID,
    now: datetime,
) -> Actor | None:
    """Return who acts in a session, or None when it has ended or they may no longer work.

    On a phone, where a PIN is all that protects it, roles grant what an employee or supervisor
    may do; the rest needs the console's password and one-time code.
    """
    rows = _LIVE_SESSION.run(
        session,
        organisation_id=organisation_id,
        employee_id=employee_id,
        session_id=session_id,
        now=now,
        today=last_day_reached(now),
    ).fetchall()
    if not rows:
        return None
    _, pay_basis, kind, device_id = rows[0]
    permissions = granted({Role(row[0]) for row in rows})
    return Actor(
        organisation_id=organisation_id,
        employee_id=employee_id,
        permissions=on_phone(permissions) if kind == SessionKind.PHONE else permissions,
        salaried=pay_basis == PayBasis.SALARIED,
        session_id=session_id,
        device_id=device_id and UUID(str(device_id)),
    )
