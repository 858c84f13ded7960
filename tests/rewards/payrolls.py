"""An arena with cash bonuses that were approved, and the people who pay them."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy.orm import Session

from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.insight import verify
from backend.rewards.queries import BatchFacts
from backend.rewards.rules import Merit, SourceKind
from backend.rewards.services import payroll_exports, redemptions
from backend.rewards.services.ledger import Earning, Occasion, accrue, confirm_due
from backend.venues.models import Event
from tests.factories import Arena, make_arena, make_employee
from tests.rewards.test_ledger import an_occasion
from tests.rewards.wallets import make_reward

HR = (Role.EMPLOYEE, Role.HR)
PAYROLL = (Role.EMPLOYEE, Role.PAYROLL)
SUNDAY = 6


@dataclass(frozen=True, kw_only=True)
class Office:
    """Who pays whom; ``hr`` are two, ``payroll`` are two."""

    arena: Arena
    now: datetime
    ushers: list[Actor]
    hr: list[Actor]
    payroll: list[Actor]
    events: list[UUID] = field(default_factory=list)

    @property
    def owner(self) -> UUID:
        """Return the organisation."""
        return self.arena.organisation_id


def make_office(session: Session, *, ushers: int = 1, now: datetime | None = None) -> Office:
    """Make an arena with two events, a Saturday and the Sunday after it, and its people."""
    now = now or clock.now()
    arena = make_arena(session, now=now)
    office = Office(
        arena=arena,
        now=now,
        ushers=[make_employee(session, arena, name=f"Usher {place}") for place in range(ushers)],
        hr=[make_employee(session, arena, name=name, roles=HR) for name in ("Harper", "Indira")],
        payroll=[
            make_employee(session, arena, name=name, roles=PAYROLL) for name in ("Paula", "Quinn")
        ],
    )
    for held_on in (date(2026, 11, 14), date(2026, 11, 15)):
        first = session.get_one(Event, (office.owner, arena.event_id))
        event = Event(
            organisation_id=office.owner,
            id=new_id(),
            code=held_on.isoformat(),
            venue_id=arena.venue_id,
            season_id=arena.season_id,
            name=f"Game of {held_on}",
            held_on=held_on,
            doors_at=first.doors_at,
            starts_at=first.starts_at,
            ends_at=first.ends_at,
        )
        session.add(event)
        office.events.append(event.id)
    session.flush()
    return office


def earn(session: Session, office: Office, who: Actor, points: int, *, event_id: UUID) -> UUID:
    """Let ``who`` have earned ``points`` at an event, confirmed already; return their source."""
    earning = Earning(
        employee_id=who.employee_id,
        points=points,
        rule="resolved",
        source_kind=SourceKind.REQUEST,
        source_id=new_id(),
        at=office.now,
    )
    rules = an_occasion(session, office.arena)
    occasion = Occasion(
        organisation_id=office.owner,
        event_id=event_id,
        rule_version_id=rules.rule_version_id,
        hold=timedelta(hours=1),
    )
    earned_at = office.now - timedelta(hours=2)
    accrue(session, occasion=occasion, earnings=[earning], now=earned_at)
    while confirm_due(session, now=office.now):
        pass
    return earning.source_id


def approved(session: Session, office: Office, who: Actor, **given: Any) -> UUID:
    """Let ``who`` ask for a bonus of 100.00 for 100 points unless ``given``; approve it."""
    reward = make_reward(session, office.hr[0], now=office.now, **given)
    asked = redemptions.ask(
        session,
        actor=who,
        reward_id=reward.id,
        reward_version=1,
        merit=Merit(),
        now=office.now,
    )
    others = [one for one in office.hr if one != who]
    for version, decider in enumerate(others[: asked.approvals_needed], start=1):
        redemptions.approve(
            session,
            actor=decider,
            redemption_id=asked.id,
            seen_version=version,
            now=office.now,
        )
    return asked.id


def bonus(session: Session, office: Office, who: Actor, **given: Any) -> UUID:
    """Let ``who`` earn the points of a bonus, half on Saturday, half on Sunday, and have it."""
    points = given.get("points", 100)
    earn(session, office, who, points - points // 2, event_id=office.events[0])
    earn(session, office, who, points // 2, event_id=office.events[1])
    return approved(session, office, who, **given)


def export(
    session: Session, office: Office, *, by: Actor | None = None, currency: str = "USD"
) -> BatchFacts:
    """Export what waits, workweeks from Sunday."""
    return payroll_exports.export(
        session,
        actor=by or office.hr[0],
        currency=currency,
        workweek_starts_on=SUNDAY,
        now=office.now,
        foreseen={},
    )


def committed(app: Flask, *, ushers: int, bonuses: int = 1) -> tuple[Office, list[UUID]]:
    """Commit an office whose ushers have ``bonuses`` approved each; return their ids."""
    with app.app_context(), transaction() as session:
        office = make_office(session, ushers=ushers)
        ids = [
            bonus(session, office, usher, value_cents=1_000)
            for usher in office.ushers
            for _ in range(bonuses)
        ]
    return office, ids


def check(app: Flask, office: Office) -> None:
    """Assert that every invariant holds, but that no request was made for the points here."""
    with app.app_context(), reading() as session:
        found = list(verify.verify(session, organisation_id=office.owner))
    assert [one for one in found if one.invariant != "I04"] == []
