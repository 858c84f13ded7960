"""A post that is left while somebody helps: a colleague is asked, and stands in with one tap.

It is written by the transaction that takes somebody away, and ended by the one that brings them
back. Both hold the row of that employee's workload by then, so that two of their requests at once
see each other here. The rows of covers are locked last of all: after those of requests, workloads,
tallies and balances. Whoever changes more than one (a hand-over ends one and may leave another
without its stand-in; the end of a season ends many) locks them first, in the order of their ids.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, case, func, or_, select, update
from sqlalchemy.orm import Session

from backend.engagement.models import PostCover, Request
from backend.engagement.problems import (
    AlreadyCovering,
    CoverOver,
    CoverTaken,
    NotCovering,
    NotOnDuty,
    OwnPost,
)
from backend.engagement.queries import colleagues, covers
from backend.engagement.queries.colleagues import Spot
from backend.engagement.queries.covers import CoverView
from backend.engagement.rules import CoverState, Moment, Status
from backend.foundation.actor import Actor
from backend.foundation.db import new_id
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import ONE_ROW, Prepared
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.queries import Duty, is_on_duty_at

# What a phone tells later has been settled by others, or by itself further down its queue.
ASKED_WITHIN = timedelta(minutes=5)
_ADD = PreparedInsert(PostCover)
UNCOVERED = {
    "covered_by": None,
    "covered_at": None,
    "asked_id": None,
    "asked_at": None,
    "escalated_at": None,
}
_DROP = Prepared(
    update(PostCover)
    .where(
        PostCover.organisation_id == bindparam("its_organisation"),
        PostCover.covered_by == bindparam("its_colleague"),
        PostCover.ended_at.is_(None),
    )
    .values(**UNCOVERED)
)
_keeps_away = (
    select(Request.id)
    .where(
        Request.organisation_id == PostCover.organisation_id,
        Request.owner_id == PostCover.left_by,
        Request.status == Status.ACCEPTED,
        Request.left_post_id == PostCover.post_id,
        Request.id != PostCover.request_id,
    )
    .order_by(Request.accepted_at, Request.id)
    .limit(ONE_ROW)
    .correlate(PostCover)
    .scalar_subquery()
)
# Whoever has taken more in hand meanwhile is not back yet: the cover goes on with that.
_END = Prepared(
    update(PostCover)
    .where(
        PostCover.organisation_id == bindparam("its_organisation"),
        PostCover.request_id == bindparam("its_request"),
        PostCover.ended_at.is_(None),
    )
    .values(
        request_id=func.coalesce(_keeps_away, PostCover.request_id),
        ended_at=case(
            (_keeps_away.is_(None), bindparam("at", type_=PostCover.ended_at.type)), else_=None
        ),
    )
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Absence:
    """A post that its employee is about to leave: the row to write, None if they are away already.

    ``drops`` is an employee who stood in for somebody and cannot go on.
    """

    row: Mapping[str, Any] | None
    drops: UUID | None
    now: datetime


def leaving(session: Session, *, request: Request, duty: Duty, moment: Moment) -> Absence:
    """Return what it means that the owner of ``request`` leaves the post of their ``duty``.

    Nothing is written. The nearest free colleague is the one to ask, unless it was long ago.
    """
    owner_id = cast(UUID, request.owner_id)
    spot = Spot(
        organisation_id=request.organisation_id,
        event_id=duty.event.id,
        venue_id=duty.event.venue_id,
        zone_id=cast(UUID, duty.zone_id),
        post_id=cast(UUID, duty.post_id),
    )
    seen = colleagues.look_around(session, spot=spot, employee_id=owner_id, now=moment.now)
    asked_id = seen.nearest if moment.now - moment.at <= ASKED_WITHIN else None
    row = {
        "organisation_id": request.organisation_id,
        "id": new_id(),
        "event_id": spot.event_id,
        "post_id": spot.post_id,
        "request_id": request.id,
        "left_by": owner_id,
        "left_at": moment.at,
        "escalated_at": None,
        "asked_id": asked_id,
        "asked_at": moment.now if asked_id else None,
        "covered_by": None,
        "covered_at": None,
        "ended_at": None,
    }
    return Absence(
        row=None if seen.is_away else row,
        drops=owner_id if seen.is_covering else None,
        now=moment.now,
    )


def begin(session: Session, *, organisation_id: UUID, absence: Absence) -> None:
    """Write ``absence`` down and ask the colleague.

    A post in which the leaver stood in is without anybody again; the next pass of `reliefs.chase`
    asks somebody else.
    """
    if absence.drops:
        _DROP.run(session, its_organisation=organisation_id, its_colleague=absence.drops)
    row = absence.row
    if row is None:
        return
    _ADD.run(session, [row])
    if row["asked_id"]:
        messages.send(
            session,
            organisation_id=organisation_id,
            recipients=[row["asked_id"]],
            kind=MessageKind.COVER_ASKED,
            subject_id=row["id"],
            now=absence.now,
        )


def lock(
    session: Session,
    *,
    organisation_id: UUID,
    request_ids: Collection[UUID],
    stands_in: UUID | None = None,
) -> None:
    """Lock the covers of requests, and the one in which an employee stands in, in their order."""
    which: ColumnElement[bool] = PostCover.request_id.in_(request_ids)
    if stands_in is not None:
        which = or_(which, PostCover.covered_by == stands_in)
    session.execute(
        select(PostCover.id)
        .where(PostCover.organisation_id == organisation_id, PostCover.ended_at.is_(None), which)
        .order_by(PostCover.id)
        .with_for_update()
    )


def end(session: Session, *, request: Request, at: datetime) -> None:
    """End the cover that ``request`` was the reason for, unless more keeps its owner away."""
    _END.run(session, its_organisation=request.organisation_id, its_request=request.id, at=at)


def take(session: Session, *, actor: Actor, cover_id: UUID, now: datetime) -> CoverView:
    """Stand in at a post that was left; of several who tap at once one does.

    Whoever does already gets the same answer. Raises CoverNotFound, NotOnDuty, OwnPost,
    AlreadyCovering, CoverTaken and CoverOver.
    """
    owner = actor.organisation_id
    known = covers.get_cover(session, organisation_id=owner, cover_id=cover_id)
    _refuse_over(known)
    if known.covered_by == actor.employee_id:
        return known
    if known.covered_by is not None:
        raise CoverTaken
    if known.left_by == actor.employee_id:
        raise OwnPost
    _must_be_on_duty(session, actor, known.event_id, now)
    me = {"organisation_id": owner, "employee_id": actor.employee_id}
    if covers.find_covering(session, **me) not in {None, cover_id}:
        raise AlreadyCovering
    # Should this very colleague take another one meanwhile, running again will find it.
    session.execute(
        update(PostCover)
        .where(
            PostCover.organisation_id == owner,
            PostCover.id == cover_id,
            PostCover.ended_at.is_(None),
            PostCover.covered_by.is_(None),
        )
        .values(covered_by=actor.employee_id, covered_at=now)
    )
    now_known = covers.get_cover(session, organisation_id=owner, cover_id=cover_id)
    _refuse_over(now_known)
    # It may have been they themselves who were quicker: two taps are one.
    if now_known.covered_by != actor.employee_id:
        raise CoverTaken
    return now_known


def leave(session: Session, *, actor: Actor, cover_id: UUID, now: datetime) -> CoverView:
    """Stop standing in; the next colleague is asked, or supervisors where there is none.

    Raises CoverNotFound, CoverOver and NotCovering.
    """
    owner = actor.organisation_id
    left = session.execute(
        update(PostCover)
        .where(
            PostCover.organisation_id == owner,
            PostCover.id == cover_id,
            PostCover.ended_at.is_(None),
            PostCover.covered_by == actor.employee_id,
        )
        .values(**UNCOVERED)
        .returning(PostCover.id)
    ).first()
    known = covers.get_cover(session, organisation_id=owner, cover_id=cover_id)
    if left is None:
        _refuse_over(known)
        raise NotCovering
    ask_nearest(session, cover=known, besides=actor.employee_id, now=now)
    return covers.get_cover(session, organisation_id=owner, cover_id=cover_id)


def ask_nearest(session: Session, *, cover: CoverView, besides: UUID, now: datetime) -> None:
    """Ask the nearest free colleague ``besides`` one, or supervisors; the row is locked already."""
    spot = spot_of(cover)
    nearest = colleagues.find_nearest(session, spot=spot, besides=besides, now=now)
    if nearest is None:
        ask_supervisors(session, cover=cover, now=now)
        return
    change(session, cover=cover, asked_id=nearest, asked_at=now)
    tell(session, cover=cover, kind=MessageKind.COVER_ASKED, to=[nearest], now=now)


def ask_supervisors(session: Session, *, cover: CoverView, now: datetime) -> None:
    """Ask the supervisors on duty for somebody; the row is locked already."""
    change(session, cover=cover, escalated_at=now)
    supervisors = colleagues.list_supervisors_on_duty(
        session, organisation_id=cover.organisation_id, event_id=cover.event_id, now=now
    )
    tell(session, cover=cover, kind=MessageKind.COVER_ESCALATED, to=supervisors, now=now)


def change(session: Session, *, cover: CoverView, **changes: Any) -> None:
    """Write ``changes`` into a cover whose row is locked."""
    session.execute(
        update(PostCover)
        .where(PostCover.organisation_id == cover.organisation_id, PostCover.id == cover.id)
        .values(**changes)
    )


def tell(
    session: Session, *, cover: CoverView, kind: MessageKind, to: Iterable[UUID], now: datetime
) -> None:
    """Tell people about ``cover``."""
    messages.send(
        session,
        organisation_id=cover.organisation_id,
        recipients=to,
        kind=kind,
        subject_id=cover.id,
        now=now,
    )


def spot_of(cover: CoverView) -> Spot:
    """Return the post of ``cover`` at its event."""
    return Spot(
        organisation_id=cover.organisation_id,
        event_id=cover.event_id,
        venue_id=cover.zone.venue_id,
        zone_id=cover.zone.id,
        post_id=cover.post.id,
    )


def _refuse_over(cover: CoverView) -> None:
    if cover.state is CoverState.OVER:
        raise CoverOver


def _must_be_on_duty(session: Session, actor: Actor, event_id: UUID, now: datetime) -> None:
    if not is_on_duty_at(session, actor=actor, event_id=event_id, at=now):
        raise NotOnDuty
