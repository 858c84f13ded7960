"""Who decides is somebody else: another account, and another person behind it.

Two accounts of one person have one payroll number. Where it matters it must be known, and what
was decided keeps it as it was at that moment.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.identity.queries import list_payroll_numbers
from backend.identity.rules import is_same_person
from backend.rewards.problems import PersonUnknown


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """Who decides, and on whom, with the payroll numbers that they have now."""

    actor_id: UUID
    employee_id: UUID
    actor_number: str | None
    employee_number: str | None

    @property
    def is_one(self) -> bool:
        """Tell whether both are one account, or two of one person."""
        same = is_same_person(self.actor_number, self.employee_number)
        return same or self.actor_id == self.employee_id

    @property
    def persons(self) -> tuple[str, str]:
        """Return which persons they are, the one who decides first; raises PersonUnknown."""
        if self.actor_number is None:
            raise PersonUnknown(employee_id=str(self.actor_id))
        if self.employee_number is None:
            raise PersonUnknown(employee_id=str(self.employee_id))
        return self.actor_number, self.employee_number


def pair(session: Session, *, actor: Actor, employee_id: UUID) -> Pair:
    """Return ``actor`` who decides on something of an employee."""
    numbers = list_payroll_numbers(
        session,
        organisation_id=actor.organisation_id,
        employee_ids=[actor.employee_id, employee_id],
    )
    return Pair(
        actor_id=actor.employee_id,
        employee_id=employee_id,
        actor_number=numbers[actor.employee_id],
        employee_number=numbers[employee_id],
    )
