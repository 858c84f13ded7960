"""What requests and ratings were about, for whoever decides over what they earned."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import null, select
from sqlalchemy.orm import Session

from backend.engagement.models import Rating, Request
from backend.engagement.rules import Category
from backend.venues.models import Zone


@dataclass(frozen=True, kw_only=True, slots=True)
class Deed:
    """A request: what was needed and where; ``stars`` are those of its rating, where that paid."""

    request_id: UUID
    category: Category
    zone: str
    seat: str | None
    stars: int | None


def find_deeds(
    session: Session, *, organisation_id: UUID, source_ids: Collection[UUID]
) -> dict[UUID, Deed]:
    """Return what the requests and ratings among ``source_ids`` were about, by those ids."""
    zone = (Zone.organisation_id == Request.organisation_id) & (Zone.id == Request.zone_id)
    about = (Request.id, Request.category, Zone.name, Request.seat)
    requests = (
        select(Request.id, null(), *about)
        .join(Zone, zone)
        .where(Request.organisation_id == organisation_id, Request.id.in_(source_ids))
    )
    ratings = (
        select(Rating.id, Rating.stars, *about)
        .join(
            Request,
            (Request.organisation_id == Rating.organisation_id) & (Request.id == Rating.request_id),
        )
        .join(Zone, zone)
        .where(Rating.organisation_id == organisation_id, Rating.id.in_(source_ids))
    )
    return {
        source_id: Deed(
            request_id=request_id, category=category, zone=its_zone, seat=seat, stars=stars
        )
        for query in (requests, ratings)
        for source_id, stars, request_id, category, its_zone, seat in session.execute(query)
    }
