"""What everybody did in how many hours at which posts, for fair boards.

Read from shifts and tallies: what it costs grows with the evenings worked in the period, and not
with the greetings, ratings or entries of the ledger. Of those only the few that were taken back are
looked at, by people or by fans who were not helped after all, and the few whose praise was held.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    Subquery,
    case,
    cast,
    func,
    literal,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session

from backend.engagement.models import Rating, RatingHold, Request, Tally
from backend.engagement.queries.taken_back import select_ratings_taken_back
from backend.engagement.rules import RatingState, Status, is_good
from backend.foundation.db import UTCDateTime, written_out
from backend.foundation.epochs import epoch_of
from backend.foundation.prepared import ONE_ROW
from backend.insight.queries.periods import within
from backend.insight.rules import Period
from backend.insight.rules.fair_orders import Cell
from backend.integrity.rules import Verdict
from backend.rewards.models import LedgerTransaction, TransactionKind
from backend.rewards.queries import select_taken_back
from backend.rewards.rules import SourceKind
from backend.venues.models import Event, Post, Shift, Zone
from backend.venues.rules import ZoneKind

_CLASSES = tuple(ZoneKind)
# A shift's seconds and its class in one number, so that the class of the longest is the largest.
_PLACES = 8
_GOOD = min(stars for stars in range(1, 6) if is_good(stars))


def list_cells(
    session: Session, *, organisation_id: UUID, period: Period, now: datetime | None
) -> list[Cell]:
    """Return what everybody with a shift in ``period`` did, by class of post.

    At an event that is on, shifts count as far as they have come at ``now``, else whole; None is
    for a season in which none is on any more. Confirmed are resolutions that earned points (they
    are believed, and within the evening's cap), that neither people nor the fan took back, and that
    are praised by no rating which is held or rejected: at an event that is on these still count, so
    that nobody sees one come.
    """
    ends = select(Event.id, Event.ends_at).where(*within(period, organisation_id=organisation_id))
    events = dict(session.execute(ends).all())
    evenings = _evenings(organisation_id, events, now)
    undone = _undone(organisation_id, _still_on(events, now))
    place = evenings.c.longest % _PLACES
    resolved, ratings, good = (
        _at_least_none(func.coalesce(counted, 0) - func.coalesce(back, 0))
        for counted, back in (
            (Tally.paid_resolved, undone.c.resolved),
            (Tally.ratings, undone.c.ratings),
            (Tally.good, undone.c.good),
        )
    )
    helped = case((resolved > good, resolved), else_=good)
    statement = (
        select(
            evenings.c.employee_id,
            place.label("place"),
            *(
                func.sum(part).label(name)
                for name, part in (
                    ("seconds", evenings.c.seconds),
                    ("helped", helped),
                    ("ratings", ratings),
                    ("good", good),
                )
            ),
        )
        .select_from(evenings)
        .outerjoin(
            Tally,
            (Tally.organisation_id == organisation_id)
            & (Tally.event_id == evenings.c.event_id)
            & (Tally.employee_id == evenings.c.employee_id),
        )
        .outerjoin(
            undone,
            (undone.c.event_id == evenings.c.event_id)
            & (undone.c.employee_id == evenings.c.employee_id),
        )
        .group_by(evenings.c.employee_id, place)
        .order_by(evenings.c.employee_id, place)
    )
    return [
        Cell(
            employee_id=row.employee_id,
            post_class=_CLASSES[-row.place - 1],
            seconds=int(row.seconds),
            helped=int(row.helped),
            ratings=int(row.ratings),
            good=int(row.good),
        )
        for row in session.execute(statement)
    ]


def _evenings(
    organisation_id: UUID, events: Mapping[UUID, datetime], now: datetime | None
) -> Subquery:
    """Return the seconds of everybody's evenings at ``events``, and which class each counts for.

    The events are named one by one, with their ends, and employees are grouped by an expression:
    else SQLite takes the index in whose order they are, and reads all shifts there ever were.
    """
    seconds, begun = seconds_of_shifts(events, now)
    # Counted down, so that of shifts as long the first class is the largest.
    places = {kind: len(_CLASSES) - 1 - number for number, kind in enumerate(_CLASSES)}
    place = case(places, value=Zone.kind, else_=0)
    # Without the cast, PostgreSQL would count on in decimal fractions.
    whole = cast(func.sum(seconds), BigInteger)
    employee_id = func.coalesce(Shift.employee_id, Shift.employee_id)
    return (
        select(
            Shift.event_id,
            employee_id.label("employee_id"),
            whole.label("seconds"),
            func.max(seconds * _PLACES + place).label("longest"),
        )
        .join(Post, (Post.organisation_id == Shift.organisation_id) & (Post.id == Shift.post_id))
        .join(Zone, (Zone.organisation_id == Post.organisation_id) & (Zone.id == Post.zone_id))
        .where(Shift.organisation_id == organisation_id, Shift.event_id.in_(events), *begun)
        .group_by(Shift.event_id, employee_id)
        .subquery("evenings")
    )


def seconds_of_shifts(
    events: Mapping[UUID, datetime], now: datetime | None
) -> tuple[ColumnElement[int], list[ColumnElement[bool]]]:
    """Return the seconds of a shift at ``events``, named with their ends, and which have begun.

    At an event that is on, a shift counts as far as it has come at ``now``, else whole.
    """
    ends: ColumnElement[Any] = Shift.ends_at.expression
    begun: list[ColumnElement[bool]] = []
    if now is not None:
        present = literal(now, UTCDateTime())
        begun = [Shift.starts_at < present]
        if on := _still_on(events, now):
            still = Shift.event_id.in_(on) & (Shift.ends_at > present)
            ends = case((still, present), else_=ends)
    return epoch_of(ends) - epoch_of(Shift.starts_at.expression), begun


def _still_on(events: Mapping[UUID, datetime], now: datetime | None) -> list[UUID]:
    """Return those of ``events``, named with their ends, that are not over at ``now``."""
    return [event_id for event_id, ends_at in events.items() if now and ends_at > now]


def _undone(organisation_id: UUID, on: Sequence[UUID]) -> Subquery:
    """Return what does not count after all, by evening, of whichever period.

    What was taken back after the boards of its season were frozen counts there for ever. It is not
    narrowed to events: engines would then look at all that was done there to find the few.
    """
    unhelped = union(
        select_taken_back(SourceKind.REQUEST, organisation_id=organisation_id),
        select(Request.reopens_id).where(
            Request.organisation_id == organisation_id, Request.reopens_id.is_not(None)
        ),
        _doubtful(organisation_id, on),
    ).subquery("unhelped")
    [unhelped_id] = unhelped.c
    # As a value: as a condition, SQLite would look through the whole ledger for it.
    earned = select(LedgerTransaction.id).where(
        LedgerTransaction.organisation_id == Request.organisation_id,
        LedgerTransaction.source_id == Request.id,
        LedgerTransaction.kind == written_out(TransactionKind.ACCRUAL),
    )
    requests = select(
        Request.event_id,
        Request.owner_id.label("employee_id"),
        literal(1, Integer).label("resolved"),
        literal(0, Integer).label("ratings"),
        literal(0, Integer).label("good"),
    ).where(
        Request.organisation_id == organisation_id,
        Request.id.in_(select(unhelped_id)),
        Request.status == Status.RESOLVED,
        Request.verdict == Verdict.VERIFIED,
        # Above the cap it earned nothing, and was not counted.
        earned.limit(ONE_ROW).scalar_subquery().is_not(None),
    )
    ratings = select(
        Rating.event_id,
        Rating.employee_id,
        literal(0, Integer),
        literal(1, Integer),
        case((Rating.stars >= _GOOD, 1), else_=0),
    ).where(
        Rating.organisation_id == organisation_id,
        Rating.id.in_(select_ratings_taken_back(organisation_id)),
        Rating.state == RatingState.ACCEPTED,
    )
    every = union_all(requests, ratings).subquery("every")
    counts = [func.sum(every.c[name]).label(name) for name in ("resolved", "ratings", "good")]
    return (
        select(every.c.event_id, every.c.employee_id, *counts)
        .group_by(every.c.event_id, every.c.employee_id)
        .subquery("undone")
    )


def _doubtful(organisation_id: UUID, on: Sequence[UUID]) -> Select[Any]:
    """Return the requests that were praised by a rating which nobody has believed so far.

    None of the events that are ``on``: who is held must not learn it from a board as it happens.

    Who praises a deed with a phone of staff may have made it up. Blame that is not believed says
    nothing against it: else one could harm a colleague by it.
    """
    held = select(RatingHold.rating_id).where(RatingHold.organisation_id == organisation_id)
    return select(Rating.request_id).where(
        Rating.organisation_id == organisation_id,
        Rating.id.in_(held),
        Rating.state != RatingState.ACCEPTED,
        Rating.stars >= _GOOD,
        Rating.request_id.is_not(None),
        Rating.event_id.not_in(on),
    )


def _at_least_none(count: ColumnElement[int]) -> ColumnElement[int]:
    return case((count > 0, count), else_=0)
