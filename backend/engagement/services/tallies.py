"""An employee's own evening in numbers, as far as they may know them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import NoEveningNow
from backend.engagement.queries.greetings import find_tally
from backend.engagement.queries.tallies import Evening
from backend.engagement.rules import is_five
from backend.engagement.services import feedback
from backend.foundation.actor import Actor
from backend.venues.queries import find_present_event


@dataclass(frozen=True, kw_only=True, slots=True)
class TallyView:
    """What somebody did at one event; ``ratings`` are those that they may read already."""

    event_id: UUID
    event_name: str
    greetings: int
    fans_greeted: int
    paid_greetings: int
    accepted: int
    resolved: int
    ratings: int
    five_star: int


def get_own(
    session: Session, *, actor: Actor, now: datetime, venue_id: UUID | None = None
) -> TallyView:
    """Return the tally of ``actor`` at the event that is on; raises NoEveningNow.

    ``venue_id`` is as in `find_duty`. Ratings come as `feedback.list_own` releases them, or their
    number would tell who rated.
    """
    owner = actor.organisation_id
    event = find_present_event(session, actor=actor, at=now, venue_id=venue_id)
    if event is None:
        raise NoEveningNow
    evening = Evening(organisation_id=owner, event_id=event.id, employee_id=actor.employee_id)
    tally = find_tally(session, evening)
    released = feedback.list_own(session, actor=actor, event_ids=[event.id], now=now)
    stars = [rating.stars for one in released for rating in one.ratings]
    return TallyView(
        event_id=event.id,
        event_name=event.name,
        greetings=tally.greetings if tally else 0,
        fans_greeted=tally.fans_greeted if tally else 0,
        paid_greetings=tally.paid_greetings if tally else 0,
        accepted=tally.accepted if tally else 0,
        resolved=tally.resolved if tally else 0,
        ratings=len(stars),
        five_star=sum(is_five(given) for given in stars),
    )
