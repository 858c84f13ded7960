"""Who decides is somebody else: another account, and another person behind it.

Two accounts of one person have one payroll number. Where it matters it must be known, and what
was decided keeps it as it was at that moment.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.identity.problems import PersonUnknown
from backend.identity.queries import list_payroll_numbers
from backend.identity.rules import is_same_person


@dataclass(frozen=True, kw_only=True, slots=True)
class Circle:
    """Who acts, and the accounts whom it concerns, with the payroll numbers they have now.

    ``known`` are those whom it concerned before: who they were counts as much as who they are.
    """

    actor_id: UUID
    concerned: Collection[UUID]
    numbers: Mapping[UUID, str | None]
    known: Collection[str | None]

    @property
    def has_actor(self) -> bool:
        """Tell whether it concerns the one who acts, on this account or on another of theirs."""
        mine = self.numbers[self.actor_id]
        persons = (*self.known, *(self.numbers[account] for account in self.concerned))
        return self.actor_id in self.concerned or any(
            is_same_person(mine, person) for person in persons
        )

    @property
    def actor_person(self) -> str:
        """Return which person acts; raises PersonUnknown."""
        return self.person_of(self.actor_id)

    def person_of(self, account: UUID) -> str:
        """Return which person an account of this circle belongs to; raises PersonUnknown."""
        number = self.numbers[account]
        if number is None:
            raise PersonUnknown(employee_id=str(account))
        return number


def around(
    session: Session,
    *,
    actor: Actor,
    concerned: Collection[UUID],
    known: Collection[str | None] = (),
) -> Circle:
    """Return ``actor`` and the accounts that are ``concerned`` by what they do.

    ``known`` are the payroll numbers of those whom it concerned when it was asked for or decided.
    """
    numbers = list_payroll_numbers(
        session,
        organisation_id=actor.organisation_id,
        employee_ids=[actor.employee_id, *concerned],
    )
    return Circle(actor_id=actor.employee_id, concerned=concerned, numbers=numbers, known=known)
