"""What the demo arena's people may give on the spot, and how much."""

from datetime import datetime

from sqlalchemy.orm import Session

from backend.engagement.queries.gestures import CapFacts
from backend.engagement.rules.gestures import GestureCategory
from backend.engagement.services import gesture_kinds
from backend.foundation.actor import Actor
from backend.identity.permissions import Role

# In cents; a kind without a price costs what its giver says.
KINDS: tuple[tuple[str, GestureCategory, int | None], ...] = (
    ("A soft drink", GestureCategory.DRINK, 600),
    ("A beer", GestureCategory.DRINK, 1_250),
    ("A pretzel", GestureCategory.FOOD, 750),
    ("Better seats", GestureCategory.UPGRADE, 4_000),
    ("Tickets for another game", GestureCategory.REPLACEMENT_TICKET, None),
    ("Something else", GestureCategory.OTHER, None),
)
CAPS = {Role.EMPLOYEE: 5_000, Role.SUPERVISOR: 25_000}


def allow(session: Session, *, actor: Actor, now: datetime) -> None:
    """Let the demo's people give what there is, up to their caps."""
    for name, category, cents in KINDS:
        kind = {"name": name, "category": category, "cents": cents, "currency": "USD"}
        gesture_kinds.create(session, actor=actor, given=kind, now=now)
    caps = [CapFacts(role=role, currency="USD", cents=cents) for role, cents in CAPS.items()]
    gesture_kinds.put_caps(session, actor=actor, caps=caps, now=now)
