"""Who is acting: what a request may know about the person behind it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Actor:
    """An employee acting for one organisation, as proven by a session.

    ``permissions`` holds the values of ``identity.permissions.Permission`` that the roles grant.
    ``salaried`` staff may greet whenever an event is on; hourly staff only within a shift.
    """

    organisation_id: UUID
    employee_id: UUID
    permissions: frozenset[StrEnum]
    salaried: bool = False
    session_id: UUID | None = None
    device_id: UUID | None = None

    def may(self, permission: StrEnum) -> bool:
        """Tell whether one of the actor's roles grants ``permission``."""
        return permission in self.permissions
