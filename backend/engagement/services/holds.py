"""Holding an answer that is not to be believed by itself, and keeping what was seen of its phone.

Both are rows that travel with the rating's others; what they are decided by came with its code.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from backend.engagement.models import RatingHold
from backend.engagement.queries import cards
from backend.engagement.queries.ratings import Bound
from backend.foundation.inserts import PreparedInsert
from backend.integrity.queries import sightings
from backend.integrity.queries.sightings import Seen
from backend.integrity.rules.suspicions import Circumstances, Sighting, Suspicion, screen
from backend.venues.queries import get_post, recall_event

_HOLDS = PreparedInsert(RatingHold)


def screened(session: Session, *, bound: Bound, sighting: Sighting | None) -> tuple[Suspicion, ...]:
    """Return why an answer to ``bound`` must wait for a person; it is never for who is nobody's.

    Without a ``sighting`` only what the code itself says is looked at.
    """
    if bound.employee_id is None:
        return ()
    return screen(
        Circumstances(
            staff=sighting.staff if sighting else None,
            before=bound.before,
            quick=sighting is not None and bound.fresh,
            expired=bound.expired,
            elsewhere=bound.request_id is None and _is_elsewhere(session, bound),
            asked=bound.asked,
        )
    )


def _is_elsewhere(session: Session, bound: Bound) -> bool:
    """Tell whether a card was printed for a post of another venue than where it was handed out."""
    owner = bound.organisation_id
    post_id = cards.find_printed_post(session, organisation_id=owner, card_id=bound.id)
    if post_id is None or bound.event_id is None:
        return False
    post = get_post(session, organisation_id=owner, post_id=post_id)
    event = recall_event(session, organisation_id=owner, event_id=bound.event_id)
    return post.zone.venue_id != event.venue_id


def keep(
    session: Session,
    *,
    bound: Bound,
    sighting: Sighting | None,
    suspicions: Sequence[Suspicion],
    now: datetime,
) -> None:
    """Keep what was seen of the phone, hashed, and why the answer is held, if it is."""
    if bound.employee_id is None:
        return
    if sighting is not None:
        seen = Seen(rating_id=bound.id, employee_id=bound.employee_id, at=now)
        sightings.add(session, organisation_id=bound.organisation_id, seen=seen, sighting=sighting)
    if suspicions:
        row = {
            "organisation_id": bound.organisation_id,
            "rating_id": bound.id,
            "suspicions": " ".join(suspicions),
            "held_at": now,
        }
        _HOLDS.run(session, [row])
