"""Who is where at an event, what is uncovered, and what waits: in a few statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import PostCover, Request, RequestEscalation, RequestStep
from backend.engagement.rules import Category, PostState, Status
from backend.identity.models import Employee
from backend.venues.models import Post, Shift, Zone
from backend.venues.rules import ZoneKind

# More than anybody can look through; the oldest come first.
MOST_WAITING = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Somebody by name."""

    id: UUID
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AtPost(Person):
    """Somebody whose shift is at a post now; ``away`` while they help elsewhere."""

    away: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Away:
    """A post that was left: for which request, who was asked, who stands in."""

    cover_id: UUID
    since: datetime
    request_id: UUID
    category: Category
    left_by: Person
    asked: Person | None
    asked_at: datetime | None
    escalated_at: datetime | None
    covered_by: Person | None
    covered_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlaceFacts:
    """A post or a zone by name."""

    id: UUID
    code: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ZonePlace(PlaceFacts):
    """A zone, and what kind it is of."""

    kind: ZoneKind


@dataclass(frozen=True, kw_only=True, slots=True)
class PostLine:
    """A post with a shift now: who is there, and who is away from it."""

    post: PlaceFacts
    zone: ZonePlace
    people: tuple[AtPost, ...]
    away: tuple[Away, ...]

    @property
    def state(self) -> PostState:
        """Return whether the post has somebody."""
        if not self.away:
            return PostState.COVERED
        wanted = any(one.covered_by is None for one in self.away)
        return PostState.UNCOVERED if wanted else PostState.HELPING

    @property
    def since(self) -> datetime | None:
        """Return since when it is not as it should be."""
        wanted = [one.since for one in self.away if one.covered_by is None]
        return min(wanted or [one.since for one in self.away], default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class WaitingLine:
    """An open request, and who was told since it has been open."""

    id: UUID
    zone: ZonePlace
    category: Category
    seat: str | None
    note: str | None
    opened_at: datetime
    since: datetime
    near_at: datetime | None
    supervisors_at: datetime | None


def list_post_lines(
    session: Session, *, organisation_id: UUID, event_id: UUID, at: datetime
) -> list[PostLine]:
    """Return every post with a shift of an event at ``at``, by zone and code."""
    away = _list_away(session, organisation_id, event_id)
    left = {(one.left_by.id, post_id) for post_id, several in away.items() for one in several}
    rows = session.execute(
        select(
            Post.id,
            Post.code,
            Post.name,
            Zone.id.label("zone_id"),
            Zone.code.label("zone_code"),
            Zone.name.label("zone_name"),
            Zone.kind,
            Employee.id.label("employee_id"),
            Employee.name.label("employee_name"),
        )
        .select_from(Shift)
        .join(Post, (Post.organisation_id == Shift.organisation_id) & (Post.id == Shift.post_id))
        .join(Zone, (Zone.organisation_id == Post.organisation_id) & (Zone.id == Post.zone_id))
        .join(
            Employee,
            (Employee.organisation_id == Shift.organisation_id)
            & (Employee.id == Shift.employee_id),
        )
        .where(
            Shift.organisation_id == organisation_id,
            Shift.event_id == event_id,
            Shift.starts_at <= at,
            Shift.ends_at >= at,
        )
        .order_by(Zone.kind, Zone.code, Post.code, Post.id, Employee.name, Employee.id)
    )
    places: dict[UUID, tuple[PlaceFacts, ZonePlace]] = {}
    people: dict[UUID, list[AtPost]] = defaultdict(list)
    for row in rows:
        zone = ZonePlace(id=row.zone_id, code=row.zone_code, name=row.zone_name, kind=row.kind)
        places[row.id] = (PlaceFacts(id=row.id, code=row.code, name=row.name), zone)
        is_away = (row.employee_id, row.id) in left
        people[row.id].append(AtPost(id=row.employee_id, name=row.employee_name, away=is_away))
    return [
        PostLine(post=post, zone=zone, people=tuple(people[key]), away=tuple(away.get(key, ())))
        for key, (post, zone) in places.items()
    ]


def _list_away(session: Session, organisation_id: UUID, event_id: UUID) -> dict[UUID, list[Away]]:
    rows = session.execute(
        select(PostCover, Request.category)
        .join(
            Request,
            (Request.organisation_id == PostCover.organisation_id)
            & (Request.id == PostCover.request_id),
        )
        .where(
            PostCover.organisation_id == organisation_id,
            PostCover.event_id == event_id,
            PostCover.ended_at.is_(None),
        )
        .order_by(PostCover.left_at, PostCover.id)
    ).all()
    who = {
        person
        for cover, _ in rows
        for person in (cover.left_by, cover.asked_id, cover.covered_by)
        if person is not None
    }
    named = _list_names(session, organisation_id, sorted(who))
    away: dict[UUID, list[Away]] = defaultdict(list)
    for cover, category in rows:
        away[cover.post_id].append(
            Away(
                cover_id=cover.id,
                since=cover.left_at,
                request_id=cover.request_id,
                category=category,
                left_by=named[cover.left_by],
                asked=named[cover.asked_id] if cover.asked_id else None,
                asked_at=cover.asked_at,
                escalated_at=cover.escalated_at,
                covered_by=named[cover.covered_by] if cover.covered_by else None,
                covered_at=cover.covered_at,
            )
        )
    return away


def _list_names(
    session: Session, organisation_id: UUID, employee_ids: Sequence[UUID]
) -> dict[UUID, Person]:
    if not employee_ids:
        return {}
    rows = session.execute(
        select(Employee.id, Employee.name).where(
            Employee.organisation_id == organisation_id, Employee.id.in_(employee_ids)
        )
    )
    return {employee_id: Person(id=employee_id, name=name) for employee_id, name in rows}


def list_waiting_lines(
    session: Session, *, organisation_id: UUID, event_id: UUID
) -> list[WaitingLine]:
    """Return the open requests of an event, those that have waited longest first."""
    rows = session.execute(
        select(
            Request.id,
            Request.category,
            Request.seat,
            Request.note,
            Request.opened_at,
            RequestStep.recorded_at.label("since"),
            RequestEscalation.near_at,
            RequestEscalation.supervisors_at,
            Zone.id.label("zone_id"),
            Zone.code,
            Zone.name,
            Zone.kind,
        )
        .join(
            RequestStep,
            (RequestStep.organisation_id == Request.organisation_id)
            & (RequestStep.request_id == Request.id)
            & (RequestStep.number == Request.steps),
        )
        .join(
            Zone, (Zone.organisation_id == Request.organisation_id) & (Zone.id == Request.zone_id)
        )
        .outerjoin(
            RequestEscalation,
            (RequestEscalation.organisation_id == Request.organisation_id)
            & (RequestEscalation.request_id == Request.id)
            & (RequestEscalation.opening == Request.steps),
        )
        .where(
            Request.organisation_id == organisation_id,
            Request.event_id == event_id,
            Request.status == Status.OPEN,
        )
        .order_by(RequestStep.recorded_at, Request.id)
        .limit(MOST_WAITING)
    )
    return [
        WaitingLine(
            id=row.id,
            zone=ZonePlace(id=row.zone_id, code=row.code, name=row.name, kind=row.kind),
            category=row.category,
            seat=row.seat,
            note=row.note,
            opened_at=row.opened_at,
            since=row.since,
            near_at=row.near_at,
            supervisors_at=row.supervisors_at,
        )
        for row in rows
    ]
