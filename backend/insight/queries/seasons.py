"""What a season that is being closed still waits for, and what came too late to count."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import Session

from backend.engagement.models import Greeting, Invitation, Rating, Request, RequestStep
from backend.engagement.rules import Outcome, RatingState, Status, Step
from backend.foundation.db import written_out
from backend.insight.queries.periods import within
from backend.insight.rules import LateKind, Period
from backend.rewards.models import (
    LateMovement,
    LedgerTransaction,
    PendingConfirmation,
    PointsOnTheWay,
    Standing,
)
from backend.venues.models import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """What a season is not settled for yet: how much of it, and when its last points are due."""

    requests: int
    invitations: int
    held_ratings: int
    points: int
    points_due_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Late:
    """Something that came after its season was closed; ``points`` only move in the books."""

    kind: LateKind
    id: UUID
    event_id: UUID
    employee_id: UUID
    at: datetime
    received_at: datetime
    points: int


@dataclass(frozen=True, kw_only=True, slots=True)
class LateFilter:
    """Which of what came too late: of one kind, event or employee; None for all."""

    kind: LateKind | None = None
    event_id: UUID | None = None
    employee_id: UUID | None = None


def is_settled(session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime) -> bool:
    """Tell whether a season at ``now`` has nothing open, and nothing on its way to books or boards.

    What is there is found at the first row; nothing is counted.
    """
    whose = (organisation_id, season_id)
    parts = (
        _requests(*whose),
        _codes(*whose, now),
        _held(*whose),
        _pending(*whose),
        _coming(*whose),
    )
    return not session.scalar(select(or_(*(part.exists() for part in parts))))


def count_waiting(
    session: Session, *, organisation_id: UUID, season_id: UUID, now: datetime
) -> Waiting:
    """Return what a season waits for at ``now``."""
    whose = (organisation_id, season_id)
    # First what is on its way: what is booked in between is then found in the books.
    given = PointsOnTheWay.transaction_id.is_not(None)
    sums = [
        session.execute(part.with_only_columns(func.sum(points), func.max(due_at))).one()
        for part, points, due_at in (
            (_coming(*whose).where(given), PointsOnTheWay.points, PointsOnTheWay.due_at),
            (_pending(*whose), LedgerTransaction.points, PendingConfirmation.due_at),
        )
    ]
    return Waiting(
        requests=_count(session, _requests(*whose)),
        invitations=_count(session, _codes(*whose, now)),
        held_ratings=_count(session, _held(*whose)),
        points=sum(int(points or 0) for points, _ in sums),
        points_due_at=max((due_at for _, due_at in sums if due_at), default=None),
    )


def _count(session: Session, part: Select[Any]) -> int:
    return session.scalar(part.with_only_columns(func.count())) or 0


def _requests(organisation_id: UUID, season_id: UUID) -> Select[Any]:
    return select(Request.id).where(
        Request.organisation_id == organisation_id,
        Request.season_id == season_id,
        Request.status.in_((Status.OPEN, Status.ACCEPTED)),
    )


def _codes(organisation_id: UUID, season_id: UUID, now: datetime) -> Select[Any]:
    """Return the query of the codes that can still be used: of requests, and of cards."""
    used = exists().where(Rating.organisation_id == organisation_id, Rating.id == Invitation.id)
    return select(Invitation.id).where(
        Invitation.organisation_id == organisation_id,
        Invitation.event_id.in_(_events(organisation_id, season_id)),
        Invitation.lapsed_at.is_(None),
        Invitation.expires_at > now,
        ~used,
    )


def _held(organisation_id: UUID, season_id: UUID) -> Select[Any]:
    return _rated(organisation_id, season_id, RatingState.HELD)


def _rated(organisation_id: UUID, season_id: UUID, state: RatingState) -> Select[Any]:
    return select(Rating.id).where(
        Rating.organisation_id == organisation_id,
        Rating.state == written_out(state),
        Rating.event_id.in_(_events(organisation_id, season_id)),
    )


def count_lapsed(session: Session, *, organisation_id: UUID, season_id: UUID) -> int:
    """Return how many held ratings of a season nobody had decided when it was closed."""
    return _count(session, _rated(organisation_id, season_id, RatingState.LAPSED))


def _pending(organisation_id: UUID, season_id: UUID) -> Select[Any]:
    """Return the query of what waits for its confirmation; what came too late is waited for not."""
    late = exists().where(
        LateMovement.organisation_id == organisation_id,
        LateMovement.transaction_id == LedgerTransaction.id,
    )
    return (
        select(LedgerTransaction.id)
        .join(
            PendingConfirmation,
            (PendingConfirmation.organisation_id == LedgerTransaction.organisation_id)
            & (PendingConfirmation.transaction_id == LedgerTransaction.id),
        )
        .where(
            PendingConfirmation.organisation_id == organisation_id,
            LedgerTransaction.organisation_id == organisation_id,
            LedgerTransaction.event_id.in_(_events(organisation_id, season_id)),
            ~late,
        )
    )


def _coming(organisation_id: UUID, season_id: UUID) -> Select[Any]:
    return select(PointsOnTheWay.id).where(
        PointsOnTheWay.organisation_id == organisation_id,
        PointsOnTheWay.event_id.in_(_events(organisation_id, season_id)),
    )


def _events(organisation_id: UUID, season_id: UUID) -> Select[UUID]:
    period = Period(season_id=season_id)
    return select(Event.id).where(*within(period, organisation_id=organisation_id))


def list_board(
    session: Session, *, organisation_id: UUID, board: str
) -> Iterator[tuple[UUID, int]]:
    """Yield (employee, points) of everybody on a board, as it lists them."""
    rows = session.execute(
        select(Standing.employee_id, Standing.points)
        .where(Standing.organisation_id == organisation_id, Standing.board == board)
        .order_by(Standing.points.desc(), Standing.employee_id.desc())
    )
    for row in rows:
        yield row.employee_id, row.points


def list_late(
    session: Session,
    *,
    organisation_id: UUID,
    season_id: UUID,
    wanted: LateFilter,
    after: tuple[datetime, str, UUID, UUID] | None,
    limit: int,
) -> list[Late]:
    """Return at most ``limit`` of what came after a season was closed, in the order it came.

    ``after`` is the (received_at, kind, id, employee_id) of the row before the first one wanted.
    """
    late, conditions = _late(organisation_id, season_id, wanted)
    key = (late.received_at, late.kind, late.id, late.employee_id)
    query = select(late).where(*conditions).order_by(*key).limit(limit)
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    return [Late(**{**row._mapping, "kind": LateKind(row.kind)}) for row in session.execute(query)]


def count_late(
    session: Session,
    *,
    organisation_id: UUID,
    season_id: UUID,
    wanted: LateFilter = LateFilter(),
) -> dict[LateKind, int]:
    """Return how much of each kind came after a season was closed."""
    late, conditions = _late(organisation_id, season_id, wanted)
    rows = session.execute(select(late.kind, func.count()).where(*conditions).group_by(late.kind))
    counts = {LateKind(kind): number for kind, number in rows}
    return {kind: counts.get(kind, 0) for kind in LateKind}


def _late(
    organisation_id: UUID, season_id: UUID, wanted: LateFilter
) -> tuple[Any, list[ColumnElement[bool]]]:
    """Return the columns of everything that came too late, and what is wanted of it."""
    every = union_all(*_late_parts(organisation_id, _events(organisation_id, season_id)))
    late = every.subquery("late").c
    conditions = [
        late[name] == (str(value) if name == "kind" else value)
        for name in ("kind", "event_id", "employee_id")
        if (value := getattr(wanted, name)) is not None
    ]
    return late, conditions


def _late_parts(organisation_id: UUID, events: Select[UUID]) -> Iterator[Any]:
    yield _part(
        LateKind.GREETING, Greeting, Greeting.employee_id, Greeting.greeted_at, Greeting.received_at
    ).where(
        Greeting.organisation_id == organisation_id,
        Greeting.event_id.in_(events),
        Greeting.outcome == written_out(Outcome.SEASON_CLOSED),
    )
    yield _part(
        LateKind.REQUEST, Request, Request.opened_by, Request.opened_at, Request.closed_at
    ).where(
        Request.organisation_id == organisation_id,
        Request.event_id.in_(events),
        Request.status == Status.SEASON_CLOSED,
    )
    yield (
        _part(
            LateKind.RESOLUTION,
            Request,
            RequestStep.employee_id,
            RequestStep.at,
            RequestStep.recorded_at,
        )
        .join(
            RequestStep,
            (RequestStep.organisation_id == organisation_id)
            & (RequestStep.request_id == Request.id),
        )
        .where(
            Request.organisation_id == organisation_id,
            # By an expression: else SQLite begins with all requests of the events.
            func.coalesce(Request.event_id, Request.event_id).in_(events),
            RequestStep.step == written_out(Step.SEASON_CLOSED),
            # The first step of a request is that it was opened.
            RequestStep.number > 1,
        )
    )
    yield _part(
        LateKind.RATING, Rating, Rating.employee_id, Rating.rated_at, Rating.rated_at
    ).where(
        Rating.organisation_id == organisation_id,
        Rating.event_id.in_(events),
        Rating.state == written_out(RatingState.SEASON_CLOSED),
    )
    moved = LateMovement
    yield select(
        literal(LateKind.POINTS.value, String()).label("kind"),
        moved.transaction_id.label("id"),
        moved.event_id,
        moved.employee_id,
        moved.recorded_at.label("at"),
        moved.recorded_at.label("received_at"),
        moved.points,
    ).where(moved.organisation_id == organisation_id, moved.event_id.in_(events))


def _part(kind: LateKind, row: Any, employee_id: Any, at: Any, received_at: Any) -> Select[Any]:
    return select(
        literal(kind.value, String()).label("kind"),
        row.id.label("id"),
        row.event_id.label("event_id"),
        employee_id.label("employee_id"),
        at.label("at"),
        received_at.label("received_at"),
        literal(0, Integer()).label("points"),
    )
