"""Relief: a supervisor sends somebody to a post that was left, and a timer asks for one."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.models import PostCover
from backend.engagement.problems import (
    AlreadyCovering,
    ColleagueNotOnShift,
    NobodyFree,
    PostCovered,
)
from backend.engagement.queries import colleagues, covers
from backend.engagement.queries.covers import Covering, CoverView
from backend.engagement.services.covers import (
    UNCOVERED,
    ask_nearest,
    ask_supervisors,
    change,
    spot_of,
    tell,
)
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import reading
from backend.foundation.one_by_one import each
from backend.identity.queries import list_working, may_work
from backend.notify.messages import MessageKind
from backend.venues.queries import get_post, list_on_shift, list_there


def send(
    session: Session, *, actor: Actor, post_id: UUID, employee_id: UUID | None, now: datetime
) -> CoverView:
    """Ask a colleague to stand in at a post: the one named, or the nearest who is free.

    However far away that is, but of those on shift. Raises PostNotFound, PostCovered, NobodyFree,
    ColleagueNotOnShift and AlreadyCovering.
    """
    owner = actor.organisation_id
    get_post(session, organisation_id=owner, post_id=post_id)
    row = covers.lock_uncovered(session, organisation_id=owner, post_id=post_id)
    if row is None:
        raise PostCovered
    cover = covers.view_of(session, row)
    if employee_id is None:
        spot = spot_of(cover)
        free = colleagues.list_free(session, spot=spot, besides=row.left_by, now=now)
        sent = next(iter(free), None)
        if sent is None:
            raise NobodyFree
    else:
        _must_be_able_to(session, row, employee_id, now)
        sent = employee_id
    change(session, cover=cover, asked_id=sent, asked_at=now)
    tell(session, cover=cover, kind=MessageKind.RELIEF_SENT, to=[sent], now=now)
    audit.record(
        session,
        actor=actor,
        act="relief.sent",
        subject_id=cover.id,
        now=now,
        detail={"post_id": str(post_id), "employee_id": str(sent)},
    )
    return covers.get_cover(session, organisation_id=owner, cover_id=cover.id)


def _must_be_able_to(session: Session, row: PostCover, employee_id: UUID, now: datetime) -> None:
    who = {"organisation_id": row.organisation_id, "employee_id": employee_id}
    on_shift = list_on_shift(
        session, organisation_id=row.organisation_id, event_id=row.event_id, at=now
    )
    there = employee_id in on_shift and employee_id != row.left_by
    if not there or not may_work(session, **who, now=now):
        raise ColleagueNotOnShift
    if covers.find_covering(session, **who):
        raise AlreadyCovering


def chase(*, now: datetime, cover_seconds: int) -> int:
    """See to every post for which nobody has come within ``cover_seconds``; return how many.

    Where nobody was asked yet, or whoever stood in has gone, the nearest colleague is asked; else
    the supervisors on duty are, once. Whoever stands in and does not work here any more, or is not
    on shift any more, has gone. Each in a transaction of its own, by whichever worker locks it
    first.
    """
    asked_before = now - timedelta(seconds=cover_seconds)
    with reading() as session:
        covering = covers.list_covering(session)
        gone = _gone(session, covering, now)
        waiting = covers.list_unanswered(session, asked_before=asked_before)

    def drop(session: Session, one: Covering) -> int:
        row = covers.lock_covering(session, one)
        if row is None:
            return 0
        cover = covers.view_of(session, row)
        change(session, cover=cover, **UNCOVERED)
        ask_nearest(session, cover=cover, besides=cover.left_by, now=now)
        return 1

    def ask(session: Session, one: tuple[UUID, UUID]) -> int:
        row = covers.lock_unanswered(
            session, organisation_id=one[0], cover_id=one[1], asked_before=asked_before
        )
        if row is None:
            return 0
        _chase(session, covers.view_of(session, row), now)
        return 1

    dropped = each(gone, drop, job="chase_covers", id_of=lambda one: one.id)
    return dropped + each(waiting, ask, job="chase_covers", id_of=lambda one: one[1])


def _gone(session: Session, covering: Sequence[Covering], now: datetime) -> list[Covering]:
    """Return those of ``covering`` whose stand-in has left the house."""
    if not covering:
        return []
    there = list_there(
        session,
        placed={(one.organisation_id, one.event_id, one.covered_by) for one in covering},
        at=now,
    )
    working = list_working(
        session, employees={(one.organisation_id, one.covered_by) for one in covering}, now=now
    )
    return [
        one
        for one in covering
        if (one.organisation_id, one.event_id, one.covered_by) not in there
        or (one.organisation_id, one.covered_by) not in working
    ]


def _chase(session: Session, cover: CoverView, now: datetime) -> None:
    if cover.asked_id is None:
        ask_nearest(session, cover=cover, besides=cover.left_by, now=now)
    else:
        ask_supervisors(session, cover=cover, now=now)
