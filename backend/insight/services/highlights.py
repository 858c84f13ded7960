"""Beside a board: who improved most, and who did better than ever before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.arrays import chunks
from backend.insight.queries import highlights
from backend.insight.queries.highlights import Best, GreatEvening
from backend.insight.rules import (
    BoardKind,
    Period,
    days_of_month,
    days_of_week,
    month_of,
    week_of,
)
from backend.insight.services import whole_boards
from backend.insight.services.choosing import Asked, choose
from backend.insight.services.whole_boards import Entry, Whole

MOST = 5
# Of great evenings so many are looked at, so that those of a few people do not fill the list.
_LOOK = 500
# A best of one earlier time would be one of two.
FEWEST_BEFORE = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Improved:
    """Somebody whose index rose since the period before."""

    entry: Entry
    before: int
    index: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalBest:
    """Somebody with more points than in any period of the kind before, in the last year."""

    entry: Entry
    points: int
    before: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Highlights:
    """What stands beside a board; a season has everybody's best evening instead.

    ``compared`` tells whether there is a period before it.
    """

    compared: bool
    improved: Sequence[Improved]
    bests: Sequence[PersonalBest]
    evenings: Sequence[tuple[Entry, GreatEvening]]


def read(session: Session, *, organisation_id: UUID, whole: Whole, asked: Asked) -> Highlights:
    """Return what stands beside a board that names its period, as far as it is of a department."""
    there = {
        who: entry
        for who, entry in whole.entries.items()
        if asked.department_id in {None, entry.person.department_id}
    }
    before = _before(session, organisation_id, asked)
    improved: list[Improved] = []
    if before is not None:
        improved = _improved(there, _whole(session, organisation_id, before))
    return Highlights(
        compared=before is not None,
        improved=improved,
        bests=_bests(_found(session, organisation_id, whole, asked), there),
        evenings=_evenings(session, organisation_id, asked, there),
    )


def _whole(session: Session, organisation_id: UUID, asked: Asked) -> Whole:
    session_of: Callable[[], Session] = lambda: session  # noqa: E731
    board = choose(session_of, organisation_id=organisation_id, asked=asked)
    return whole_boards.read(
        session_of, organisation_id=organisation_id, board=board, now=asked.now
    )


def _before(session: Session, organisation_id: UUID, asked: Asked) -> Asked | None:
    """Return the period before the one that is asked for; None where there is none."""
    if asked.kind is BoardKind.WEEK and asked.week:
        monday, _ = days_of_week(asked.week)
        return replace(asked, week=week_of(monday - timedelta(days=7)))
    if asked.kind is BoardKind.MONTH and asked.month:
        first, _ = days_of_month(asked.month)
        return replace(asked, month=month_of(first - timedelta(days=1)))
    if asked.kind is BoardKind.EVENT:
        earlier = _earlier(session, organisation_id, asked)
        return replace(asked, event_id=earlier[0].id) if earlier else None
    if asked.season_id is None:
        return None
    season_id = highlights.find_season_before(
        session, organisation_id=organisation_id, season_id=asked.season_id
    )
    return replace(asked, season_id=season_id) if season_id else None


def _earlier(session: Session, organisation_id: UUID, asked: Asked) -> Sequence[highlights.Evening]:
    """Return the events of the season before the one that is asked for, the newest first."""
    season_id = highlights.find_season_of(
        session, organisation_id=organisation_id, event_id=asked.event_id
    )
    evenings = highlights.list_evenings(
        session, organisation_id=organisation_id, period=Period(season_id=season_id), now=asked.now
    )
    places = [evening.id for evening in evenings]
    return evenings[places.index(asked.event_id) + 1 :] if asked.event_id in places else []


def _improved(there: Mapping[UUID, Entry], before: Whole) -> list[Improved]:
    found = [
        Improved(entry=entry, before=then.index, index=entry.index)
        for who, entry in there.items()
        if entry.index is not None
        if (then := before.entries.get(who)) and then.index is not None
        if then.index < entry.index
    ]
    found.sort(key=lambda one: (one.before - one.index, one.entry.person.employee_id))
    return found[:MOST]


def _found(
    session: Session, organisation_id: UUID, whole: Whole, asked: Asked
) -> Mapping[UUID, Best]:
    """Return everybody's best in the periods of the kind that were before."""
    owner = {"organisation_id": organisation_id}
    if asked.kind is BoardKind.EVENT:
        boards = [evening.board for evening in _earlier(session, organisation_id, asked)]
        return highlights.find_bests_on(session, **owner, boards=boards)
    said = asked.week if asked.kind is BoardKind.WEEK else asked.month
    if asked.kind is BoardKind.SEASON or said is None:
        return {}
    first = f"{asked.kind}/{int(said[:4]) - 1}{said[4:]}"
    return highlights.find_bests_between(session, **owner, first=first, end=whole.board.key)


def _bests(found: Mapping[UUID, Best], there: Mapping[UUID, Entry]) -> list[PersonalBest]:
    bests = [
        PersonalBest(entry=entry, points=entry.person.points, before=best.points)
        for who, best in found.items()
        if best.boards >= FEWEST_BEFORE
        if (entry := there.get(who)) and entry.person.points is not None
        if entry.person.points > best.points
    ]
    bests.sort(key=lambda one: (one.before - one.points, one.entry.person.employee_id))
    return bests[:MOST]


def _evenings(
    session: Session, organisation_id: UUID, asked: Asked, there: Mapping[UUID, Entry]
) -> list[tuple[Entry, GreatEvening]]:
    if asked.kind is not BoardKind.SEASON:
        return []
    owner: dict[str, Any] = {"organisation_id": organisation_id}
    period = Period(season_id=asked.season_id, venue_id=asked.venue_id)
    evenings = highlights.list_evenings(session, **owner, period=period, now=asked.now)
    # The best of a small part of the house are not among the best of all.
    narrowed = asked.department_id is not None or asked.post_class is not None
    great = [
        one
        for part in (chunks(there) if narrowed else [None])
        for one in highlights.list_great_evenings(
            session, **owner, evenings=evenings, limit=_LOOK, employee_ids=part
        )
    ]
    great.sort(key=lambda one: -one.points)
    best: dict[UUID, GreatEvening] = {}
    for one in great:
        if one.employee_id in there:
            best.setdefault(one.employee_id, one)
    return [(there[who], one) for who, one in list(best.items())[:MOST]]
