"""The people of the arena as they act, and what its office does by file for an evening."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.demo.rota import Place
from backend.demo.tables import rows_of, write
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.permissions import Role, granted
from backend.identity.queries import list_employees_by_badge
from backend.venues.queries import EventFacts, list_events
from backend.venues.services.event_imports import import_events
from backend.venues.services.shift_imports import import_shifts

BEFORE_DOORS, AFTER_END = timedelta(minutes=45), timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cast:
    """Everybody by badge number; the ``office`` imports files."""

    office: Actor
    actors: Mapping[str, Actor]
    salaried: Sequence[str]

    def put_on_shift(
        self, event: EventFacts, places: Mapping[str, Place], *, now: datetime
    ) -> None:
        """Import the rota of ``event``: everybody from before the doors until after the end."""
        rows = [
            {
                "event_code": event.code,
                "badge_number": badge,
                "zone_code": place.zone_code,
                "post_code": place.post_code,
                "starts_at": (event.doors_at - BEFORE_DOORS).isoformat(),
                "ends_at": (event.ends_at + AFTER_END).isoformat(),
            }
            for badge, place in sorted(places.items())
        ]
        with transaction() as session:
            import_shifts(session, actor=self.office, text=write(rows), now=now)

    def set_attendance(self, code: str, *, now: datetime) -> None:
        """Import the attendance of the event with ``code``, once it is known."""
        rows = [row for row in rows_of("events") if row["code"] == code]
        with transaction() as session:
            import_events(session, actor=self.office, text=write(rows), now=now)

    def events(self) -> list[EventFacts]:
        """Return every event of the arena by start."""
        with reading() as session:
            return list_events(session, organisation_id=self.office.organisation_id)


def gather(session: Session, *, office: Actor) -> Cast:
    """Return the people of the arena whose office is ``office``."""
    badges = [row["badge_number"] for row in rows_of("employees")]
    owner = office.organisation_id
    found = list_employees_by_badge(session, organisation_id=owner, badges=badges)
    return Cast(
        office=office,
        actors={
            badge: Actor(
                organisation_id=owner,
                employee_id=employee.id,
                permissions=granted({Role.EMPLOYEE}),
                salaried=employee.pay_basis == "salaried",
            )
            for badge, employee in found.items()
        },
        salaried=sorted(badge for badge in found if found[badge].pay_basis == "salaried"),
    )
