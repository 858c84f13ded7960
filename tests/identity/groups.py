"""Protected groups as HR imports them."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.identity.models import Employee, ProtectedGroup
from backend.identity.queries.protected_groups import AttributeFacts
from backend.identity.services.protected_groups import Stated, import_groups
from tests.factories import NOW, Arena, make_employee

HEADER = "badge_number,group"
PURPOSE = "To see whether they are rated alike."
LATER = date(2027, 3, 1)


def stated(attribute: str = "Age band", *, until: date = LATER) -> Stated:
    return Stated(attribute=attribute, purpose=PURPOSE, deleted_on=until)


def badges_of(session: Session, people: Iterable[Actor]) -> list[str]:
    return [
        session.get_one(Employee, (one.organisation_id, one.employee_id)).badge_number
        for one in people
    ]


def make_people(session: Session, arena: Arena, number: int) -> list[Actor]:
    return [make_employee(session, arena, name=f"Person {n}") for n in range(number)]


def put_in(
    session: Session,
    hr: Actor,
    groups: dict[str, list[Actor]],
    *,
    said: Stated | None = None,
    now: datetime = NOW,
) -> AttributeFacts:
    """Import groups of people as HR does."""
    rows = [f"{badge},{group}" for group, of in groups.items() for badge in badges_of(session, of)]
    return import_groups(
        session,
        actor=hr,
        stated=said or stated(),
        text="\n".join((HEADER, *rows)),
        now=now,
    )


def kept_of(session: Session, organisation_id: UUID) -> dict[UUID, str]:
    """Return the group by employee of an organisation with one attribute."""
    rows = session.execute(
        select(ProtectedGroup.employee_id, ProtectedGroup.name).where(
            ProtectedGroup.organisation_id == organisation_id
        )
    )
    return dict(rows.all())


def make_attributes(session: Session, hr: Actor, *, now: datetime) -> list[str]:
    """Import groups of three attributes, for as long as they may be kept, and return their ids."""
    arena_people = session.scalars(
        select(Employee.badge_number).where(
            Employee.organisation_id == hr.organisation_id, Employee.deactivated_at.is_(None)
        )
    ).all()
    made = [
        import_groups(
            session,
            actor=hr,
            stated=stated(name, until=now.date() + timedelta(days=300)),
            text="\n".join((HEADER, *(f"{badge},all" for badge in arena_people))),
            now=now,
        )
        for name in ("Age band", "Gender", "Origin")
    ]
    return [str(one.id) for one in made]
