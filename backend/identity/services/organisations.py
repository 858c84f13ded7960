"""Organisations: the tenants."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.db import new_id
from backend.identity.models import Organisation


def create(session: Session, *, name: str, now: datetime) -> UUID:
    """Add an organisation and return its id; names are unique."""
    organisation_id = new_id()
    session.add(Organisation(id=organisation_id, name=name, created_at=now))
    session.flush()
    return organisation_id
