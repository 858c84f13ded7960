"""What was seen before an answer, and which answers came from phones alike."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, bindparam, case, cast, func, select
from sqlalchemy.orm import Session

from backend.foundation.inserts import PreparedInsert
from backend.integrity.models import SightingRow
from backend.integrity.rules.suspicions import (
    ALIKE_WITHIN,
    BURST_WITHIN,
    Before,
    Sighting,
    day_span,
)

_ROWS = PreparedInsert(SightingRow)
# More than one employee is ever rated in ten minutes.
_NEXT = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """A rating of an employee, and when it came."""

    rating_id: UUID
    employee_id: UUID
    at: datetime


def counting_before(organisation_id: Any, employee_id: Any) -> Any:
    """Return the column from which `before_of` reads, for a query that has the ids as columns.

    It is part of the one look that a rating has at its code; `values_of` gives its values. Three
    counts are one number, since three columns would be three looks at the same rows.
    """
    since = bindparam("alike_since", type_=SightingRow.seen_at.type)
    lately = SightingRow.seen_at > bindparam("burst_since", type_=SightingRow.seen_at.type)
    one = (
        _one_if(SightingRow.browser == bindparam("browser"))
        + _one_if(SightingRow.device == bindparam("device")) * _NEXT
        + _one_if(lately) * _NEXT**2
    )
    return (
        select(cast(func.coalesce(func.sum(one), 0), BigInteger))
        .where(
            SightingRow.organisation_id == organisation_id,
            SightingRow.employee_id == employee_id,
            SightingRow.seen_at > since,
        )
        .correlate_except(SightingRow)
        .scalar_subquery()
    )


def _one_if(condition: Any) -> Any:
    return cast(case((condition, 1), else_=0), BigInteger)


def before_of(counted: int) -> Before:
    """Return what the column of `counting_before` says."""
    rest, browsers = divmod(counted, _NEXT)
    lately, devices = divmod(rest, _NEXT)
    return Before(browsers=browsers, devices=devices, lately=lately)


def values_of(sighting: Sighting, *, now: datetime) -> dict[str, Any]:
    """Return the values of the column of `counting_before`."""
    return {
        "browser": sighting.browser,
        "device": sighting.device,
        "alike_since": now - ALIKE_WITHIN,
        "burst_since": now - BURST_WITHIN,
    }


def add(session: Session, *, organisation_id: UUID, seen: Seen, sighting: Sighting) -> None:
    """Keep what was seen with a rating."""
    row = {
        "organisation_id": organisation_id,
        "employee_id": seen.employee_id,
        "seen_at": seen.at,
        "rating_id": seen.rating_id,
        "browser": sighting.browser,
        "device": sighting.device,
    }
    _ROWS.run(session, [row])


def find_alike(
    session: Session, *, organisation_id: UUID, seen: Collection[Seen]
) -> Mapping[UUID, set[UUID]]:
    """Return by rating those from the same browser or phones alike on the same day.

    Whoever they rated. Nothing is known of a rating that was seen too long ago.
    """
    if not seen:
        return {}
    began = min(day_span(one.at)[0] for one in seen)
    ended = max(day_span(one.at)[1] for one in seen)
    rows = session.execute(
        select(SightingRow.rating_id, SightingRow.browser, SightingRow.device).where(
            SightingRow.organisation_id == organisation_id,
            SightingRow.seen_at >= began,
            SightingRow.seen_at < ended,
        )
    ).all()
    hashes = {rating_id: {bytes(browser), bytes(device)} for rating_id, browser, device in rows}
    sharing: dict[bytes, set[UUID]] = {}
    for rating_id, marks in hashes.items():
        for mark in marks:
            sharing.setdefault(mark, set()).add(rating_id)
    return dict(_alike([one.rating_id for one in seen], hashes, sharing))


def _alike(
    asked: Collection[UUID],
    hashes: Mapping[UUID, set[bytes]],
    sharing: Mapping[bytes, set[UUID]],
) -> Iterator[tuple[UUID, set[UUID]]]:
    for rating_id in asked:
        marks = hashes.get(rating_id, set())
        yield rating_id, set().union(*(sharing[mark] for mark in marks)) - {rating_id}
