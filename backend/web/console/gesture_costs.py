"""HR's page of what gestures cost, event by event, in a season or at one event."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request

from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid
from backend.identity.permissions import Permission
from backend.insight.problems import NoSeasonYet
from backend.insight.queries.gesture_costs import GestureCost
from backend.insight.services import gesture_costs
from backend.insight.services.gesture_costs import GestureCosts
from backend.venues.queries import (
    EventFacts,
    SeasonFacts,
    get_event,
    get_season,
    list_begun_seasons,
)
from backend.web.console.frames import Reading, reads

LINES = 100
MAY = Permission.SEE_GESTURES


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What the address asks for, an event or a season, and what the gestures of it cost."""

    season: SeasonFacts
    event: EventFacts | None
    costs: GestureCosts


@reads("/hr/gestures/costs", may=MAY, template="gesture_costs")
def show_costs(reading: Reading) -> dict[str, Any]:
    """Show what gestures cost, by event and category, in order of day.

    Raises SeasonNotFound, EventNotFound, and Invalid for what is no id.
    """
    chosen = choose(reading)
    if chosen is None:
        return {"chosen": None}
    position = position_of(request.args.get("after"), str, str, str, str)
    later = [one for one in chosen.costs.items if position is None or _place(one) > tuple(position)]
    shown = page_of(later, limit=LINES, position=lambda one: list(_place(one)))
    return {
        "chosen": chosen,
        "seasons": list_begun_seasons(
            reading.session, organisation_id=reading.organisation_id, now=reading.now
        ),
        "lines": shown["items"],
        "next_after": shown["next_cursor"],
    }


def choose(reading: Reading) -> Chosen | None:
    """Return what the address asks for, of the present season by itself; None before any season.

    Raises SeasonNotFound, EventNotFound, and Invalid for what is no id.
    """
    owner: dict[str, Any] = {"organisation_id": reading.organisation_id}
    event_id, season_id = _asked("event"), _asked("season")
    try:
        costs = gesture_costs.read(
            reading.session, **owner, event_id=event_id, season_id=season_id, now=reading.now
        )
    except NoSeasonYet:
        return None
    event = get_event(reading.session, **owner, event_id=event_id) if event_id else None
    whose: dict[str, Any] = owner | {"season_id": event.season_id if event else costs.season_id}
    season = get_season(reading.session, **whose)
    return Chosen(season=season, event=event, costs=costs)


def _asked(name: str) -> UUID | None:
    said = request.args.get(name)
    try:
        return UUID(said) if said else None
    except ValueError as error:
        raise Invalid(errors={"query": {name: ["There is none like that."]}}) from error


def _place(one: GestureCost) -> tuple[str, str, str, str]:
    """Return where a line stands: by day, event, category and currency."""
    return (one.held_on.isoformat(), str(one.event_id), one.category.value, one.currency)
