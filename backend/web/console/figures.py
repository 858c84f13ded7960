"""What HR's page of figures shows: a season, an event and a board, as asked for or by default."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import request

from backend.foundation.pages import cursor_for, position_of
from backend.foundation.problems import Invalid
from backend.identity.permissions import Permission
from backend.insight.rules import BoardKind, month_of, week_of
from backend.insight.services import boards, programme, seasons
from backend.insight.services.choosing import Asked
from backend.insight.services.programme import EventFigures
from backend.insight.services.seasons import Standing
from backend.venues.problems import EventNotFound
from backend.venues.queries import (
    EventFacts,
    SeasonFacts,
    find_event_on,
    get_event,
    list_begun_seasons,
)
from backend.venues.rules import SeasonStatus
from backend.web.console.frames import Reading, reads
from backend.web.console.trends import trends_of
from backend.web.console.waiting import list_waiting

LINES = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """The season and event that the address asks for, or else the last ones.

    ``events`` of the season have begun; those ``told`` have a denominator. ``tonight`` is what is
    on now, and the boards' week and month are those of ``day``.
    """

    seasons: Sequence[SeasonFacts]
    season: SeasonFacts
    events: Sequence[EventFigures]
    told: Sequence[EventFigures]
    event: EventFacts | None
    tonight: EventFacts | None
    day: date


@reads("/hr", may=Permission.SEE_PROGRAMME, template="figures")
def show_figures(reading: Reading) -> dict[str, Any]:
    """Show tonight, the season and a board; without a season when none has begun.

    Raises Invalid for a season, an event or a board that is not there.
    """
    chosen = choose(reading)
    if chosen is None:
        return {"work": list_waiting(reading), "zone": reading.zone}
    season, event, tonight = chosen.season, chosen.event, chosen.tonight
    return {
        "work": list_waiting(reading),
        "trends": trends_of(chosen.told),
        "seasons": chosen.seasons,
        "season": season,
        "standing": _standing(reading, season),
        "season_figures": of_season(reading, chosen),
        "events": chosen.told[::-1],
        "silent": [one for one in chosen.events[::-1] if one not in chosen.told],
        "event": event,
        "event_figures": of_event(reading, chosen),
        "on": event is not None and tonight is not None and event.id == tonight.id,
        "day": chosen.day,
        "week": chosen.day.isocalendar(),
        "zone": reading.zone,
        **board_of(reading, chosen, after=request.args.get("after"), limit=LINES),
    }


def choose(reading: Reading) -> Chosen | None:
    """Return what the address asks for, None before the first season has begun; raises Invalid."""
    begun = list_begun_seasons(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )
    if not begun:
        return None
    asked = _asked_event(reading)
    season = _season(reading, begun, asked)
    events = programme.list_events(
        reading.session,
        organisation_id=reading.organisation_id,
        season_id=season.id,
        now=reading.now,
    )
    tonight = find_event_on(
        reading.session, organisation_id=reading.organisation_id, at=reading.now
    )
    told = [event for event in events if _tells(event.figures)]
    event = asked or _begun(tonight, reading.now) or _last(reading, told or events)
    today = reading.now.astimezone(reading.zone).date()
    shown = event if event and event.season_id == season.id else None
    day = shown.held_on if shown else told[-1].held_on if told else today
    return Chosen(
        seasons=begun,
        season=season,
        events=events,
        told=told,
        event=event,
        tonight=tonight,
        day=day,
    )


def of_season(reading: Reading, chosen: Chosen) -> programme.Programme:
    """Return the figures of the season."""
    return _read(reading, season_id=chosen.season.id)


def of_event(reading: Reading, chosen: Chosen) -> programme.Programme | None:
    """Return the figures of the event, None where there is none."""
    return _read(reading, event_id=chosen.event.id) if chosen.event else None


def _season(
    reading: Reading, begun: Sequence[SeasonFacts], event: EventFacts | None
) -> SeasonFacts:
    """Return the season asked for, else the event's, else the newest that has a greeted share."""
    by_id = {str(season.id): season for season in begun}
    if asked := request.args.get("season"):
        if asked not in by_id:
            raise _refused("season", "No such season has begun.")
        return by_id[asked]
    if event:
        return by_id.get(str(event.season_id), begun[0])
    proven = programme.find_proven_season(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )
    return by_id.get(str(proven), begun[0])


def _standing(reading: Reading, season: SeasonFacts) -> Standing | None:
    """Return how far the closing of a season is; None where it is open."""
    if season.status is SeasonStatus.OPEN:
        return None
    return seasons.read(
        reading.session,
        organisation_id=reading.organisation_id,
        season_id=season.id,
        now=reading.now,
    )


def _asked_event(reading: Reading) -> EventFacts | None:
    asked = request.args.get("event")
    if not asked:
        return None
    try:
        event = get_event(
            reading.session, organisation_id=reading.organisation_id, event_id=UUID(asked)
        )
    except (ValueError, EventNotFound) as error:
        raise _refused("event", "No such event has begun.") from error
    if event.doors_at > reading.now:
        raise _refused("event", "No such event has begun.")
    return event


def _tells(figures: programme.Figures) -> bool:
    """Return whether an event has a denominator: its attendance, or codes that were shown."""
    return bool(figures.greeted.attendance or figures.answers.invitations)


def _begun(event: EventFacts | None, now: datetime) -> EventFacts | None:
    return event if event and event.doors_at <= now else None


def _last(reading: Reading, events: Sequence[EventFigures]) -> EventFacts | None:
    if not events:
        return None
    return get_event(
        reading.session,
        organisation_id=reading.organisation_id,
        event_id=events[-1].event_id,
    )


def _read(
    reading: Reading, *, event_id: UUID | None = None, season_id: UUID | None = None
) -> programme.Programme:
    return programme.read(
        reading.session,
        organisation_id=reading.organisation_id,
        event_id=event_id,
        season_id=season_id,
        now=reading.now,
    )


def board_of(reading: Reading, chosen: Chosen, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the board asked for; raises Invalid for one that is not there."""
    season, event, day = chosen.season, chosen.event, chosen.day
    try:
        kind = BoardKind(request.args.get("board", BoardKind.SEASON))
    except ValueError as error:
        raise _refused("board", "No such board.") from error
    if kind is BoardKind.EVENT and event is None:
        kind = BoardKind.SEASON
    position = position_of(after, int, UUID)
    page = boards.read(
        lambda: reading.session,
        actor=reading.reader,
        asked=Asked(
            now=reading.now,
            kind=kind,
            event_id=event.id if event and kind is BoardKind.EVENT else None,
            season_id=season.id if kind is BoardKind.SEASON else None,
            week=week_of(day) if kind is BoardKind.WEEK else None,
            month=month_of(day) if kind is BoardKind.MONTH else None,
        ),
        after=(position[0], position[1]) if position else None,
        limit=limit,
    )
    lines, last = list(page.sheet.lines.values())[:limit], None
    if len(page.sheet.lines) > limit:
        last = cursor_for(lines[-1].points, str(lines[-1].employee_id))
    return {"kind": kind, "lines": lines, "everybody": page.sheet.everybody, "next_after": last}


def _refused(name: str, message: str) -> Invalid:
    return Invalid(errors={"query": {name: [message]}})
