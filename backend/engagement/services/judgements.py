"""Greetings as phones say them, and how they are judged: duty, zone, spacing, cap."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import ZoneElsewhere
from backend.engagement.queries import greetings as queries
from backend.engagement.queries import sights
from backend.engagement.rules import COUNTING, ActionKind, Answer, Moment, Outcome
from backend.engagement.services import actions
from backend.engagement.services.actions import Action, Known, Result
from backend.engagement.services.evenings import OpenEvening, open_evening
from backend.engagement.services.openings import NewRequest
from backend.foundation.actor import Actor
from backend.foundation.problems import Problem
from backend.integrity.rules import Verdict
from backend.rewards.queries import get_rules
from backend.venues.problems import ZoneNotFound
from backend.venues.queries import Duty, EventFacts, ZoneFacts, get_zone, list_duties


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What a greeted fan needs, and whether the greeter takes it in hand at once."""

    new: NewRequest
    take: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class NewGreeting:
    """A party of 1 to 50 fans that was greeted and asked, under the phone's own id.

    ``zone_id`` is where, if not at the greeter's post; ``phone_at`` the phone's own time for it.
    Only a fan who answered with help has a ``wish``.
    """

    id: UUID
    moment: Moment
    party_size: int = 1
    answer: Answer = Answer.NOTHING
    zone_id: UUID | None = None
    phone_at: datetime | None = None
    wish: Wish | None = None

    @classmethod
    def said(cls, greeting_id: UUID, body: Mapping[str, Any], *, now: datetime) -> "NewGreeting":
        """Make a greeting of what a phone said; its clock is judged by when it was sent."""
        asked = body.get("request")
        return cls(
            id=greeting_id,
            moment=actions.moment_of(body.get("at"), sent_at=body.get("sent_at"), now=now),
            party_size=body["party_size"],
            answer=body["answer"],
            zone_id=body.get("zone_id"),
            phone_at=body.get("at"),
            wish=asked and Wish(new=NewRequest.said(asked["id"], asked), take=asked["take"]),
        )

    @property
    def action(self) -> Action:
        """Return what the phone did."""
        said: dict[str, Any] = {
            "party_size": self.party_size,
            "answer": self.answer,
            "zone_id": self.zone_id,
            "wish": self.wish and asdict(self.wish),
        }
        return Action(
            id=self.id,
            kind=ActionKind.GREET,
            fingerprint=actions.fingerprint_of(ActionKind.GREET, said),
            moment=self.moment,
            phone_at=self.phone_at,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class GreetingView:
    """What became of a greeting; ``counted`` says whether it is in the programme's figures."""

    id: UUID
    outcome: Outcome
    points: int
    counted: bool
    greeted_at: datetime
    event_id: UUID | None
    zone_id: UUID | None
    request: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A greeting that is to be judged, and where its greeter was on duty."""

    greeting: NewGreeting
    action: Action
    duty: Duty | None

    @property
    def event(self) -> EventFacts | None:
        """Return the event in whose figures it may count."""
        verified = self.greeting.moment.verdict is Verdict.VERIFIED
        return self.duty.event if self.duty and verified and not self.late else None

    @property
    def late(self) -> bool:
        """Tell whether it came after the season of its event was closed."""
        return self.duty is not None and self.duty.event.is_late(self.greeting.moment.now)


class _Zones:
    """Zones that phones name, each looked up once."""

    def __init__(self, session: Session, organisation_id: UUID) -> None:
        self._session, self._organisation_id = session, organisation_id
        self._known: dict[UUID, ZoneFacts | ZoneNotFound] = {}

    def find(self, zone_id: UUID) -> ZoneFacts | ZoneNotFound:
        if zone_id not in self._known:
            try:
                self._known[zone_id] = get_zone(
                    self._session, organisation_id=self._organisation_id, zone_id=zone_id
                )
            except ZoneNotFound as problem:
                self._known[zone_id] = problem
        return self._known[zone_id]

    def venue_of(self, zone_id: UUID | None) -> UUID | None:
        zone = self.find(zone_id) if zone_id else None
        return zone.venue_id if isinstance(zone, ZoneFacts) else None


class Page:
    """Greetings of one employee that are recorded together, one after the other.

    ``known`` are the first results that exist already; whoever keeps a new one adds it.
    """

    def __init__(
        self, actor: Actor, evenings: Mapping[UUID, OpenEvening], known: Known, zones: _Zones
    ) -> None:
        """Open a page on ``evenings``, by the ids of their events."""
        self._actor = actor
        self._evenings = evenings
        self.known = known
        self._zones = zones
        self._rows: list[dict[str, Any]] = []

    def settle(self, session: Session, asked: Asked) -> GreetingView | Result | Problem:
        """Return what came of a greeting: a view when it is new."""
        greeting, action = asked.greeting, asked.action
        first = self.known.result_of(action)
        if first is not None:
            return first
        zone_id = self._zone_of(asked)
        if isinstance(zone_id, Problem):
            return zone_id
        view, paid_with_id = self._judged(session, asked, zone_id)
        self._rows.append(
            {
                "organisation_id": self._actor.organisation_id,
                "id": greeting.id,
                "employee_id": self._actor.employee_id,
                "event_id": view.event_id,
                "shift_id": asked.duty.shift_id if asked.duty else None,
                "zone_id": view.zone_id,
                "party_size": greeting.party_size,
                "answer": greeting.answer,
                "greeted_at": view.greeted_at,
                "received_at": greeting.moment.now,
                "outcome": view.outcome,
                "points": view.points,
                "paid_with_id": paid_with_id,
            }
        )
        return view

    def _judged(
        self, session: Session, asked: Asked, zone_id: UUID | None
    ) -> tuple[GreetingView, UUID | None]:
        at = asked.greeting.moment.at
        points, paid_with_id = 0, None
        if asked.event:
            rules = get_rules(session, organisation_id=self._actor.organisation_id, at=at)
            pay, paid_with_id = self._evenings[asked.event.id].add(
                rules,
                greeting_id=asked.greeting.id,
                at=at,
                party_size=asked.greeting.party_size,
            )
            outcome, points = Outcome(pay.outcome.value), pay.points
        elif asked.late:
            outcome = Outcome.SEASON_CLOSED
        elif asked.greeting.moment.verdict is Verdict.REJECTED:
            outcome = Outcome.REJECTED
        else:
            outcome = Outcome.UNVERIFIED
        view = GreetingView(
            id=asked.greeting.id,
            outcome=outcome,
            points=points,
            counted=outcome in COUNTING,
            greeted_at=at,
            event_id=asked.duty.event.id if asked.duty else None,
            zone_id=zone_id,
        )
        return view, paid_with_id

    def _zone_of(self, asked: Asked) -> UUID | Problem | None:
        """Return where the greeting was: as the phone says, else at the greeter's post."""
        at_post = asked.duty.zone_id if asked.duty else None
        said = asked.greeting.zone_id
        if said is None or said == at_post:
            return at_post
        zone = self._zones.find(said)
        if isinstance(zone, ZoneNotFound):
            return zone
        if asked.duty and asked.duty.event.venue_id != zone.venue_id:
            return ZoneElsewhere(errors={"json": {"zone_id": [ZoneElsewhere.title()]}})
        return said

    def write(self, session: Session, *, now: datetime) -> None:
        """Write the new greetings, and what they add to tallies and ledger; raises RaceLost."""
        queries.add_greetings(session, self._rows)
        for evening in self._evenings.values():
            evening.write(session, now=now)


def open_page(
    session: Session, *, actor: Actor, greetings: Sequence[NewGreeting]
) -> tuple[Page, list[Asked]]:
    """Open the page on which ``greetings`` of ``actor`` are settled, and ask about them."""
    zones = _Zones(session, actor.organisation_id)
    if len(greetings) == 1 and (page := _page_of_one(session, actor, greetings[0], zones)):
        return page
    asked = _with_duties(session, actor, greetings, zones)
    known = actions.known_of(session, actor=actor, asked=[one.action for one in asked])
    instants: dict[EventFacts, list[datetime]] = {}
    for one in asked:
        if one.event:
            instants.setdefault(one.event, []).append(one.greeting.moment.at)
    seen = sights.list_seen(session, actor=actor, event_ids=[event.id for event in instants])
    evenings = {
        event.id: open_evening(
            session, actor=actor, event=event, seen=seen[event.id], instants=instants[event]
        )
        for event in sorted(instants, key=lambda event: event.id)
    }
    return Page(actor, evenings, known, zones), asked


def _page_of_one(
    session: Session, actor: Actor, greeting: NewGreeting, zones: _Zones
) -> tuple[Page, list[Asked]] | None:
    """Do what `open_page` does for one greeting on a shift, as nearly all are, at one look."""
    action, at = greeting.action, greeting.moment.at
    if greeting.moment.verdict is Verdict.REJECTED:
        return None
    sight = sights.find_sight(session, actor=actor, at=at, action_id=action.id)
    if sight is None:
        return None
    asked = Asked(greeting=greeting, action=action, duty=sight.duty)
    evenings = {}
    if asked.event:
        evenings[asked.event.id] = open_evening(
            session, actor=actor, event=asked.event, seen=sight.seen, instants=[at]
        )
    known = Known(actor, [sight.first] if sight.first else [])
    return Page(actor, evenings, known, zones), [asked]


def _with_duties(
    session: Session, actor: Actor, greetings: Sequence[NewGreeting], zones: _Zones
) -> list[Asked]:
    """Find out where the greeter was on duty, except for what is too old to count anyway."""
    sightings = [
        (one.moment.at, zones.venue_of(one.zone_id))
        for one in greetings
        if one.moment.verdict is not Verdict.REJECTED
    ]
    duties = iter(list_duties(session, actor=actor, sightings=sightings))
    return [
        Asked(
            greeting=one,
            action=one.action,
            duty=None if one.moment.verdict is Verdict.REJECTED else next(duties),
        )
        for one in greetings
    ]
