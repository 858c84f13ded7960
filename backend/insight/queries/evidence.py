"""What requests and ratings were about, for whoever decides over what they earned."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, null, select
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
    about = (Request.category, Zone.name.label("zone"), Request.seat)
    its_zone = (Zone.organisation_id == Request.organisation_id) & (Zone.id == Request.zone_id)
    its_request = (Request.organisation_id == Rating.organisation_id) & (
        Request.id == Rating.request_id
    )
    requests = _sourced(Request.id, Request.id, null()).add_columns(*about).join(Zone, its_zone)
    ratings = (
        _sourced(Rating.id, Rating.request_id, Rating.stars)
        .add_columns(*about)
        .join(Request, its_request)
        .join(Zone, its_zone)
    )
    found: dict[UUID, Deed] = {}
    for query, owner, key in (
        (requests, Request.organisation_id, Request.id),
        (ratings, Rating.organisation_id, Rating.id),
    ):
        for row in session.execute(query.where(owner == organisation_id, key.in_(source_ids))):
            told = dict(row._mapping)
            found[told.pop("source_id")] = Deed(**told)
    return found


def _sourced(source: Any, request: Any, stars: ColumnElement[Any] | Any) -> Any:
    return select(source.label("source_id"), request.label("request_id"), stars.label("stars"))
