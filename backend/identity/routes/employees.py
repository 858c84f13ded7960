"""The people, for HR."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of, position_of
from backend.identity import queries
from backend.identity.permissions import Permission
from backend.identity.problems import (
    AdministratorNeeded,
    BadgeTaken,
    EmployeeInactive,
    EmployeeUnknown,
    LastAdministrator,
    OwnPayrollNumberKept,
    OwnRolesKept,
)
from backend.identity.routes.answers import one, with_roles
from backend.identity.schemas import (
    DevicesOut,
    EmployeeChangeIn,
    EmployeeIn,
    EmployeeOut,
    EmployeesArgs,
    EmployeesOut,
    EnrolmentCodeOut,
)
from backend.identity.services import personnel
from backend.identity.services.employees import NewEmployee
from backend.identity.services.enrolment import IssuedCode

MANAGE = Permission.MANAGE_EMPLOYEES

routes = Routes("employees", __name__, description="The people who work here, for HR")


@routes.query("/employees", may=MANAGE, answers=EmployeesOut(), args=EmployeesArgs())
def list_employees(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List employees by badge number; search by name or badge, filter by department and state."""
    position = position_of(args.get("cursor"), str)
    found = queries.list_employees(
        call.session,
        organisation_id=call.actor.organisation_id,
        wanted=_wanted(args),
        after=position[0] if position else None,
        limit=args["limit"] + 1,
    )
    page = page_of(found, limit=args["limit"], position=lambda employee: [employee.badge_number])
    return {**page, "items": with_roles(call, page["items"])}


def _wanted(args: dict[str, Any]) -> queries.Wanted:
    return queries.Wanted(
        text=args.get("q"), department=args.get("department"), active=args.get("active")
    )


@routes.query(
    "/employees/<uuid:employee_id>",
    may=MANAGE,
    answers=EmployeeOut(),
    raises=(EmployeeUnknown,),
)
def get_employee(call: Call, employee_id: UUID) -> dict[str, Any]:
    """Tell one employee's facts."""
    return one(call, employee_id)


@routes.command(
    "POST /employees",
    may=MANAGE,
    takes=EmployeeIn(),
    answers=EmployeeOut(),
    status=201,
    raises=(BadgeTaken, AdministratorNeeded),
)
def hire_employee(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Add an employee; the department is added when it is new."""
    new = NewEmployee(**body)
    return one(call, personnel.hire(call.session, actor=call.actor, new=new, now=call.now))


@routes.command(
    "PATCH /employees/<uuid:employee_id>",
    may=MANAGE,
    takes=EmployeeChangeIn(),
    answers=EmployeeOut(),
    raises=(
        EmployeeUnknown,
        OwnRolesKept,
        OwnPayrollNumberKept,
        AdministratorNeeded,
        LastAdministrator,
    ),
)
def change_employee(call: Call, body: dict[str, Any], employee_id: UUID) -> dict[str, Any]:
    """Change an employee; deactivating ends every session of theirs within a second."""
    personnel.change(
        call.session, actor=call.actor, employee_id=employee_id, changes=body, now=call.now
    )
    return one(call, employee_id)


@routes.command(
    "POST /employees/<uuid:employee_id>/enrolment-codes",
    may=MANAGE,
    answers=EnrolmentCodeOut(),
    status=201,
    raises=(EmployeeUnknown, EmployeeInactive, AdministratorNeeded),
)
def issue_enrolment_code(call: Call, employee_id: UUID) -> IssuedCode:
    """Issue a one-time code to enrol a phone, good for seven days; older ones expire at once."""
    return personnel.issue_code(
        call.session, actor=call.actor, employee_id=employee_id, now=call.now
    )


@routes.query(
    "/employees/<uuid:employee_id>/devices",
    may=MANAGE,
    answers=DevicesOut(),
    raises=(EmployeeUnknown,),
)
def list_employee_devices(call: Call, employee_id: UUID) -> dict[str, Any]:
    """List the phones that an employee has enrolled or signed in on."""
    whose = {"organisation_id": call.actor.organisation_id, "employee_id": employee_id}
    queries.get_employee(call.session, **whose)
    return {"items": queries.list_devices(call.session, **whose)}
