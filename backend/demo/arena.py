"""Builds the demo arena in an empty database: organisation, people, venues and a season's games."""

from datetime import UTC, date, datetime

from sqlalchemy.orm import Session

from backend import founding
from backend.demo import gestures, rewards
from backend.demo.tables import rows_of, text_of, write
from backend.foundation.actor import Actor
from backend.identity.services.employee_imports import import_employees
from backend.venues.services import seasons
from backend.venues.services.event_imports import import_events
from backend.venues.services.venue_imports import import_venues

NAME = "The Demo Arena"
# The programme season of the games begins in summer, as a club's year does.
OPENED = datetime(2018, 7, 1, 16, tzinfo=UTC)


def build(session: Session) -> Actor:
    """Make the arena as it was opened, the games of 2018-19 still to be played.

    Returns its office as it acts.
    """
    office = founding.found(
        session,
        name=NAME,
        administrator="The Arena's Office",
        badge_number="1000",
        payroll_number="P-2000",
        now=OPENED,
    )
    seasons.create(
        session,
        actor=office,
        name="2018-19",
        starts_on=date(2018, 7, 1),
        ends_on=date(2019, 6, 30),
        now=OPENED,
    )
    import_venues(session, actor=office, text=text_of("venues"), now=OPENED)
    import_employees(session, actor=office, text=text_of("employees"), now=OPENED)
    import_events(session, actor=office, text=schedule(), now=OPENED)
    rewards.put_up(session, actor=office, now=OPENED)
    gestures.allow(session, actor=office, now=OPENED)
    return office


def schedule() -> str:
    """Return the games as they are known ahead: attendance is counted when they are played."""
    return write(
        [
            {name: value for name, value in row.items() if name != "attendance"}
            for row in rows_of("events")
        ]
    )
