"""Requests as they stand, their credit shares and their history."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import Select, String, and_, bindparam, case, cast, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from backend.engagement.models import (
    CreditShare,
    Invitation,
    Rating,
    RatingAnswer,
    Request,
    RequestStep,
)
from backend.engagement.problems import RequestNotFound
from backend.engagement.rules import Category, Status, Step
from backend.foundation.prepared import Prepared
from backend.integrity.rules import Verdict


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Per cent of the credit for a request, and who holds it."""

    employee_id: UUID
    percent: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestView:
    """A request as it stands, with who holds how much of its credit."""

    id: UUID
    event_id: UUID
    zone_id: UUID
    greeting_id: UUID | None
    category: Category
    seat: str | None
    note: str | None
    status: Status
    opened_by: UUID | None
    reopens_id: UUID | None
    owner_id: UUID | None
    left_post_id: UUID | None
    verdict: Verdict
    opened_at: datetime
    accepted_at: datetime | None
    closed_at: datetime | None
    accept_seconds: int | None
    resolve_seconds: int | None
    shares: tuple[Share, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StepView:
    """One step in the history of a request; nobody's step is the fan's."""

    number: int
    step: Step
    employee_id: UUID | None
    other_id: UUID | None
    detail: Mapping[str, Any]
    at: datetime


_OWN_FIELDS = tuple(name for name in RequestView.__dataclass_fields__ if name != "shares")


def view_of(row: Request, shares: Mapping[UUID, int]) -> RequestView:
    """Return ``row`` and its credit shares as they leave the domain."""
    held = tuple(Share(employee_id=who, percent=shares[who]) for who in sorted(shares))
    return RequestView(**{name: getattr(row, name) for name in _OWN_FIELDS}, shares=held)


# An evening's thousand requests are read at every step, so this is done on the driver's cursor.
_COLUMNS = tuple(column.key for column in Request.__table__.columns)
_one = select(*Request.__table__.columns).where(
    Request.organisation_id == bindparam("its_organisation"), Request.id == bindparam("its_id")
)
_READ = Prepared(_one)
# A cover may go on with another request of its owner's meanwhile: it only needs that one to stay.
_LOCK = Prepared(_one.with_for_update(key_share=True))
_STANDING = Prepared(_one.with_only_columns(Request.status, Request.owner_id))
_SHARES = Prepared(
    select(CreditShare.percent, cast(CreditShare.employee_id, String))
    .where(
        CreditShare.organisation_id == bindparam("its_organisation"),
        CreditShare.request_id == bindparam("its_id"),
    )
    .order_by(CreditShare.employee_id)
)


def get_request(session: Session, *, organisation_id: UUID, request_id: UUID) -> RequestView:
    """Return a request; raises RequestNotFound."""
    row = read_request(session, organisation_id=organisation_id, request_id=request_id)
    return views_of(session, organisation_id=organisation_id, rows=[row])[0]


def get_standing(
    session: Session, *, organisation_id: UUID, request_id: UUID
) -> tuple[Status, UUID | None]:
    """Return where a request stands and who owns it, in no more than a look."""
    found = _STANDING.first(session, its_organisation=organisation_id, its_id=request_id)
    if found is None:
        raise RequestNotFound
    status, owner_id = found
    return status, owner_id


def is_known(session: Session, *, organisation_id: UUID, request_id: UUID) -> bool:
    """Tell whether there is a request under this id."""
    found = _STANDING.first(session, its_organisation=organisation_id, its_id=request_id)
    return found is not None


def read_request(session: Session, *, organisation_id: UUID, request_id: UUID) -> Request:
    """Return the row of a request as it is now, without a lock; raises RequestNotFound.

    It is a copy that the session does not know: to change it changes nothing that is stored.
    """
    return _copied(_READ.first(session, its_organisation=organisation_id, its_id=request_id))


def lock_request(session: Session, *, organisation_id: UUID, request_id: UUID) -> Request:
    """Do what `read_request` does, and lock the row to the end."""
    return _copied(_LOCK.first(session, its_organisation=organisation_id, its_id=request_id))


def _copied(values: Sequence[Any] | None) -> Request:
    if values is None:
        raise RequestNotFound
    return Request(**dict(zip(_COLUMNS, values, strict=True)))


def get_shares(session: Session, *, organisation_id: UUID, request_id: UUID) -> dict[UUID, int]:
    """Return the credit shares of one request, by employee."""
    rows = _SHARES.run(session, its_organisation=organisation_id, its_id=request_id).fetchall()
    return {UUID(employee_id): percent for percent, employee_id in rows}


def list_shares(
    session: Session, *, organisation_id: UUID, request_ids: Sequence[UUID]
) -> dict[UUID, dict[UUID, int]]:
    """Return the credit shares of each of ``request_ids``, by employee."""
    found: dict[UUID, dict[UUID, int]] = {request_id: {} for request_id in request_ids}
    rows = session.execute(
        select(CreditShare.request_id, CreditShare.employee_id, CreditShare.percent)
        .where(
            CreditShare.organisation_id == organisation_id, CreditShare.request_id.in_(request_ids)
        )
        .order_by(CreditShare.employee_id)
    )
    for request_id, employee_id, percent in rows:
        found[request_id][employee_id] = percent
    return found


def views_of(
    session: Session, *, organisation_id: UUID, rows: Sequence[Request]
) -> list[RequestView]:
    """Return ``rows`` with their credit shares."""
    shares = list_shares(
        session, organisation_id=organisation_id, request_ids=[row.id for row in rows]
    )
    return [view_of(row, shares[row.id]) for row in rows]


def find_reopened(session: Session, *, organisation_id: UUID, request_id: UUID) -> UUID | None:
    """Return the id of the request that was opened because this one was not solved, or None."""
    return session.scalar(
        select(Request.id).where(
            Request.organisation_id == organisation_id, Request.reopens_id == request_id
        )
    )


def list_former(session: Session, *, organisation_id: UUID, request_id: UUID | None) -> list[UUID]:
    """Return the ids of a request and of those that it reopens, the latest first."""
    former: list[UUID] = []
    while request_id is not None:
        former.append(request_id)
        request_id = session.scalar(
            select(Request.reopens_id).where(
                Request.organisation_id == organisation_id, Request.id == request_id
            )
        )
    return former


def list_history(session: Session, *, organisation_id: UUID, request_id: UUID) -> list[StepView]:
    """Return every step of a request and every answer of its fan, the first one first.

    Steps stand in the order in which they were taken, whatever the clock of whoever wrote them
    down said: two servers' may differ, and one who waited for the row has looked before. Of an
    answer it says that it came, and not what it was.
    """
    steps = select(
        RequestStep.step,
        RequestStep.employee_id,
        RequestStep.other_id,
        RequestStep.detail,
        RequestStep.at,
        RequestStep.recorded_at,
    ).where(RequestStep.organisation_id == organisation_id, RequestStep.request_id == request_id)
    taken = session.execute(steps.order_by(RequestStep.number)).all()
    known_at = accumulate((row.recorded_at for row in taken), max)
    history = [
        (known, row.step, row.employee_id, row.other_id, row.detail, row.at)
        for known, row in zip(known_at, taken, strict=True)
    ] + [
        (at, Step.CORRECTED if number > 1 else Step.RATED, None, None, {"answer": number}, at)
        for number, at in _list_answered(session, organisation_id, request_id)
    ]
    history.sort(key=lambda step: step[0])
    return [
        StepView(number=number, step=step, employee_id=who, other_id=other, detail=detail, at=at)
        for number, (_, step, who, other, detail, at) in enumerate(history, start=1)
    ]


def _list_answered(
    session: Session, organisation_id: UUID, request_id: UUID
) -> list[tuple[int, datetime]]:
    """Return the number of every answer to a request's code, and when it came."""
    rating = session.execute(
        select(Rating.id, Rating.rated_at)
        .join(
            Invitation,
            (Invitation.organisation_id == Rating.organisation_id) & (Invitation.id == Rating.id),
        )
        .where(Invitation.organisation_id == organisation_id, Invitation.request_id == request_id)
    ).first()
    if rating is None:
        return []
    corrections = session.execute(
        select(RatingAnswer.number, RatingAnswer.answered_at)
        .where(
            RatingAnswer.organisation_id == organisation_id,
            RatingAnswer.rating_id == rating.id,
            RatingAnswer.number > 1,
        )
        .order_by(RatingAnswer.number)
    )
    return [(1, rating.rated_at), *((row.number, row.answered_at) for row in corrections)]


def _listed(session: Session, organisation_id: UUID, query: Select[Request]) -> list[RequestView]:
    rows = session.scalars(query.where(Request.organisation_id == organisation_id)).all()
    return views_of(session, organisation_id=organisation_id, rows=rows)


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """Where somebody looks for open requests: an event, and how far its zones are from theirs.

    What is in no order with their zone, or of no known distance, is as far as can be.
    """

    event_id: UUID
    employee_id: UUID
    distances: Mapping[UUID, int]

    def far(self, zone_id: UUID) -> int:
        """Return how many zones away a zone is."""
        return self.distances.get(zone_id, self.farthest)

    @property
    def farthest(self) -> int:
        """Return what no known distance is more than."""
        return max(self.distances.values(), default=0) + 1


def _not_solved_by(organisation_id: UUID, near: Near) -> Select[UUID]:
    """Return what reopens, at once or at last, a request that somebody had a part in."""
    theirs = select(CreditShare.request_id).where(
        CreditShare.organisation_id == organisation_id,
        CreditShare.employee_id == near.employee_id,
    )
    anew = select(Request.id).where(
        Request.organisation_id == organisation_id, Request.event_id == near.event_id
    )
    chain = anew.where(Request.reopens_id.in_(theirs)).cte("not_solved", recursive=True)
    return select(chain.union(anew.join(chain, Request.reopens_id == chain.c.id)).c.id)


def list_near(
    session: Session,
    *,
    organisation_id: UUID,
    near: Near,
    after: tuple[int, datetime, UUID] | None,
    limit: int,
) -> list[RequestView]:
    """Return open requests of an event that somebody may take: the nearest first, then the oldest.

    ``after`` is the (distance, opened_at, id) of the row before the first one wanted.
    """
    steps = [(Request.zone_id == zone_id, far) for zone_id, far in near.distances.items()]
    distance = case(*steps, else_=near.farthest) if steps else literal(near.farthest)
    query = (
        select(Request)
        .where(
            Request.event_id == near.event_id,
            Request.status == Status.OPEN,
            or_(
                Request.reopens_id.is_(None),
                Request.id.not_in(_not_solved_by(organisation_id, near)),
            ),
        )
        .order_by(distance, Request.opened_at, Request.id)
        .limit(limit)
    )
    if after is not None:
        far, opened_at, request_id = after
        later = tuple_(Request.opened_at, Request.id) > tuple_(opened_at, request_id)
        query = query.where(or_(distance > far, and_(distance == far, later)))
    return _listed(session, organisation_id, query)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which requests to list: whose, and where they stand; None for all."""

    employee_id: UUID | None = None
    status: Status | None = None


def list_requests(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: Wanted,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[RequestView]:
    """Return requests, the newest first; somebody's are those whose credit they hold a part of.

    ``before`` is the (opened_at, id) of the row before the first one wanted.
    """
    query = select(Request).order_by(Request.opened_at.desc(), Request.id.desc()).limit(limit)
    if wanted.employee_id is not None:
        theirs = select(CreditShare.request_id).where(
            CreditShare.organisation_id == organisation_id,
            CreditShare.employee_id == wanted.employee_id,
        )
        query = query.where(Request.id.in_(theirs))
    if wanted.status is not None:
        query = query.where(Request.status == wanted.status)
    if before is not None:
        query = query.where(tuple_(Request.opened_at, Request.id) < tuple_(*before))
    return _listed(session, organisation_id, query)
