"""An employee's own copy of everything that is kept about them."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.engagement.services import feedback
from backend.foundation.actor import Actor
from backend.identity.queries import get_employee
from backend.identity.queries.protected_groups import list_own_groups
from backend.insight.queries.own_data import list_parts
from backend.rewards.queries import list_appeals, list_own_adjustments

# Of what is read in pages elsewhere; nobody comes near.
MOST = 100_000


def read(session: Session, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return all that is kept about ``actor``, by what it is about.

    Ratings are those that the employee may read by now, without what would tell who gave them;
    of adjustments those that took effect. Hashes and secrets are no part of it.
    """
    whose: dict[str, Any] = {
        "organisation_id": actor.organisation_id,
        "employee_id": actor.employee_id,
    }
    events = feedback.list_own_events(session, actor=actor, before=None, limit=MOST, now=now)
    rated = feedback.list_own(session, actor=actor, event_ids=events, now=now)
    adjusted = list_own_adjustments(session, **whose, before=None, limit=MOST)
    appealed = list_appeals(session, **whose, now=now, before=None, limit=MOST)
    return {
        "made_at": now,
        "employee": asdict(get_employee(session, **whose)),
        "parts": {
            **dict(list_parts(session, **whose)),
            "ratings": [asdict(one) for one in rated],
            "adjustments": [asdict(one) for one in adjusted],
            "appeals": [asdict(one) for one in appealed],
            "protected_groups": list_own_groups(session, **whose),
        },
    }
