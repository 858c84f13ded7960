"""What requests were about, for whoever decides over what they earned."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Request
from backend.engagement.rules import Category
from backend.venues.models import Zone


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """What somebody needed, and where."""

    category: Category
    zone: str
    seat: str | None


def find_needs(
    session: Session, *, organisation_id: UUID, request_ids: Collection[UUID]
) -> dict[UUID, Need]:
    """Return what requests were about, by their ids."""
    query = (
        select(Request.id, Request.category, Zone.name, Request.seat)
        .join(
            Zone, (Zone.organisation_id == Request.organisation_id) & (Zone.id == Request.zone_id)
        )
        .where(Request.organisation_id == organisation_id, Request.id.in_(request_ids))
    )
    return {
        request_id: Need(category=category, zone=zone, seat=seat)
        for request_id, category, zone, seat in session.execute(query)
    }
