"""What gestures cost in an event or a season, with what they come to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.queries import gesture_costs, periods
from backend.insight.queries.gesture_costs import GestureCost
from backend.insight.rules import Period


@dataclass(frozen=True, kw_only=True, slots=True)
class GestureCosts:
    """Costs by event and category, and their sums in cents by currency; one id is None."""

    event_id: UUID | None
    season_id: UUID | None
    items: Sequence[GestureCost]
    totals: Mapping[str, int]


def read(
    session: Session,
    *,
    organisation_id: UUID,
    event_id: UUID | None,
    season_id: UUID | None,
    now: datetime,
) -> GestureCosts:
    """Return what the gestures of an event or a season cost; of the present season if neither.

    Raises EventNotFound, SeasonNotFound and NoSeasonYet.
    """
    if event_id:
        periods.check_event(session, organisation_id=organisation_id, event_id=event_id)
        period = Period(event_id=event_id)
    else:
        season = periods.get_season(
            session, organisation_id=organisation_id, season_id=season_id, now=now
        )
        period = Period(season_id=season.id)
    items = gesture_costs.list_costs(session, organisation_id=organisation_id, period=period)
    totals: Counter[str] = Counter()
    for item in items:
        totals[item.currency] += item.cents
    return GestureCosts(
        event_id=period.event_id, season_id=period.season_id, items=items, totals=totals
    )
