"""Opening a request: what is needed, where, and at which event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Greeting, Request
from backend.engagement.problems import (
    IdAlreadyUsed,
    NoEventOn,
    UnknownGreeting,
    ZoneNeeded,
)
from backend.engagement.queries.requests import RequestView, is_known, view_of
from backend.engagement.rules import ActionKind, Category, Moment, Status, Step
from backend.engagement.services import actions
from backend.engagement.services.actions import Action, Result
from backend.engagement.services.steps import Mark, believed, supervises, write
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.foundation.inserts import PreparedInsert
from backend.integrity.rules import Verdict
from backend.venues.queries import Duty, EventFacts, find_duty, find_event_on, get_zone

_OPEN = PreparedInsert(Request)
_COLUMNS = tuple(column.key for column in Request.__table__.columns)


@dataclass(frozen=True, kw_only=True, slots=True)
class NewRequest:
    """What a fan needs, as a phone says it; without a zone it is where the employee's post is."""

    id: UUID
    category: Category
    zone_id: UUID | None = None
    seat: str | None = None
    note: str | None = None
    greeting_id: UUID | None = None

    @classmethod
    def said(cls, request_id: UUID, body: Mapping[str, Any]) -> "NewRequest":
        """Make a request of what a phone said."""
        return cls(
            id=request_id,
            category=body["category"],
            zone_id=body.get("zone_id"),
            seat=body.get("seat"),
            note=body.get("note"),
            greeting_id=body.get("greeting_id"),
        )

    def action(self, moment: Moment, *, phone_at: datetime | None) -> Action:
        """Return what the phone did at ``moment``, which it says was at ``phone_at``."""
        said = {
            "category": self.category,
            "zone_id": self.zone_id,
            "seat": self.seat,
            "note": self.note,
            "greeting_id": self.greeting_id,
        }
        return Action(
            id=self.id,
            kind=ActionKind.OPEN,
            fingerprint=actions.fingerprint_of(ActionKind.OPEN, said),
            moment=moment,
            phone_at=phone_at,
        )


def open_once(
    session: Session,
    *,
    actor: Actor,
    new: NewRequest,
    moment: Moment,
    phone_at: datetime | None = None,
) -> Result:
    """Open a request unless this phone did already; then return the first result."""
    action = new.action(moment, phone_at=phone_at)
    try:
        return actions.once(
            session,
            actor=actor,
            action=action,
            act=lambda: Result.of(
                open_request(session, actor=actor, new=new, moment=moment), status=actions.CREATED
            ),
        )
    except IdAlreadyUsed:
        # It was opened since we looked, before anything was written here: perhaps by this very
        # phone, whose first try was slow.
        first = actions.find_first(session, actor=actor, action=action)
        if first is None:
            raise
        return first


def open_request(session: Session, *, actor: Actor, new: NewRequest, moment: Moment) -> RequestView:
    """Open a request at the event that is on where and when it was made.

    After that event's season was closed it is kept, ended at once. Raises NoEventOn, ZoneNeeded,
    ZoneNotFound, UnknownGreeting and IdAlreadyUsed.
    """
    duty = find_duty(session, actor=actor, at=moment.at)
    event, zone_id = _place(session, actor, duty, new.zone_id, moment.at)
    if new.greeting_id is not None:
        _must_be_own_greeting(session, actor, new.greeting_id)
    if is_known(session, organisation_id=actor.organisation_id, request_id=new.id):
        raise IdAlreadyUsed
    late = event.is_late(moment.now)
    row = Request(
        organisation_id=actor.organisation_id,
        id=new.id,
        event_id=event.id,
        season_id=event.season_id,
        zone_id=zone_id,
        greeting_id=new.greeting_id,
        category=new.category,
        seat=new.seat,
        note=new.note,
        status=Status.SEASON_CLOSED if late else Status.OPEN,
        opened_by=actor.employee_id,
        # Who answers for the requests of others asks for them from wherever they are.
        verdict=moment.verdict if supervises(actor) else believed(duty, moment),
        opened_at=moment.at,
        closed_at=moment.now if late else None,
        steps=1,
    )
    # Should another transaction take the id meanwhile, running again will find what it left.
    _OPEN.run(session, [{name: getattr(row, name) for name in _COLUMNS}])
    # For whoever takes it once it was put back (`verdict_of_opening`).
    doubt = {} if row.verdict is Verdict.VERIFIED else {"verdict": row.verdict}
    opened = Mark(step=Step.OPENED, employee_id=actor.employee_id, moment=moment, detail=doubt)
    write(session, row, opened.too_late() if late else opened)
    return view_of(row, {})


@dataclass(frozen=True, kw_only=True, slots=True)
class FanWish:
    """What a fan needs, said without anybody of the staff; perhaps once more."""

    event: EventFacts
    zone_id: UUID
    category: Category
    seat: str | None
    note: str | None
    reopens_id: UUID | None = None


def open_for_fan(session: Session, *, wish: FanWish, now: datetime) -> Request:
    """Open a request that nobody of the staff has opened; the server itself saw when."""
    row = Request(
        organisation_id=wish.event.organisation_id,
        id=new_id(),
        event_id=wish.event.id,
        season_id=wish.event.season_id,
        zone_id=wish.zone_id,
        category=wish.category,
        seat=wish.seat,
        note=wish.note,
        status=Status.OPEN,
        reopens_id=wish.reopens_id,
        verdict=Verdict.VERIFIED,
        opened_at=now,
        steps=1,
    )
    _OPEN.run(session, [{name: getattr(row, name) for name in _COLUMNS}])
    detail = {"reopens": str(wish.reopens_id)} if wish.reopens_id else {}
    moment = Moment.present(now)
    write(session, row, Mark(step=Step.OPENED, employee_id=None, moment=moment, detail=detail))
    return row


def _place(
    session: Session, actor: Actor, duty: Duty | None, zone_id: UUID | None, at: datetime
) -> tuple[EventFacts, UUID]:
    """Return the event and the zone of a request made at the instant ``at``.

    Off duty, or asked for another venue, that is whatever event is on at the zone's venue.
    """
    owner = actor.organisation_id
    if zone_id is None:
        event = duty.event if duty else find_event_on(session, organisation_id=owner, at=at)
        if event is None:
            raise NoEventOn
        if duty is None or duty.zone_id is None:
            raise ZoneNeeded(errors={"json": {"zone_id": ["Say where."]}})
        return event, duty.zone_id
    zone = get_zone(session, organisation_id=owner, zone_id=zone_id)
    if duty and duty.event.venue_id == zone.venue_id:
        return duty.event, zone_id
    event = find_event_on(session, organisation_id=owner, at=at, venue_id=zone.venue_id)
    if event is None:
        raise NoEventOn
    return event, zone_id


def _must_be_own_greeting(session: Session, actor: Actor, greeting_id: UUID) -> None:
    own = select(Greeting.id).where(
        Greeting.organisation_id == actor.organisation_id,
        Greeting.id == greeting_id,
        Greeting.employee_id == actor.employee_id,
    )
    if session.scalar(own) is None:
        raise UnknownGreeting(errors={"json": {"greeting_id": ["Not one of your greetings."]}})
