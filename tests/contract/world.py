"""A world with something behind every kind of id, for tests that try the whole contract."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import Rating
from backend.engagement.rules import Moment
from backend.engagement.services import gestures, packs, ratings, requests
from backend.engagement.services.gestures import NewGesture
from backend.engagement.services.packs import NewPack
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.models import Device
from backend.identity.permissions import Role
from backend.notify.messages import MessageKind
from backend.notify.models import OutboxMessage
from backend.notify.services import messages
from backend.rewards.rules import Merit
from backend.rewards.services import redemptions
from backend.rewards.services.ledger import confirm_due
from backend.settings import Settings
from tests.engagement.generosity import in_hand, make_kind, set_caps
from tests.engagement.stories import Evening, accepted, make_evening, opened
from tests.factories import make_employee, make_shift
from tests.http import headers_for
from tests.rewards.wallets import make_reward

ENDLESS = "closeSession"


@dataclass(frozen=True, kw_only=True)
class World:
    """An evening that is on; ``pool`` has ids and codes by the names of fields."""

    app: Flask
    evening: Evening
    manager: Actor
    headers: dict[str, str]
    pool: dict[str, list[str]]

    def headers_of(self, name: str) -> dict[str, str]:
        """Return the headers of a call; whoever signs out has a session to spare."""
        return headers_for(self.app, self.manager) if name == ENDLESS else self.headers

    def inhabit(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return ``values`` in which about two of three ids are of things that exist."""
        return {key: self._known(key, value) for key, value in values.items()}

    def _known(self, key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self.inhabit(value)
        if isinstance(value, list):
            return [self.inhabit(item) if isinstance(item, dict) else item for item in value]
        known = self.pool.get(key, ())
        drawn = sum(value.encode("utf-8", "replace")) if isinstance(value, str) else 0
        if not known or not drawn % 3 or (key != "code" and not is_id(value)):
            return value
        return known[drawn % len(known)]


def is_id(value: object) -> bool:
    """Tell whether ``value`` has the shape of an id."""
    try:
        return bool(UUID(str(value)))
    except ValueError:
        return False


def make_world(app: Flask) -> World:
    """Commit an evening, with a manager of HR who is on shift, and requests in every state."""
    now = clock.now()
    with app.app_context(), transaction() as session:
        evening = make_evening(session, now=now)
        roles = (Role.EMPLOYEE, Role.HR, Role.ADMIN)
        manager = make_employee(session, evening.arena, name="Morgan Manager", roles=roles)
        make_shift(session, evening.arena, manager)
        # So long ago that the fan's time to correct is over.
        moment = Moment.present(now - timedelta(minutes=15))
        pool = _requests(app, session, manager, moment=moment) | _places(evening, manager)
        pool |= _redemptions(session, manager)
        pool |= _gestures(app, session, evening, manager, request_id=UUID(pool["request_id"][-2]))
        messages.send(
            session,
            organisation_id=manager.organisation_id,
            recipients=[manager.employee_id, evening.blair.employee_id],
            kind=MessageKind.REQUEST_HANDED_OVER,
            subject_id=UUID(pool["request_id"][0]),
            now=now,
        )
    headers_for(app, evening.blair)
    with app.app_context(), reading() as session:
        pool["rating_id"] = _ids(session, evening, Rating.id)
        pool["device_id"] = _ids(session, evening, Device.id)
        pool["message_id"] = pool["up_to"] = _ids(session, evening, OutboxMessage.id)
    return World(
        app=app, evening=evening, manager=manager, headers=headers_for(app, manager), pool=pool
    )


def _requests(
    app: Flask, session: Session, manager: Actor, *, moment: Moment
) -> dict[str, list[str]]:
    """Open, take and resolve requests; return their ids and codes. The first code is used."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    done = [
        requests.resolve(
            session,
            actor=manager,
            request_id=accepted(session, manager, moment=moment).id,
            moment=moment,
            code_key=settings.secrets.code_key,
            code_hours=settings.rating_code_hours,
        )
        for _ in range(4)
    ]
    given = GivenAnswer(stars=5, comment="Kind.")
    ratings.receive(session, code=done[0].code, given=given, now=moment.at)
    taken = [accepted(session, manager, moment=moment) for _ in range(2)]
    waiting = [opened(session, manager, moment=moment) for _ in range(6)]
    return {
        "request_id": [str(one.id) for one in (*waiting, *taken, done[0].request)],
        "code": [one.code for one in done],
    }


def _redemptions(session: Session, manager: Actor) -> dict[str, list[str]]:
    """Put rewards up, and let the manager ask for them with what their requests have earned."""
    now = clock.now()
    confirm_due(session, now=now + timedelta(days=4))
    rewards = [make_reward(session, manager, now=now, points=5) for _ in range(4)]
    asked = [
        redemptions.ask(
            session, actor=manager, reward_id=one.id, reward_version=1, merit=Merit(), now=now
        )
        for one in rewards
    ]
    return {
        "reward_id": [str(one.id) for one in rewards],
        "redemption_id": [str(one.id) for one in asked],
    }


def _gestures(
    app: Flask, session: Session, evening: Evening, manager: Actor, *, request_id: UUID
) -> dict[str, list[str]]:
    """Let gestures be given, and one of a colleague's wait to be allowed; print cards."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    kinds = [make_kind(session, manager, name) for name in ("Beer", "Soda", "Pretzel")]
    set_caps(session, manager, employee=1_500, admin=9_000)
    theirs = in_hand(session, evening.blair)
    given = []
    for who, request in ((manager, request_id), (evening.blair, theirs), (evening.blair, theirs)):
        new = NewGesture(
            id=new_id(), request_id=request, kind_id=kinds[0].id, needs_supervisor=True
        )
        gestures.give_once(
            session,
            actor=who,
            new=new,
            moment=Moment.present(clock.now()),
            code_key=settings.secrets.code_key,
        )
        given.append(new.id)
    pack = packs.make(
        session,
        actor=manager,
        new=NewPack(count=20),
        code_key=settings.secrets.code_key,
        now=clock.now(),
    )
    return {
        "pack_id": [str(pack.id)],
        "post_id": [str(evening.arena.gate_post_id)],
        "kind_id": [str(kind.id) for kind in kinds],
        "gesture_id": [str(gesture_id) for gesture_id in given],
    }


def _places(evening: Evening, manager: Actor) -> dict[str, list[str]]:
    arena = evening.arena
    people = (evening.blair, evening.casey, manager)
    return {
        "employee_id": [str(person.employee_id) for person in people],
        "event_id": [str(arena.event_id)],
        "zone_id": [str(arena.gate_id), str(arena.section_id)],
        "venue_id": [str(arena.venue_id)],
        "season_id": [str(arena.season_id)],
        "department_id": [str(arena.department_id)],
    }


def _ids(session: Session, evening: Evening, column: Any) -> list[str]:
    owned = column.class_.organisation_id == evening.organisation_id
    return [str(found) for found in session.scalars(select(column).where(owned))]
