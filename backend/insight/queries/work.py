"""What a season's points are earned by, and what they came to: read in the order of the work.

A season holds hundreds of thousands of rows, so that each list is read as it is asked for.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Select, case, func, select, union_all
from sqlalchemy.orm import Session

from backend.engagement.models import (
    CreditShare,
    Greeting,
    Invitation,
    InvitationShare,
    Rating,
    RatingAnswer,
    RatingDecision,
    Request,
)
from backend.engagement.queries.taken_back import select_ratings_taken_back
from backend.engagement.rules import COUNTING, Outcome, RatingState, Status
from backend.identity.models import Department, Employee
from backend.insight.queries.periods import within
from backend.insight.rules import Period
from backend.integrity.rules import Verdict
from backend.rewards.models import (
    LateMovement,
    LedgerTransaction,
    PointsOnTheWay,
    TransactionKind,
)
from backend.rewards.queries import select_taken_back
from backend.rewards.rules import SourceKind
from backend.venues.models import Event

# How many rows the driver hands over at a time.
_AT_ONCE = 2_000
# A greeting that was not believed never earned by itself, whatever the rules.
_BELIEVED = COUNTING | {Outcome.TOO_SOON}
_WORK = (SourceKind.GREETING, SourceKind.REQUEST, SourceKind.RATING)


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolvedWork:
    """A request that was resolved and believed, with the shares of its credit.

    What HR took back stands under the caps as it did when it was paid, and earns nothing.
    """

    taken_back: bool
    event_id: UUID
    owner_id: UUID
    closed_at: datetime
    shares: Mapping[UUID, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class AnswerWork:
    """One answer of an accepted rating, the first or a correction; ``rated_at`` is the first's."""

    rating_id: UUID
    event_id: UUID
    employee_id: UUID
    rated_at: datetime
    stars: int
    taken_back: bool
    shares: Mapping[UUID, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who somebody is to HR."""

    name: str
    badge_number: str
    department: str


def stream_greetings(
    session: Session, *, organisation_id: UUID, season_id: UUID
) -> Iterator[tuple[UUID, UUID, datetime]]:
    """Yield (event, employee, instant) of the greetings of a season, evening by evening.

    Within an evening what counted comes first, in the order in which it arrived: then the rest is
    too soon once more by the same rules, in whichever order phones and servers took them.
    """
    statement = (
        select(Greeting.event_id, Greeting.employee_id, Greeting.greeted_at)
        .where(
            Greeting.organisation_id == organisation_id,
            Greeting.event_id.in_(_events(organisation_id, season_id)),
            Greeting.outcome.in_(_BELIEVED),
        )
        .order_by(
            Greeting.event_id,
            Greeting.employee_id,
            case((Greeting.outcome == Outcome.TOO_SOON, 1), else_=0),
            Greeting.received_at,
            Greeting.greeted_at,
            Greeting.id,
        )
    )
    yield from _stream(session, statement)


def stream_resolved(
    session: Session, *, organisation_id: UUID, season_id: UUID
) -> Iterator[ResolvedWork]:
    """Yield the resolved requests of a season, event by event, in the order they were resolved.

    That is the order of their invitations, which a server numbers as it issues them.
    """
    few = select_taken_back(SourceKind.REQUEST, organisation_id=organisation_id)
    taken_back = set(session.scalars(few))
    statement = (
        select(
            Request.id,
            Request.event_id,
            Request.owner_id,
            Request.closed_at,
            CreditShare.employee_id,
            CreditShare.percent,
        )
        .join(
            Invitation,
            (Invitation.organisation_id == Request.organisation_id)
            & (Invitation.request_id == Request.id),
        )
        .join(
            CreditShare,
            (CreditShare.organisation_id == Request.organisation_id)
            & (CreditShare.request_id == Request.id),
        )
        .where(
            Request.organisation_id == organisation_id,
            Request.event_id.in_(_events(organisation_id, season_id)),
            Request.status == Status.RESOLVED,
            Request.verdict == Verdict.VERIFIED,
        )
        .order_by(Request.event_id, Invitation.id)
    )
    for _, group in groupby(_stream(session, statement), key=lambda row: row[0]):
        rows = list(group)
        request_id, event_id, owner_id, closed_at, _, _ = rows[0]
        yield ResolvedWork(
            taken_back=request_id in taken_back,
            event_id=event_id,
            owner_id=owner_id,
            closed_at=closed_at,
            shares=_shares(rows),
        )


def stream_answers(
    session: Session, *, organisation_id: UUID, season_id: UUID
) -> Iterator[AnswerWork]:
    """Yield the answers of a season's accepted ratings, event by event, in the order of time.

    One that was held counts from when it was decided on, whenever it was given.
    """
    taken_back = set(session.scalars(select_ratings_taken_back(organisation_id)))
    counts_at = func.coalesce(RatingDecision.decided_at, RatingAnswer.answered_at)
    statement = (
        select(
            RatingAnswer.id,
            Rating.id,
            Rating.event_id,
            Rating.employee_id,
            Rating.rated_at,
            RatingAnswer.stars,
            InvitationShare.employee_id,
            InvitationShare.percent,
        )
        .join(
            Rating,
            (Rating.organisation_id == RatingAnswer.organisation_id)
            & (Rating.id == RatingAnswer.rating_id),
        )
        .join(
            InvitationShare,
            (InvitationShare.organisation_id == Rating.organisation_id)
            & (InvitationShare.invitation_id == Rating.id),
        )
        .outerjoin(
            RatingDecision,
            (RatingDecision.organisation_id == Rating.organisation_id)
            & (RatingDecision.rating_id == Rating.id)
            & (RatingDecision.decided_at > RatingAnswer.answered_at),
        )
        .where(
            RatingAnswer.organisation_id == organisation_id,
            Rating.event_id.in_(_events(organisation_id, season_id)),
            Rating.state == RatingState.ACCEPTED,
        )
        .order_by(
            Rating.event_id,
            counts_at,
            Rating.id,
            RatingAnswer.number,
            RatingAnswer.id,
        )
    )
    for _, group in groupby(_stream(session, statement), key=lambda row: row[0]):
        rows = list(group)
        _, rating_id, event_id, employee_id, rated_at, stars, _, _ = rows[0]
        yield AnswerWork(
            rating_id=rating_id,
            event_id=event_id,
            employee_id=employee_id,
            rated_at=rated_at,
            stars=stars,
            taken_back=rating_id in taken_back,
            shares=_shares(rows),
        )


def find_earned(
    session: Session, *, organisation_id: UUID, season_id: UUID
) -> dict[tuple[UUID, SourceKind], int]:
    """Return what each employee earned in a season by each kind of work, reversals taken off.

    It is what the books hold and what is on its way to them, at one instant; without what moved in
    them after the season's boards were frozen.
    """
    events = _events(organisation_id, season_id)
    row, soon = LedgerTransaction, PointsOnTheWay
    late = LateMovement
    given = union_all(
        select(
            row.employee_id,
            row.source_kind,
            case((row.kind == TransactionKind.REVERSAL, -row.points), else_=row.points).label(
                "points"
            ),
        ).where(
            row.organisation_id == organisation_id,
            row.event_id.in_(events),
            row.kind.in_((TransactionKind.ACCRUAL, TransactionKind.REVERSAL)),
            row.source_kind.in_(_WORK),
        ),
        select(soon.employee_id, soon.source_kind, soon.points).where(
            soon.organisation_id == organisation_id,
            soon.event_id.in_(events),
            soon.transaction_id.is_not(None),
            soon.source_kind.in_(_WORK),
        ),
        select(row.employee_id, row.source_kind, -late.points)
        .join(row, (row.organisation_id == late.organisation_id) & (row.id == late.transaction_id))
        .where(
            late.organisation_id == organisation_id,
            late.event_id.in_(events),
            row.source_kind.in_(_WORK),
        ),
    ).subquery()
    who = (given.c.employee_id, given.c.source_kind)
    statement = select(*who, func.sum(given.c.points)).group_by(*who)
    return {(employee, kind): int(points) for employee, kind, points in session.execute(statement)}


def find_people(
    session: Session, *, organisation_id: UUID, employee_ids: Collection[UUID]
) -> dict[UUID, Person]:
    """Return who these employees are."""
    statement = (
        select(
            Employee.id,
            Employee.name,
            Employee.badge_number,
            Department.name.label("department"),
        )
        .join(
            Department,
            (Department.organisation_id == Employee.organisation_id)
            & (Department.id == Employee.department_id),
        )
        .where(Employee.organisation_id == organisation_id, Employee.id.in_(employee_ids))
    )
    return {
        who: Person(name=name, badge_number=badge_number, department=department)
        for who, name, badge_number, department in session.execute(statement)
    }


def _events(organisation_id: UUID, season_id: UUID) -> Select[UUID]:
    period = Period(season_id=season_id)
    return select(Event.id).where(*within(period, organisation_id=organisation_id))


def _stream(session: Session, statement: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    return iter(session.execute(statement, execution_options={"yield_per": _AT_ONCE}))


def _shares(rows: list[Any]) -> dict[UUID, int]:
    return {who: percent for *_, who, percent in rows}
