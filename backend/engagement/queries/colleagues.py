"""Colleagues who may be asked: free ones on shift, the nearest first, and supervisors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, case, select
from sqlalchemy.orm import Session

from backend.engagement.models import PostCover, Workload
from backend.foundation.prepared import ONE_ROW, Prepared
from backend.identity.queries import list_supervisors, still_works
from backend.identity.rules import last_day_reached
from backend.venues.queries import (
    NEAR_ZONES,
    ON_SHIFT,
    ON_SHIFT_NEAR,
    list_on_shift,
    recall_distances,
)
from backend.venues.rules import NEXT

# For whoever asks where nobody is to be left out.
NOBODY = UUID(int=0)
_OWNER: Any = bindparam("organisation_id")
_ME: Any = bindparam("me")
_POST: Any = bindparam("post_id")


def _covers(*conditions: ColumnElement[bool]) -> Select[UUID]:
    return select(PostCover.id).where(
        PostCover.organisation_id == _OWNER, PostCover.ended_at.is_(None), *conditions
    )


def _none(found: Select[UUID]) -> ColumnElement[bool]:
    """Return whether there is none of what is ``found`` for a row.

    Not as NOT EXISTS, which PostgreSQL joins as it sees fit, and without statistics, as on the
    first evening, that was a hundred times slower than looking each of a few people up.
    """
    return found.limit(ONE_ROW).scalar_subquery().is_(None)


def _free(on_shift: Select[UUID, UUID, UUID]) -> Select[UUID, UUID, UUID]:
    """Return those who are ``on_shift`` and have nothing to do.

    Whoever is asked for something already is not asked for more, until that is answered.
    """
    who = on_shift.selected_columns.employee_id
    in_hand = select(Workload.employee_id).where(
        Workload.organisation_id == _OWNER, Workload.employee_id == who, Workload.in_hand > 0
    )
    return on_shift.where(
        who != _ME,
        still_works(who, organisation_id=_OWNER, today=bindparam("today")),
        _none(in_hand),
        _none(_covers(PostCover.left_by == who)),
        _none(_covers(PostCover.covered_by == who)),
        _none(_covers(PostCover.asked_id == who, PostCover.covered_by.is_(None))),
    )


def _nearest() -> Select[UUID]:
    columns = ON_SHIFT_NEAR.selected_columns
    at_the_same_post = columns.post_id == _POST
    in_the_same_zone = columns.zone_id == bindparam(NEAR_ZONES[0])
    return (
        _free(ON_SHIFT_NEAR)
        .with_only_columns(columns.employee_id)
        .order_by(case((at_the_same_post, 0), (in_the_same_zone, 1), else_=2), columns.employee_id)
        .limit(ONE_ROW)
    )


_FIND = Prepared(_nearest())
# Every request that takes somebody away asks this, so it is one statement.
_LOOK = Prepared(
    select(
        _nearest().scalar_subquery(),
        _covers(PostCover.left_by == _ME, PostCover.post_id == _POST).exists(),
        _covers(PostCover.covered_by == _ME).exists(),
    )
)
_LIST = Prepared(_free(ON_SHIFT))


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
    return dict(zip(NEAR_ZONES, zones, strict=False))


def _distances(session: Session, spot: Spot) -> dict[UUID, int]:
    return recall_distances(
        session,
        organisation_id=spot.organisation_id,
        venue_id=spot.venue_id,
        zone_id=spot.zone_id,
    )
