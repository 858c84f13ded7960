"""Plain functions that put an arena and its people into a database.

Every test makes an organisation of its own, so tests share one database and commit for real.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.identity.models import (
    Department,
    Employee,
    EmployeeRole,
    Organisation,
)
from backend.identity.permissions import Role, granted
from backend.identity.rules import EmploymentKind, PayBasis
from backend.rewards.models import RuleVersion
from backend.venues.models import Event, Post, Season, Shift, Venue, Zone
from backend.venues.rules import SETTLING, SeasonStatus, ZoneKind, held_on

NOW = datetime(2026, 11, 21, 19, 30, tzinfo=UTC)
RULES = {
    "greeting": {"points": 1, "cap_per_shift": 40, "spacing_seconds": 10},
    "resolved": {"points": 10, "cap_per_shift": 20},
    "rating": {"points_by_stars": [0, 0, 0, 15, 15], "cap_per_shift": 20},
    "hold_hours": 72,
}
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Arena:
    """An organisation with one venue, two zones with a post each, and an event that is on."""

    organisation_id: UUID
    department_id: UUID
    venue_id: UUID
    season_id: UUID
    event_id: UUID
    gate_id: UUID
    section_id: UUID
    gate_post_id: UUID
    section_post_id: UUID


def make_arena(
    session: Session, *, now: datetime = NOW, rules: dict[str, Any] | None = None
) -> Arena:
    """Make an arena whose event started half an hour before ``now`` and ends two hours after."""
    organisation_id = new_id()
    session.add(Organisation(id=organisation_id, name=f"Arena {organisation_id}", created_at=now))
    session.flush()
    owned = {"organisation_id": organisation_id}
    day = held_on(now - timedelta(minutes=30), time_zone="America/New_York")
    department = Department(**owned, id=new_id(), name="Guest services")
    venue = Venue(
        **owned,
        id=new_id(),
        code="ARENA",
        name="The Arena",
        time_zone="America/New_York",
        capacity=19_500,
    )
    season = Season(
        **owned,
        id=new_id(),
        name="2026-27",
        starts_on=date(2026, 9, 1),
        ends_on=max(date(2027, 6, 30), day + timedelta(days=200)),
    )
    session.add_all([department, venue, season])
    session.flush()
    gate = Zone(**owned, id=new_id(), venue_id=venue.id, code="G1", name="Gate 1", kind="gate")
    section = Zone(
        **owned, id=new_id(), venue_id=venue.id, code="101", name="101", kind=ZoneKind.SECTION
    )
    gate.kind = ZoneKind.GATE
    event = Event(
        **owned,
        id=new_id(),
        code="2026-11-21",
        venue_id=venue.id,
        season_id=season.id,
        name="Home against Away",
        held_on=day,
        doors_at=now - timedelta(minutes=90),
        starts_at=now - timedelta(minutes=30),
        ends_at=now + timedelta(hours=2),
        attendance=None,
    )
    session.add_all([gate, section, event])
    session.flush()
    gate_post = Post(**owned, id=new_id(), zone_id=gate.id, code="G1-1", name="Gate 1, lane 1")
    section_post = Post(**owned, id=new_id(), zone_id=section.id, code="101-A", name="Aisle A")
    session.add_all([gate_post, section_post])
    session.add(
        RuleVersion(
            **owned,
            id=new_id(),
            number=1,
            effective_from=datetime(2000, 1, 1, tzinfo=UTC),
            document=rules or RULES,
            published_at=now,
            published_by=None,
        )
    )
    session.flush()
    return Arena(
        organisation_id=organisation_id,
        department_id=department.id,
        venue_id=venue.id,
        season_id=season.id,
        event_id=event.id,
        gate_id=gate.id,
        section_id=section.id,
        gate_post_id=gate_post.id,
        section_post_id=section_post.id,
    )


def make_employee(
    session: Session,
    arena: Arena,
    *,
    name: str = "Alex Usher",
    roles: tuple[Role, ...] = (Role.EMPLOYEE,),
    pay_basis: PayBasis = PayBasis.HOURLY,
    payroll_number: str | None = "",
) -> Actor:
    """Make an employee and return them as they act when signed in.

    A person of their own, unless another's ``payroll_number`` is given, or none.
    """
    number = next(_numbers)
    employee = Employee(
        organisation_id=arena.organisation_id,
        id=new_id(),
        badge_number=f"B{number:05}",
        name=name,
        department_id=arena.department_id,
        employment_kind=EmploymentKind.PART_TIME,
        pay_basis=pay_basis,
        created_at=NOW,
        payroll_number=f"P{number:05}" if payroll_number == "" else payroll_number,
    )
    session.add(employee)
    session.flush()
    session.add_all(
        EmployeeRole(organisation_id=arena.organisation_id, employee_id=employee.id, role=role)
        for role in roles
    )
    session.flush()
    return Actor(
        organisation_id=arena.organisation_id,
        employee_id=employee.id,
        permissions=granted(set(roles)),
        salaried=pay_basis is PayBasis.SALARIED,
    )


def make_shift(
    session: Session,
    arena: Arena,
    actor: Actor,
    *,
    post_id: UUID | None = None,
    event_id: UUID | None = None,
    hours: tuple[float, float] | None = None,
) -> UUID:
    """Put ``actor`` on a shift, at the gate's post and the arena's event unless said otherwise.

    It lasts for the whole event, or as long as the ``hours`` say, counted from doors.
    """
    event = session.get_one(Event, (arena.organisation_id, event_id or arena.event_id))
    starts_at = event.doors_at - timedelta(minutes=30)
    ends_at = event.ends_at + timedelta(minutes=30)
    if hours is not None:
        starts_at, ends_at = (event.doors_at + timedelta(hours=hour) for hour in hours)
    shift = Shift(
        organisation_id=arena.organisation_id,
        id=new_id(),
        event_id=event.id,
        employee_id=actor.employee_id,
        post_id=post_id or arena.gate_post_id,
        starts_at=starts_at,
        ends_at=ends_at,
    )
    session.add(shift)
    session.flush()
    return shift.id


def close(session: Session, arena: Arena, *, now: datetime = NOW) -> None:
    """Close the arena's season, without what else belongs to that."""
    season = session.get_one(Season, (arena.organisation_id, arena.season_id))
    season.status = SeasonStatus.CLOSED
    season.closes_at, season.freezes_at = now, now + SETTLING
    session.flush()
