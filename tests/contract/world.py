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
from backend.engagement.services import ratings, requests
from backend.engagement.services.ratings import GivenAnswer
from backend.engagement.services.requests import Resolved
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import reading, transaction
from backend.identity.models import Device
from backend.identity.permissions import Role
from backend.rewards.models import LedgerTransaction
from backend.rewards.queries import list_lines
from backend.rewards.rules import Merit
from backend.rewards.services import payroll_corrections, payroll_exports, redemptions
from backend.rewards.services.ledger import confirm_due
from backend.settings import Settings
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
        for _ in range(3):
            _resolved(app, session, evening.blair, moment=moment)
        pool |= _payroll(session, evening, manager)
    headers_for(app, evening.blair)
    with app.app_context(), reading() as session:
        pool["rating_id"] = _ids(session, evening, Rating.id)
        pool["device_id"] = _ids(session, evening, Device.id)
    return World(
        app=app, evening=evening, manager=manager, headers=headers_for(app, manager), pool=pool
    )


def _requests(
    app: Flask, session: Session, manager: Actor, *, moment: Moment
) -> dict[str, list[str]]:
    """Open, take and resolve requests; return their ids and codes. The first code is used."""
    done = [_resolved(app, session, manager, moment=moment) for _ in range(4)]
    given = GivenAnswer(stars=5, comment="Kind.")
    ratings.receive(session, code=done[0].code, given=given, now=moment.at)
    taken = [accepted(session, manager, moment=moment) for _ in range(2)]
    waiting = [opened(session, manager, moment=moment) for _ in range(6)]
    return {
        "request_id": [str(one.id) for one in (*waiting, *taken, done[0].request)],
        "code": [one.code for one in done],
    }


def _resolved(app: Flask, session: Session, who: Actor, *, moment: Moment) -> Resolved:
    settings: Settings = app.extensions["on_the_spot.settings"]
    return requests.resolve(
        session,
        actor=who,
        request_id=accepted(session, who, moment=moment).id,
        moment=moment,
        code_key=settings.secrets.code_key,
        code_hours=settings.rating_code_hours,
    )


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


def _payroll(session: Session, evening: Evening, manager: Actor) -> dict[str, list[str]]:
    """Let somebody else have bonuses: two batches with a correction each, one that waits."""
    now = clock.now()
    owner = evening.organisation_id
    chief = make_employee(session, evening.arena, name="Dana Chief", roles=(Role.HR,))
    confirm_due(session, now=now + timedelta(days=4))
    reward = make_reward(session, manager, now=now, points=10)
    batches, lines, corrections = [], [], []
    for count in range(3):
        asked = redemptions.ask(
            session,
            actor=evening.blair,
            reward_id=reward.id,
            reward_version=1,
            merit=Merit(),
            now=now,
        )
        approvers = (manager, chief)[: asked.approvals_needed]
        for seen, who in enumerate(approvers, start=1):
            redemptions.approve(
                session, actor=who, redemption_id=asked.id, seen_version=seen, now=now
            )
        if count == 2:
            break
        batch = payroll_exports.export(
            session, actor=chief, currency="USD", workweek_starts_on=6, now=now, foreseen={}
        )
        [line] = list_lines(session, organisation_id=owner, batch_id=batch.id)
        correction = payroll_corrections.ask(
            session, actor=chief, line_id=line.id, amount_cents=-100, reason="Less.", now=now
        )
        batches.append(str(batch.id))
        lines.append(str(line.id))
        corrections.append(str(correction.id))
    return {
        "batch_id": batches,
        "line_id": lines,
        "correction_id": corrections,
        "source_id": _ids(session, evening, LedgerTransaction.id),
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
