"""What is kept of protected groups, without saying of anybody but the reader who is in which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.identity.models import ProtectedAttribute, ProtectedGroup
from backend.identity.problems import ProtectedAttributeUnknown
from backend.identity.rules import newest_day


@dataclass(frozen=True, kw_only=True, slots=True)
class AttributeFacts:
    """An attribute by which protected groups are compared, why, and until when.

    ``people`` is how many the file had. From the day ``deleted_on`` on nothing of it is kept.
    """

    id: UUID
    name: str
    purpose: str
    deleted_on: date
    imported_at: datetime
    people: int


def list_attributes(
    session: Session, *, organisation_id: UUID, now: datetime
) -> Sequence[AttributeFacts]:
    """Return the attributes whose day has not come, by name."""
    rows = session.scalars(
        select(ProtectedAttribute)
        .where(
            ProtectedAttribute.organisation_id == organisation_id,
            ProtectedAttribute.deleted_on > newest_day(now),
        )
        .order_by(ProtectedAttribute.name)
    )
    return [_facts(row) for row in rows]


def list_own_groups(
    session: Session, *, organisation_id: UUID, employee_id: UUID
) -> Sequence[dict[str, Any]]:
    """Return in which groups an employee is, why that is kept, and until when."""
    rows = session.execute(
        select(
            ProtectedAttribute.name.label("attribute"),
            ProtectedGroup.name.label("group"),
            ProtectedAttribute.purpose,
            ProtectedAttribute.imported_at,
            ProtectedAttribute.deleted_on,
        )
        .join(
            ProtectedAttribute,
            (ProtectedAttribute.organisation_id == ProtectedGroup.organisation_id)
            & (ProtectedAttribute.id == ProtectedGroup.attribute_id),
        )
        .where(
            ProtectedGroup.organisation_id == organisation_id,
            ProtectedGroup.employee_id == employee_id,
        )
        .order_by(ProtectedAttribute.name)
    )
    return [dict(row._mapping) for row in rows]


def lock_attribute(
    session: Session, *, organisation_id: UUID, attribute_id: UUID
) -> AttributeFacts:
    """Return an attribute that nobody else may delete now; raises ProtectedAttributeUnknown."""
    row = session.scalar(
        select(ProtectedAttribute)
        .where(
            ProtectedAttribute.organisation_id == organisation_id,
            ProtectedAttribute.id == attribute_id,
        )
        .with_for_update()
    )
    if row is None:
        raise ProtectedAttributeUnknown
    return _facts(row)


def lock_attributes(session: Session, *, organisation_id: UUID) -> Sequence[AttributeFacts]:
    """Return all that are there, whether or not their day has come; nobody else may delete them."""
    rows = session.scalars(
        select(ProtectedAttribute)
        .where(ProtectedAttribute.organisation_id == organisation_id)
        .order_by(ProtectedAttribute.id)
        .with_for_update()
    )
    return [_facts(row) for row in rows]


def lock_due_attributes(
    session: Session, *, now: datetime, limit: int
) -> Sequence[tuple[UUID, AttributeFacts]]:
    """Return (organisation, attribute) of those whose day has come, that no other has in hand."""
    rows = session.scalars(
        select(ProtectedAttribute)
        .where(ProtectedAttribute.deleted_on <= newest_day(now))
        .order_by(ProtectedAttribute.organisation_id, ProtectedAttribute.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.organisation_id, _facts(row)) for row in rows]


def _facts(row: ProtectedAttribute) -> AttributeFacts:
    return AttributeFacts(
        id=row.id,
        name=row.name,
        purpose=row.purpose,
        deleted_on=row.deleted_on,
        imported_at=row.imported_at,
        people=row.people,
    )
