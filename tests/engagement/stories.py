"""Short stories that several tests of the main job begin with."""

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from uuid import UUID

import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy.orm import Session

from backend.engagement.models import Tally
from backend.engagement.queries.requests import RequestView
from backend.engagement.rules import Category, Moment
from backend.engagement.services import requests
from backend.engagement.services.requests import NewRequest, Resolved
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.identity.permissions import Role
from tests.factories import NOW, Arena, make_arena, make_employee, make_shift

CODE_KEY = b"k" * 32
PRESENT = Moment.present(NOW)


@dataclass(frozen=True, kw_only=True)
class Evening:
    """An arena, three on shift (two at the gate, one in section 101), and a supervisor."""

    arena: Arena
    alex: Actor
    blair: Actor
    casey: Actor
    supervisor: Actor

    @property
    def organisation_id(self) -> UUID:
        return self.arena.organisation_id


def make_evening(session: Session, *, now: datetime = NOW) -> Evening:
    arena = make_arena(session, now=now)
    alex = make_employee(session, arena, name="Alex Usher")
    blair = make_employee(session, arena, name="Blair Gates")
    casey = make_employee(session, arena, name="Casey Stands")
    make_shift(session, arena, alex)
    make_shift(session, arena, blair)
    make_shift(session, arena, casey, post_id=arena.section_post_id)
    supervisor = make_employee(
        session, arena, name="Sam Super", roles=(Role.EMPLOYEE, Role.SUPERVISOR)
    )
    return Evening(arena=arena, alex=alex, blair=blair, casey=casey, supervisor=supervisor)


def committed_evening(app: Flask, *, now: datetime = NOW) -> Evening:
    with app.app_context(), transaction() as session:
        return make_evening(session, now=now)


def opened(
    session: Session,
    actor: Actor,
    *,
    zone_id: UUID | None = None,
    moment: Moment = PRESENT,
) -> RequestView:
    new = NewRequest(id=new_id(), category=Category.SEATING, zone_id=zone_id, seat="12")
    return requests.open_request(session, actor=actor, new=new, moment=moment)


def accepted(session: Session, actor: Actor, *, moment: Moment = PRESENT) -> RequestView:
    request = opened(session, actor, moment=moment)
    return requests.accept(session, actor=actor, request_id=request.id, moment=moment)


def resolve(
    session: Session, actor: Actor, request_id: UUID, *, moment: Moment = PRESENT
) -> Resolved:
    return requests.resolve(
        session,
        actor=actor,
        request_id=request_id,
        moment=moment,
        code_key=CODE_KEY,
        code_hours=72,
    )


def resolved(session: Session, actor: Actor, *, moment: Moment = PRESENT) -> Resolved:
    return resolve(session, actor, accepted(session, actor, moment=moment).id, moment=moment)


def shares_of(request: RequestView) -> dict[UUID, int]:
    return {share.employee_id: share.percent for share in request.shares}


def tally_of(session: Session, evening: Evening, actor: Actor) -> Tally:
    key = (evening.organisation_id, evening.arena.event_id, actor.employee_id)
    return session.get_one(Tally, key, populate_existing=True)


def decoded(png: bytes) -> str:
    """Return what a scanner reads in a picture."""
    found = zxingcpp.read_barcodes(Image.open(BytesIO(png)))
    return found[0].text
