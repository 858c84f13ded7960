"""Colleagues who may be asked: free ones on shift, the nearest first, and supervisors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, or_, select
from sqlalchemy.orm import Session

from backend.engagement.models import PostCover, Workload
from backend.foundation.prepared import Prepared
from backend.identity.queries import list_supervisors, still_works
from backend.identity.rules import last_day_reached
from backend.venues.queries import ON_SHIFT, list_on_shift, recall_distances
from backend.venues.rules import NEXT

_OWNER: Any = bindparam("organisation_id")
_ME: Any = bindparam("me")
_who, _post, _zone = (
    ON_SHIFT.selected_columns[name] for name in ("employee_id", "post_id", "zone_id")
)
# A zone has two neighbours at most; where it has fewer, its own stands in for them.
_ZONES = ("zone_0", "zone_1", "zone_2")


def _open_cover(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(PostCover.id)
        .where(PostCover.organisation_id == _OWNER, PostCover.ended_at.is_(None), *conditions)
        .exists()
    )


# Whoever is asked for something already is not asked for more, until that is answered.
_FREE = ON_SHIFT.where(
    _who != _ME,
    still_works(_who, organisation_id=_OWNER, today=bindparam("today")),
    ~select(Workload.employee_id)
    .where(Workload.organisation_id == _OWNER, Workload.employee_id == _who, Workload.in_hand > 0)
    .exists(),
    ~_open_cover(PostCover.left_by == _who),
    ~_open_cover(PostCover.covered_by == _who),
    ~_open_cover(PostCover.asked_id == _who, PostCover.covered_by.is_(None)),
)
_NEAREST = (
    _FREE.with_only_columns(_who)
    .where(or_(*(_zone == bindparam(name) for name in _ZONES)))
    .order_by(
        case((_post == bindparam("post_id"), 0), (_zone == bindparam("zone_0"), 1), else_=2), _who
    )
    .limit(1)
)
_FIND = Prepared(_NEAREST)
# Every request that takes somebody away asks this, so it is one statement.
_LOOK = Prepared(
    select(
        _NEAREST.scalar_subquery(),
        _open_cover(PostCover.left_by == _ME, PostCover.post_id == bindparam("post_id")),
        _open_cover(PostCover.covered_by == _ME),
    )
)
_LIST = Prepared(_FREE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A post at an event, as somebody looks around from there."""

    organisation_id: UUID
    event_id: UUID
    venue_id: UUID
    zone_id: UUID
    post_id: UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What somebody leaves behind who leaves a post: who could stand in, and what they are in."""

    nearest: UUID | None
    is_away: bool
    is_covering: bool


def look_around(session: Session, *, spot: Spot, employee_id: UUID, now: datetime) -> Look:
    """Return what must be known when ``employee_id`` leaves the post of ``spot``."""
    values = _values(spot, employee_id, now) | _near(session, spot)
    found = _LOOK.first(session, **values)
    nearest, is_away, is_covering = found or (None, False, False)
    return Look(nearest=nearest, is_away=bool(is_away), is_covering=bool(is_covering))


def find_nearest(session: Session, *, spot: Spot, besides: UUID, now: datetime) -> UUID | None:
    """Return the nearest free colleague on shift, of the same zone or the next, or None.

    Nearest is the same post, then the same zone.
    """
    found = _FIND.first(session, **_values(spot, besides, now), **_near(session, spot))
    return found[0] if found else None


def list_free(session: Session, *, spot: Spot, besides: UUID, now: datetime) -> dict[UUID, int]:
    """Return every free colleague on shift at the event and how many zones away, nearest first.

    Those in a zone of another kind come last, as far away as the whole venue is large.
    """
    distances = _distances(session, spot)
    rows = _LIST.all(session, **_values(spot, besides, now, with_post=False))
    found = {
        employee_id: (distances.get(zone_id, len(distances) + NEXT), post_id != spot.post_id)
        for employee_id, post_id, zone_id in rows
    }
    nearest_first = sorted(found, key=lambda who: (*found[who], who))
    return {who: found[who][0] for who in nearest_first}


def list_supervisors_on_duty(
    session: Session, *, organisation_id: UUID, event_id: UUID, now: datetime
) -> list[UUID]:
    """Return the supervisors who are on shift at an event, and those who are salaried."""
    known = list_supervisors(session, organisation_id=organisation_id, now=now)
    on_shift = list_on_shift(session, organisation_id=organisation_id, event_id=event_id, at=now)
    return [who for who, salaried in known if salaried or who in on_shift]


def _values(spot: Spot, me: UUID, now: datetime, *, with_post: bool = True) -> dict[str, Any]:
    values = {
        "organisation_id": spot.organisation_id,
        "event_id": spot.event_id,
        "at": now,
        "today": last_day_reached(now),
        "me": me,
    }
    return values | {"post_id": spot.post_id} if with_post else values


def _near(session: Session, spot: Spot) -> dict[str, UUID]:
    near = [zone for zone, far in _distances(session, spot).items() if far == NEXT]
    zones = [spot.zone_id, *near, spot.zone_id, spot.zone_id]
    return dict(zip(_ZONES, zones, strict=False))


def _distances(session: Session, spot: Spot) -> dict[UUID, int]:
    return recall_distances(
        session,
        organisation_id=spot.organisation_id,
        venue_id=spot.venue_id,
        zone_id=spot.zone_id,
    )
