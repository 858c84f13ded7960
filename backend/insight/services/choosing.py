"""Which board is meant: what is asked for, checked, and the present one for what is not said."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.problems import Invalid
from backend.insight.queries import periods
from backend.insight.rules import (
    Board,
    BoardKind,
    BoardOrder,
    Period,
    days_of_month,
    days_of_week,
    month_of,
    week_of,
)
from backend.insight.services.remembered import Remembered
from backend.venues.queries import find_today
from backend.venues.rules import ZoneKind

_chosen: Remembered[Board] = Remembered(seconds=5)

_ONLY_FOR = {
    "event_id": BoardKind.EVENT,
    "week": BoardKind.WEEK,
    "month": BoardKind.MONTH,
    "season_id": BoardKind.SEASON,
    "venue_id": BoardKind.SEASON,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Which board is asked for at the instant ``now``; what is not said is the present one."""

    now: datetime = field(compare=False)
    kind: BoardKind = BoardKind.SEASON
    event_id: UUID | None = None
    season_id: UUID | None = None
    venue_id: UUID | None = None
    week: str | None = None
    month: str | None = None
    department_id: UUID | None = None
    post_class: ZoneKind | None = None
    order: BoardOrder = BoardOrder.RAW


def choose(session_of: Callable[[], Session], *, organisation_id: UUID, asked: Asked) -> Board:
    """Return the board that is meant, as it was found at most five seconds ago.

    Raises Invalid for what does not fit together, and a NotFound for what is not there.
    """
    return _chosen.get(
        (organisation_id, asked),
        now=asked.now,
        make=lambda: _choose(session_of(), organisation_id, asked),
    )


def _choose(session: Session, organisation_id: UUID, asked: Asked) -> Board:
    for name, kind in _ONLY_FOR.items():
        if getattr(asked, name) is not None and asked.kind is not kind:
            raise _refused(name, f"Only for boards of kind {kind}.")
    if asked.department_id:
        periods.check_department(
            session, organisation_id=organisation_id, department_id=asked.department_id
        )
    key, period = _period(session, organisation_id, asked)
    return Board(
        kind=asked.kind,
        key=key,
        period=period,
        department_id=asked.department_id,
        post_class=asked.post_class,
    )


def _period(session: Session, organisation_id: UUID, asked: Asked) -> tuple[str, Period]:
    if asked.kind is BoardKind.EVENT:
        if asked.event_id is None:
            raise _refused("event_id", "Which event?")
        periods.check_event(session, organisation_id=organisation_id, event_id=asked.event_id)
        return f"event/{asked.event_id}", Period(event_id=asked.event_id)
    if asked.kind is BoardKind.WEEK:
        week = asked.week or week_of(_today(session, organisation_id, asked))
        return f"week/{week}", _days("week", week)
    if asked.kind is BoardKind.MONTH:
        month = asked.month or month_of(_today(session, organisation_id, asked))
        return f"month/{month}", _days("month", month)
    season = periods.get_season(
        session, organisation_id=organisation_id, season_id=asked.season_id, now=asked.now
    )
    if asked.venue_id is None:
        return f"season/{season.id}", Period(season_id=season.id)
    periods.check_venue(session, organisation_id=organisation_id, venue_id=asked.venue_id)
    period = Period(season_id=season.id, venue_id=asked.venue_id)
    return f"venue/{asked.venue_id}/season/{season.id}", period


def _today(session: Session, organisation_id: UUID, asked: Asked) -> date:
    return find_today(session, organisation_id=organisation_id, now=asked.now)


def _days(name: str, value: str) -> Period:
    try:
        first, last = days_of_week(value) if name == "week" else days_of_month(value)
    except ValueError as error:
        raise _refused(name, f"There is no such {name}.") from error
    return Period(first_day=first, last_day=last)


def _refused(name: str, message: str) -> Invalid:
    return Invalid(errors={"query": {name: [message]}})
