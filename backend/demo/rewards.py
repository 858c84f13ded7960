"""What the demo arena's points can be spent on."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.rewards.rules import RewardKind
from backend.rewards.services import catalogue

_ANY: dict[str, Any] = {
    "currency": "USD",
    "taxable": True,
    "days_off": None,
    "stock": None,
    "offered_until": None,
    "employment_kinds": None,
    "least_resolved": 0,
    "least_good_percent": 0,
}
# From a meal to what the programme's best could have: a thousand dollars, or a vacation.
CATALOGUE: tuple[dict[str, Any], ...] = (
    {
        "name": "A meal at the club restaurant",
        "description": "For two, on any evening without an event.",
        "kind": RewardKind.PERK,
        "points": 150,
        "value_cents": 4_000,
        "taxable": False,
    },
    {
        "name": "Bonus of 50 dollars",
        "description": "With your next pay.",
        "kind": RewardKind.CASH,
        "points": 250,
        "value_cents": 5_000,
    },
    {
        "name": "A day off",
        "description": "Paid, agreed with your supervisor.",
        "kind": RewardKind.VACATION,
        "points": 600,
        "value_cents": 16_000,
        "days_off": 1,
        "employment_kinds": ["full_time", "part_time"],
    },
    {
        "name": "Bonus of 1,000 dollars",
        "description": "For a whole season of excellent work.",
        "kind": RewardKind.CASH,
        "points": 4_000,
        "value_cents": 100_000,
        "least_resolved": 100,
        "least_good_percent": 90,
    },
    {
        "name": "A week by the sea",
        "description": "Five days off and the hotel for two.",
        "kind": RewardKind.VACATION,
        "points": 5_000,
        "value_cents": 180_000,
        "days_off": 5,
        "stock": 3,
        "least_resolved": 100,
        "least_good_percent": 90,
    },
)


def put_up(session: Session, *, actor: Actor, now: datetime) -> None:
    """Put the demo's rewards into the catalogue."""
    for reward in CATALOGUE:
        catalogue.create(session, actor=actor, given=_ANY | reward, now=now)
