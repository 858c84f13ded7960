"""A season whose points expire, and the one after it."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.rewards import queries
from backend.rewards.queries import ExpiryFacts
from backend.rewards.services import expiries
from backend.rewards.services.ledger import Occasion, accrue, confirm_due
from backend.venues.models import Event, Season
from tests.factories import NOW, Arena
from tests.rewards.books import catch_up
from tests.rewards.test_ledger import HOLD, an_earning, an_occasion

# The earliest that there may be: the season ends on the last of June.
DAY = date(2027, 8, 29)
# Its last second in New York is 03:59:59 of the next day in UTC.
OVER = datetime(2027, 8, 30, 4, tzinfo=UTC)
LAST = OVER - timedelta(seconds=1)


def next_season(session: Session, arena: Arena) -> UUID:
    """Make the season after, with an event; return the event's id."""
    owned = {"organisation_id": arena.organisation_id}
    season = Season(
        **owned,
        id=new_id(),
        name="2027-28",
        starts_on=date(2027, 7, 1),
        ends_on=date(2028, 6, 30),
    )
    session.add(season)
    session.flush()
    start = datetime(2027, 8, 1, 23, tzinfo=UTC)
    event = Event(
        **owned,
        id=new_id(),
        code="2027-08-01",
        venue_id=arena.venue_id,
        season_id=season.id,
        name="A summer night",
        held_on=date(2027, 8, 1),
        doors_at=start,
        starts_at=start + timedelta(hours=1),
        ends_at=start + timedelta(hours=4),
    )
    session.add(event)
    session.flush()
    return event.id


def earn(
    session: Session,
    arena: Arena,
    who: Actor,
    points: int,
    *,
    event_id: UUID | None = None,
    at: datetime = NOW,
) -> UUID:
    """Let ``who`` earn points at the arena's event or another, confirmed; return the source."""
    source_id = new_id()
    occasion = an_occasion(session, arena)
    if event_id is not None:
        occasion = Occasion(
            organisation_id=occasion.organisation_id,
            event_id=event_id,
            rule_version_id=occasion.rule_version_id,
            hold=HOLD,
        )
    accrue(session, occasion=occasion, earnings=[an_earning(who, points, source_id)], now=at)
    while confirm_due(session, now=at + HOLD):
        pass
    catch_up(session)
    return source_id


def say(
    session: Session, hr: Actor, arena: Arena, *, day: date = DAY, seen: int = 0
) -> ExpiryFacts:
    """Let HR say on which day the arena's season expires."""
    return expiries.set_day(
        session,
        actor=hr,
        season_id=arena.season_id,
        expires_on=day,
        seen_version=seen,
        now=NOW,
    )


def expire(session: Session, *, now: datetime = OVER) -> None:
    """Do the worker's job within ``session``."""
    expiries.begin(session, now=now)
    for claim in queries.list_claims(session, now=now):
        expiries.expire_one(session, claim, now=now)
