"""What the demo arena's points can be spent on."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.rewards.rules import RewardKind
from backend.rewards.services import catalogue

DRINK = "A drink and a pretzel"
SCARF = "A club scarf"
MEAL = "A meal at the club restaurant"
GLASS = "Two seats at the glass"
BONUS = "Bonus of 50 dollars"

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
# From a drink to what the programme's best could have: a thousand dollars, or a vacation.
CATALOGUE: tuple[dict[str, Any], ...] = (
    {
        "name": DRINK,
        "description": "At any stand, before the doors open.",
        "kind": RewardKind.PERK,
        "points": 40,
        "value_cents": 1_200,
        "taxable": False,
    },
    {
        "name": SCARF,
        "description": "From the club's shop.",
        "kind": RewardKind.PERK,
        "points": 80,
        "value_cents": 2_500,
        "taxable": False,
        "stock": 40,
    },
    {
        "name": MEAL,
        "description": "For two, on any evening without an event.",
        "kind": RewardKind.PERK,
        "points": 150,
        "value_cents": 4_000,
        "taxable": False,
    },
    {
        "name": GLASS,
        "description": "For one game, for family or friends.",
        "kind": RewardKind.PERK,
        "points": 220,
        "value_cents": 26_000,
        "stock": 4,
    },
    {
        "name": BONUS,
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
