"""What HR does with people: who may do it to whom is decided here, and written to the audit."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.identity import queries
from backend.identity.models import Device
from backend.identity.permissions import PRIVILEGED, Permission, Role
from backend.identity.problems import (
    AdministratorNeeded,
    DeviceUnknown,
    LastAdministrator,
    OwnPayrollNumberKept,
    OwnRolesKept,
)
from backend.identity.rules import is_same_person, last_day_reached
from backend.identity.services import employees, enrolment, sessions


def hire(session: Session, *, actor: Actor, new: employees.NewEmployee, now: datetime) -> UUID:
    """Add an employee and return their id. Raises BadgeTaken, AdministratorNeeded."""
    _ask_for_administrator(actor, new.roles)
    employee_id = employees.hire(session, organisation_id=actor.organisation_id, new=new, now=now)
    detail = {"badge_number": new.badge_number, "roles": sorted(new.roles)}
    _record(session, actor, "employee.hired", employee_id, now, detail)
    return employee_id


def change(
    session: Session,
    *,
    actor: Actor,
    employee_id: UUID,
    changes: Mapping[str, Any],
    now: datetime,
) -> None:
    """Change an employee: the fields of `employees.change`, and ``roles`` and ``active``.

    Raises EmployeeUnknown, OwnRolesKept, OwnPayrollNumberKept, AdministratorNeeded,
    LastAdministrator.
    """
    whose = {"organisation_id": actor.organisation_id, "employee_id": employee_id}
    fields = dict(changes)
    roles, active = fields.pop("roles", None), fields.pop("active", None)
    last_day = fields.get("contract_ends_on")
    over = last_day is not None and last_day < last_day_reached(now)
    if employee_id == actor.employee_id and (roles is not None or active is not None or over):
        raise OwnRolesKept
    administrators = queries.lock_administrators(session, organisation_id=actor.organisation_id)
    before = queries.list_roles(session, **whose)
    _ask_for_administrator(actor, [*before, *(roles or ())])
    if "payroll_number" in fields:
        _refuse_own_number(session, actor, employee_id, fields["payroll_number"])
    demoted = roles is not None and Role.ADMIN not in roles
    goes = active is False or demoted or last_day is not None
    if goes and administrators == {employee_id}:
        raise LastAdministrator
    changed = employees.change(session, **whose, changes=fields)
    if changed:
        detail = {name: str(value) for name, value in changed.items()}
        _record(session, actor, "employee.changed", employee_id, now, detail)
    if roles is not None and set(roles) != before:
        employees.set_roles(session, **whose, roles=roles)
        turn = {"before": sorted(before), "after": sorted(set(roles))}
        _record(session, actor, "employee.roles_changed", employee_id, now, turn)
    if active is False and employees.deactivate(session, **whose, now=now):
        _record(session, actor, "employee.deactivated", employee_id, now)
    if active is True and employees.reactivate(session, **whose):
        _record(session, actor, "employee.reactivated", employee_id, now)


def issue_code(
    session: Session, *, actor: Actor, employee_id: UUID, now: datetime
) -> enrolment.IssuedCode:
    """Issue an enrolment code. Raises EmployeeUnknown, EmployeeInactive, AdministratorNeeded."""
    whose = {"organisation_id": actor.organisation_id, "employee_id": employee_id}
    _ask_for_administrator(actor, queries.list_roles(session, **whose))
    issued = enrolment.issue_code(session, **whose, issued_by=actor.employee_id, now=now)
    _record(session, actor, "employee.enrolment_code_issued", employee_id, now)
    return issued


def revoke_device(session: Session, *, actor: Actor, device_id: UUID, now: datetime) -> None:
    """Revoke a device and end its sessions; raises DeviceUnknown."""
    device = session.get(
        Device, (actor.organisation_id, device_id), with_for_update={"key_share": True}
    )
    if device is None:
        raise DeviceUnknown
    if device.revoked_at:
        return
    device.revoked_at = now
    session.flush()
    sessions.end_all_on_device(
        session,
        organisation_id=actor.organisation_id,
        device_id=device_id,
        because="device_revoked",
        now=now,
    )
    _record(session, actor, "device.revoked", device_id, now)


def _refuse_own_number(
    session: Session, actor: Actor, employee_id: UUID, number: str | None
) -> None:
    """Let nobody become another person, on this account or on a second one of theirs."""
    numbers = queries.list_payroll_numbers(
        session,
        organisation_id=actor.organisation_id,
        employee_ids=[actor.employee_id, employee_id],
    )
    mine, theirs = numbers[actor.employee_id], numbers.get(employee_id)
    own = employee_id == actor.employee_id or is_same_person(mine, theirs)
    if own and number != theirs:
        raise OwnPayrollNumberKept


def _ask_for_administrator(actor: Actor, roles: Collection[Role]) -> None:
    if not PRIVILEGED.isdisjoint(roles) and not actor.may(Permission.MANAGE_ADMINISTRATORS):
        raise AdministratorNeeded


def _record(
    session: Session,
    actor: Actor,
    act: str,
    subject_id: UUID,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    audit.record(session, actor=actor, act=act, subject_id=subject_id, now=now, detail=detail)
