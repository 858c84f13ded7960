"""Employees with points to spend, and rewards to spend them on."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.rewards.models import RuleVersion
from backend.rewards.queries import RewardFacts
from backend.rewards.rules import RewardKind, SourceKind
from backend.rewards.services import catalogue
from backend.rewards.services.ledger import Earning, Occasion, accrue, confirm_due
from backend.venues.models import Event

CASH = {
    "name": "Bonus",
    "description": "",
    "kind": RewardKind.CASH,
    "points": 100,
    "value_cents": 10_000,
    "currency": "USD",
    "taxable": True,
    "days_off": None,
    "stock": None,
    "offered_until": None,
    "employment_kinds": None,
    "least_resolved": 0,
    "least_good_percent": 0,
}


def give_available(session: Session, who: Actor, *, points: int, now: datetime) -> None:
    """Let somebody earn ``points`` that are available at ``now``."""
    owner = who.organisation_id
    version = session.scalars(
        select(RuleVersion.id).where(RuleVersion.organisation_id == owner).order_by(RuleVersion.id)
    ).first()
    event = session.scalars(select(Event.id).where(Event.organisation_id == owner)).first()
    assert version
    assert event
    occasion = Occasion(
        organisation_id=owner, event_id=event, rule_version_id=version, hold=timedelta(hours=1)
    )
    earned_at = now - timedelta(hours=2)
    earning = Earning(
        employee_id=who.employee_id,
        points=points,
        rule="resolved",
        source_kind=SourceKind.REQUEST,
        source_id=new_id(),
        at=earned_at,
    )
    accrue(session, occasion=occasion, earnings=[earning], now=earned_at)
    while confirm_due(session, now=now):
        pass


def make_reward(session: Session, actor: Actor, *, now: datetime, **given: Any) -> RewardFacts:
    """Put a reward into the catalogue, a cash bonus of 100.00 for 100 points unless ``given``."""
    return catalogue.create(session, actor=actor, given={**CASH, **given}, now=now)
