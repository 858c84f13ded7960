"""An event that is on now, so that a newcomer can greet at once, at any hour of any day."""

from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from backend.demo import rota
from backend.demo.cast import Cast
from backend.demo.tables import write
from backend.foundation.db import transaction
from backend.venues.queries import EventFacts, list_seasons
from backend.venues.services import seasons
from backend.venues.services.event_imports import import_events

VENUE = "ARENA"
ZONE = ZoneInfo("America/New_York")
DOORS_BEFORE, STARTS_AFTER, ENDS_AFTER = (
    timedelta(minutes=40),
    timedelta(minutes=50),
    timedelta(hours=6),
)
# An evening with less than this left is not worth signing in for.
LEFT = timedelta(hours=1)
FIRST_MONTH_OF_A_SEASON = 7


def ensure(cast: Cast, *, now: datetime, always: tuple[str, ...]) -> EventFacts:
    """Return the event that is on, made with a rota when there is none for another hour.

    Those in ``always`` are on shift, and nearly everybody else.
    """
    on = [event for event in cast.events() if event.doors_at <= now < event.ends_at - LEFT]
    if on:
        return on[-1]
    doors_at = (now - DOORS_BEFORE).replace(second=0, microsecond=0)
    doors_at -= timedelta(minutes=doors_at.minute % 5)
    starts_at = doors_at + DOORS_BEFORE + STARTS_AFTER
    local = starts_at.astimezone(ZONE)
    code = f"tonight-{local:%Y-%m-%d-%H%M}"
    row = {
        "code": code,
        "venue_code": VENUE,
        "season": _ensure_season(cast, local.date(), now=now),
        "name": "Philadelphia at home",
        "doors_at": doors_at.isoformat(),
        "starts_at": starts_at.isoformat(),
        "ends_at": (doors_at + ENDS_AFTER).isoformat(),
    }
    with transaction() as session:
        import_events(session, actor=cast.office, text=write([row]), now=now)
    event = next(event for event in cast.events() if event.code == code)
    places = rota.draw(Random(code), venue_code=VENUE, always=always)
    cast.put_on_shift(event, places, now=now)
    return event


def _ensure_season(cast: Cast, day: date, *, now: datetime) -> str:
    """Return the name of the programme season of ``day``, made if missing."""
    year = day.year if day.month >= FIRST_MONTH_OF_A_SEASON else day.year - 1
    name = f"{year}-{(year + 1) % 100:02}"
    with transaction() as session:
        known = list_seasons(session, organisation_id=cast.office.organisation_id)
        if name not in {season.name for season in known}:
            seasons.create(
                session,
                actor=cast.office,
                name=name,
                starts_on=date(year, FIRST_MONTH_OF_A_SEASON, 1),
                ends_on=date(year + 1, FIRST_MONTH_OF_A_SEASON, 1) - timedelta(days=1),
                now=now,
            )
    return name
