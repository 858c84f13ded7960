"""What may be asked about people, devices and sessions.

Other domains get `EmployeeFacts`; the rest is for identity itself.
"""

from backend.identity.queries.audit import Act, WantedActs, list_acts
from backend.identity.queries.credentials import (
    DeviceFacts,
    find_by_email,
    find_device,
    find_pin,
    find_usable_code,
    list_devices,
)
from backend.identity.queries.employees import (
    EmployeeFacts,
    Wanted,
    find_any_organisation,
    find_by_badge,
    find_department,
    get_employee,
    get_organisation_name,
    list_badges,
    list_employees,
    list_employees_by_badge,
    list_holders,
    list_organisations,
    list_roles,
    list_roles_by_employee,
    lock_administrators,
    lock_employee,
    may_work,
)
from backend.identity.queries.sessions import MOST_ASKED, find_actor, list_actors, list_phones

__all__ = [
    "MOST_ASKED",
    "Act",
    "DeviceFacts",
    "EmployeeFacts",
    "Wanted",
    "WantedActs",
    "find_actor",
    "find_any_organisation",
    "find_by_badge",
    "find_by_email",
    "find_department",
    "find_device",
    "find_pin",
    "find_usable_code",
    "get_employee",
    "get_organisation_name",
    "list_actors",
    "list_acts",
    "list_badges",
    "list_devices",
    "list_employees",
    "list_employees_by_badge",
    "list_holders",
    "list_organisations",
    "list_phones",
    "list_roles",
    "list_roles_by_employee",
    "lock_administrators",
    "lock_employee",
    "may_work",
]
