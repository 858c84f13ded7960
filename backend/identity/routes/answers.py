"""How people are answered."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from backend.foundation.http import Call
from backend.identity import queries
from backend.identity.queries import EmployeeFacts


def with_roles(call: Call, employees: Sequence[EmployeeFacts]) -> list[dict[str, Any]]:
    """Return employees with their roles, as the API gives them."""
    roles = queries.list_roles_by_employee(
        call.session,
        organisation_id=call.actor.organisation_id,
        employee_ids=[employee.id for employee in employees],
    )
    return [{**vars(employee), "roles": roles[employee.id]} for employee in employees]


def one(call: Call, employee_id: UUID) -> dict[str, Any]:
    """Return one employee with roles; raises EmployeeUnknown."""
    employee = queries.get_employee(
        call.session, organisation_id=call.actor.organisation_id, employee_id=employee_id
    )
    return with_roles(call, [employee])[0]
