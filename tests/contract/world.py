"""A world with something behind every kind of id, for tests that try the whole contract."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import PostCover, Rating, RequestFollowUp
from backend.engagement.queries.heard import list_whys
from backend.engagement.rules import Category, CommentState, Moment
from backend.engagement.rules.heard import Works, slug_of
from backend.engagement.services import (
    asks,
    gestures,
    heard_entries,
    heard_pages,
    packs,
    places,
    ratings,
    requests,
)
from backend.engagement.services.asks import NewAsk
from backend.engagement.services.gestures import NewGesture
from backend.engagement.services.packs import NewPack
from backend.engagement.services.ratings import GivenAnswer
from backend.engagement.services.requests import Resolved
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.models import Device
from backend.identity.permissions import Role
from backend.notify.messages import MessageKind
from backend.notify.models import OutboxMessage
from backend.notify.services import messages
from backend.rewards.models import LedgerTransaction
from backend.rewards.queries import list_lines
from backend.rewards.rules import AppealSubject, Merit
from backend.rewards.services import (
    adjustments,
    appeals,
    payroll_corrections,
    payroll_exports,
    redemptions,
)
from backend.rewards.services.ledger import confirm_due
from backend.settings import Settings
from backend.venues.models import Shift
from tests.engagement.generosity import in_hand, make_kind, set_caps
from tests.engagement.stories import Evening, accepted, make_evening, opened
from tests.engagement.suspects import phone
from tests.factories import make_employee, make_shift
from tests.http import headers_for
from tests.identity.groups import make_attributes
from tests.rewards.wallets import make_reward

ENDLESS = "closeSession"
# Of these, too, two of three are known ones.
CODES = {"code", "ask_token", "place_code"}


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
        if not known or not drawn % 3 or not (key in CODES or is_id(value)):
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
        pool = _requests(app, session, manager, evening.casey, moment=moment)
        pool |= _places(evening, manager)
        pool["shift_id"] = _ids(session, evening, Shift.id)
        pool |= _asks(app, session, evening, now=now)
        pool |= _heard(session, evening, manager, now=now)
        pool |= _redemptions(session, manager)
        for _ in range(3):
            _resolved(app, session, evening.blair, moment=moment)
        pool |= _payroll(session, evening, manager)
        pool |= _adjustments(session, evening, manager)
        pool |= _absences(session, evening, now=now)
        follow_up = RequestFollowUp(
            organisation_id=manager.organisation_id,
            request_id=UUID(pool["request_id"][0]),
            employee_id=manager.employee_id,
            created_at=now,
            due_at=now + timedelta(days=1),
        )
        session.add(follow_up)
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
        pool["attribute_id"] = make_attributes(session, manager, now=now)
        pool["rating_id"] = _ids(session, evening, Rating.id)
        pool["device_id"] = _ids(session, evening, Device.id)
        pool["message_id"] = pool["up_to"] = _ids(session, evening, OutboxMessage.id)
    return World(
        app=app, evening=evening, manager=manager, headers=headers_for(app, manager), pool=pool
    )


def _requests(
    app: Flask, session: Session, manager: Actor, colleague: Actor, *, moment: Moment
) -> dict[str, list[str]]:
    """Open, take and resolve requests; return their ids and codes. The first code is used."""
    done = [_resolved(app, session, manager, moment=moment) for _ in range(4)]
    given = GivenAnswer(stars=5, comment="Kind.")
    ratings.receive(session, code=done[0].code, given=given, now=moment.at)
    # Two of a colleague's, on a phone of staff: they wait for whoever decides.
    for number in range(2):
        ratings.receive(
            session,
            code=_resolved(app, session, colleague, moment=moment).code,
            given=given,
            sighting=phone(number, staff=True),
            now=moment.at,
        )
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


def _absences(session: Session, evening: Evening, *, now: datetime) -> dict[str, list[str]]:
    """Let people leave their posts for a while, one of them for one that nobody covers."""
    moment, arena = Moment.present(now), evening.arena
    for who, zone_id in (
        (evening.casey, arena.gate_id),
        (evening.blair, arena.section_id),
        (evening.alex, arena.section_id),
    ):
        away = opened(session, who, zone_id=zone_id, moment=moment)
        requests.accept(session, actor=who, request_id=away.id, moment=moment)
    left = select(PostCover.id).where(PostCover.organisation_id == evening.organisation_id)
    return {
        "cover_id": [str(one) for one in session.scalars(left)],
        "post_id": [str(arena.gate_post_id), str(arena.section_post_id)],
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


def _adjustments(session: Session, evening: Evening, manager: Actor) -> dict[str, list[str]]:
    """Let a colleague of the manager's adjust points, some of which wait, and others appeal."""
    now = clock.now()
    harper = make_employee(session, evening.arena, roles=(Role.EMPLOYEE, Role.HR))
    made = {
        (who.employee_id, points): adjustments.adjust(
            session,
            actor=harper,
            employee_id=who.employee_id,
            points=points,
            reason="The count was wrong.",
            now=now,
        ).id
        for who in (manager, evening.blair, evening.casey)
        for points in (-10, -11, 500)
    }
    lodged = [
        appeals.lodge(
            session,
            actor=who,
            subject_kind=AppealSubject.ADJUSTMENT,
            subject_id=made[who.employee_id, points],
            statement="It was right.",
            now=now,
        ).id
        for who in (evening.blair, evening.casey)
        for points in (-10, -11)
    ]
    return {
        "adjustment_id": [str(one) for one in made.values()],
        "appeal_id": [str(one) for one in lodged],
        "subject_id": [str(made[manager.employee_id, points]) for points in (-10, -11)],
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


def _asks(app: Flask, session: Session, evening: Evening, *, now: datetime) -> dict[str, list[str]]:
    """Let fans ask at a section, one of whom was helped."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    key, arena = settings.secrets.code_key, evening.arena
    code = places.place_code(arena.section_id, version=1, code_key=key)
    asked = [
        asks.ask(
            session,
            code=code,
            new=NewAsk(id=new_id(), category=Category.CLEANING),
            code_key=key,
            now=now,
        )
        for _ in range(5)
    ]
    done = asks.get_followed(session, token=asked[0].token).request.id
    moment = Moment.present(now)
    requests.accept(session, actor=evening.casey, request_id=done, moment=moment)
    requests.resolve(
        session,
        actor=evening.casey,
        request_id=done,
        moment=moment,
        code_key=key,
        code_hours=settings.rating_code_hours,
    )
    return {
        "ask_token": [one.token for one in asked],
        "place_code": [code],
        "place_id": [str(arena.section_id), str(arena.gate_post_id), str(arena.venue_id)],
    }


def _heard(
    session: Session, evening: Evening, manager: Actor, *, now: datetime
) -> dict[str, list[str]]:
    """Tell fans what was done, which does not work yet for some."""
    venue_id = evening.arena.venue_id
    words = {"venue_id": venue_id, "asked": "Shorter queues", "done": "Two more stands."}
    entries = [heard_entries.write(session, actor=manager, given=words, now=now) for _ in range(3)]
    slug = slug_of(venue_id, "ARENA")
    for device in ("one", "two"):
        at: dict[str, Any] = {"slug": slug, "entry_id": entries[0].id, "device": device}
        heard_pages.answer(session, **at, works=Works.NOT_YET, now=now)
        heard_pages.say_why(session, **at, why="Not on my side.", now=now)
    whys = list_whys(
        session, organisation_id=evening.organisation_id, state=CommentState.WAITING, limit=9
    )
    return {
        "entry_id": [str(entry.id) for entry in entries],
        "answer_id": [str(why.id) for why in whys],
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
        # Of a snapshot; nothing was closed here.
        "number": ["1"],
    }


def _ids(session: Session, evening: Evening, column: Any) -> list[str]:
    owned = column.class_.organisation_id == evening.organisation_id
    return [str(found) for found in session.scalars(select(column).where(owned))]
