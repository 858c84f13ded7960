"""Departments: they exist as soon as somebody works in them."""

from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.identity import queries
from backend.identity.models import Department


def get_or_add(session: Session, *, organisation_id: UUID, name: str) -> UUID:
    """Return the department of that name, added if it is new."""
    found = queries.find_department(session, organisation_id=organisation_id, name=name)
    if found:
        return found
    department_id = new_id()
    session.add(Department(organisation_id=organisation_id, id=department_id, name=name))
    session.flush()
    return department_id
