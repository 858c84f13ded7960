"""An evening with neighbours: sections in a row, an usher at each, and a supervisor on shift."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import PostCover
from backend.engagement.queries.requests import RequestView
from backend.engagement.rules import Moment
from backend.engagement.services import requests
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, transaction
from backend.identity.permissions import Role
from backend.notify.messages import MessageKind
from backend.notify.models import OutboxMessage
from backend.venues.models import Post, Zone
from backend.venues.rules import ZoneKind
from tests.engagement.stories import Evening, make_evening, opened
from tests.factories import NOW, Arena, make_employee, make_shift


@dataclass(frozen=True, kw_only=True)
class Bowl(Evening):
    """Casey in 101, Dana in 102, Ellis in 103, Finn in 110; Alex and Blair share a post at gate 1.

    Robin is a supervisor on shift at the gate, Sam one who is not on shift.
    """

    dana: Actor
    ellis: Actor
    finn: Actor
    robin: Actor
    posts: dict[str, UUID]


def make_post(session: Session, arena: Arena, code: str, *, kind: ZoneKind) -> UUID:
    """Make a zone with one post."""
    owned = {"organisation_id": arena.organisation_id}
    zone = Zone(
        **owned, id=new_id(), venue_id=arena.venue_id, code=code, name=f"Section {code}", kind=kind
    )
    session.add(zone)
    session.flush()
    post = Post(**owned, id=new_id(), zone_id=zone.id, code=f"{code}-A", name=f"Aisle of {code}")
    session.add(post)
    session.flush()
    return post.id


def make_bowl(session: Session, *, now: datetime = NOW) -> Bowl:
    evening = make_evening(session, now=now)
    arena = evening.arena
    posts = {"101": arena.section_post_id, "G1": arena.gate_post_id}
    people = {}
    for code, name in (("110", "Finn"), ("102", "Dana"), ("103", "Ellis")):
        posts[code] = make_post(session, arena, code, kind=ZoneKind.SECTION)
        people[name.lower()] = make_employee(session, arena, name=f"{name} Stands")
        make_shift(session, arena, people[name.lower()], post_id=posts[code])
    robin = make_employee(
        session, arena, name="Robin Super", roles=(Role.EMPLOYEE, Role.SUPERVISOR)
    )
    make_shift(session, arena, robin)
    return Bowl(
        arena=arena,
        alex=evening.alex,
        blair=evening.blair,
        casey=evening.casey,
        supervisor=evening.supervisor,
        robin=robin,
        posts=posts,
        **people,
    )


def committed_bowl(app: Flask, *, now: datetime = NOW) -> Bowl:
    with app.app_context(), transaction() as session:
        return make_bowl(session, now=now)


def goes(
    session: Session,
    bowl: Bowl,
    who: Actor,
    *,
    moment: Moment,
    zone_id: UUID | None = None,
) -> RequestView:
    """Let ``who`` take a request, by default one at the gate, away from every section."""
    request = opened(session, bowl.alex, zone_id=zone_id or bowl.arena.gate_id, moment=moment)
    return requests.accept(session, actor=who, request_id=request.id, moment=moment)


def covers_of(session: Session, bowl: Bowl, *, open_only: bool = True) -> list[PostCover]:
    query = select(PostCover).where(PostCover.organisation_id == bowl.organisation_id)
    if open_only:
        query = query.where(PostCover.ended_at.is_(None))
    rows = session.scalars(query.order_by(PostCover.id).execution_options(populate_existing=True))
    return list(rows)


def told(
    session: Session, who: Actor | Iterable[Actor], kind: MessageKind | None = None
) -> list[tuple[MessageKind, UUID]]:
    """Return what somebody, or each of several, was told, in order: kinds and subjects."""
    people = [who] if isinstance(who, Actor) else list(who)
    query = (
        select(OutboxMessage.kind, OutboxMessage.subject_id)
        .where(
            OutboxMessage.organisation_id == people[0].organisation_id,
            OutboxMessage.recipient_id.in_([person.employee_id for person in people]),
        )
        .order_by(OutboxMessage.id)
    )
    if kind is not None:
        query = query.where(OutboxMessage.kind == kind)
    return [(said, subject) for said, subject in session.execute(query)]
