"""What an employee has done in the season that is on, which rewards may ask for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.engagement.models import Tally
from backend.engagement.queries.taken_back import list_taken_back
from backend.rewards.rules import Merit
from backend.venues.queries import find_current_season, list_event_ids, list_events_on


def find_merit(
    session: Session, *, organisation_id: UUID, employee_id: UUID, now: datetime
) -> Merit:
    """Return what an employee has done at events that are over, of the season that began last.

    What they were rated while one is on would be told at once by what is missing for a reward.
    What HR took back of it does not count, as far as it would help: who lost a bad rating has none
    the fewer.
    """
    season = find_current_season(session, organisation_id=organisation_id, now=now)
    if season is None:
        return Merit()
    ids = list_event_ids(session, organisation_id=organisation_id, season_id=season.id)
    on = {event.id for event in list_events_on(session, organisation_id=organisation_id, at=now)}
    events = [event_id for event_id in ids if event_id not in on]
    resolved, ratings, good = session.execute(
        select(func.sum(Tally.resolved), func.sum(Tally.ratings), func.sum(Tally.good)).where(
            Tally.organisation_id == organisation_id,
            Tally.employee_id == employee_id,
            Tally.event_id.in_(events),
        )
    ).one()
    found = list_taken_back(session, organisation_id=organisation_id, event_ids=events)
    own = [one for one in found if one.employee_id == employee_id]
    return Merit(
        resolved=(resolved or 0) - sum(one.resolved for one in own),
        ratings=(ratings or 0) - sum(one.good for one in own),
        good=(good or 0) - sum(one.good for one in own),
    )
