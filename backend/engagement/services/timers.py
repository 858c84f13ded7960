"""What becomes of requests by time alone: more are told, idle hands are emptied.

It calls for help and never blames: who is told is told what is needed, not who did not come.
Each request has a transaction of its own, and each change a condition, so that any number of
workers do everything once, and one that fails stops no other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import RequestEscalation
from backend.engagement.queries import colleagues, waiting
from backend.engagement.queries.colleagues import NOBODY, Spot
from backend.engagement.queries.requests import read_request
from backend.engagement.queries.waiting import Left, Waiting
from backend.engagement.rules import Moment, Status, Step
from backend.engagement.services.endings import Hands
from backend.engagement.services.steps import InHand, Mark, list_besides, take, verdict_of_opening
from backend.foundation.db import reading
from backend.foundation.one_by_one import each
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.queries import EventFacts, list_all_on
from backend.venues.rules import NEXT


def call_for_help(*, now: datetime, near_seconds: int, supervisor_seconds: int) -> int:
    """Tell more people about requests that nobody takes; return how many times.

    After ``near_seconds`` the free colleagues of the same zone and the next, after
    ``supervisor_seconds`` the supervisors on duty: once each for every time that it is open.
    """
    with reading() as session:
        events = list_all_on(session, at=now)
        found = waiting.list_waiting(
            session, events=events, until=now - timedelta(seconds=near_seconds)
        )
    by_id = {event.id: event for event in events}
    late = now - timedelta(seconds=supervisor_seconds)

    def call(session: Session, one: Waiting) -> int:
        called = 0
        if one.near_at is None:
            called += _tell_near(session, by_id[one.event_id], one, now)
        if one.since <= late and one.supervisors_at is None:
            called += _tell_supervisors(session, one, now)
        return called

    return each(found, call, job="call_for_help", id_of=_id)


def _id(one: Waiting | Left) -> UUID:
    return one.id


def _tell_near(session: Session, event: EventFacts, one: Waiting, now: datetime) -> int:
    key = {"organisation_id": one.organisation_id, "request_id": one.id, "opening": one.opening}
    first = session.execute(
        insert(RequestEscalation)
        .values(**key, near_at=now, supervisors_at=None)
        .on_conflict_do_nothing()
        .returning(RequestEscalation.request_id)
    ).first()
    if first is None:
        return 0
    # No post is meant, so that the whole zone is as near.
    spot = Spot(
        organisation_id=one.organisation_id,
        event_id=event.id,
        venue_id=event.venue_id,
        zone_id=one.zone_id,
        post_id=one.zone_id,
    )
    row = read_request(session, organisation_id=one.organisation_id, request_id=one.id)
    besides = list_besides(session, row)
    free = colleagues.list_free(session, spot=spot, besides=row.opened_by or NOBODY, now=now)
    near = [who for who, far in free.items() if far <= NEXT and who not in besides]
    _tell(session, one, MessageKind.REQUEST_NEAR, near, now)
    return 1


def _tell_supervisors(session: Session, one: Waiting, now: datetime) -> int:
    first = session.execute(
        update(RequestEscalation)
        .where(
            RequestEscalation.organisation_id == one.organisation_id,
            RequestEscalation.request_id == one.id,
            RequestEscalation.opening == one.opening,
            RequestEscalation.supervisors_at.is_(None),
        )
        .values(supervisors_at=now)
        .returning(RequestEscalation.request_id)
    ).first()
    if first is None:
        return 0
    supervisors = colleagues.list_supervisors_on_duty(
        session, organisation_id=one.organisation_id, event_id=one.event_id, now=now
    )
    _tell(session, one, MessageKind.REQUEST_ESCALATED, supervisors, now)
    return 1


def _tell(
    session: Session, one: Waiting, kind: MessageKind, to: Sequence[UUID], now: datetime
) -> None:
    messages.send(
        session,
        organisation_id=one.organisation_id,
        recipients=to,
        kind=kind,
        subject_id=one.id,
        now=now,
    )


def release_idle(*, now: datetime, idle_minutes: int) -> int:
    """Put back what was taken in hand and forgotten, and tell its owner; return how many.

    Whether its event is on or over: what is followed up can be forgotten as well.
    """
    until = now - timedelta(minutes=idle_minutes)
    with reading() as session:
        found = waiting.list_idle(session, until=until)

    def release_one(session: Session, one: Left) -> int:
        held = InHand.of(session, organisation_id=one.organisation_id, request_id=one.id)
        if held.row.steps != one.steps or held.row.status is not Status.ACCEPTED:
            return 0
        # A gesture is no step; whoever gives one holds the request meanwhile.
        if not waiting.is_idle(session, request=held.row, until=until):
            return 0
        _release_idle(held, now)
        return 1

    return each(found, release_one, job="release_idle", id_of=_id)


def _release_idle(held: InHand, now: datetime) -> None:
    owner_id = held.row.owner_id
    release(held, why="idle", now=now)
    messages.send(
        held.session,
        organisation_id=held.row.organisation_id,
        recipients=[owner_id] if owner_id else [],
        kind=MessageKind.REQUEST_RELEASED,
        subject_id=held.row.id,
        now=now,
    )


def release(held: InHand, *, why: str, now: datetime) -> None:
    """Put a request back that is in hand, in nobody's name.

    Whose it was is written down, for whose phone was away when they did it.
    """
    shares = {str(who): percent for who, percent in held.shares.items()}
    hands = Hands(held.row)
    take(
        held.session,
        held.row,
        Mark(
            step=Step.RELEASED,
            employee_id=None,
            moment=Moment.present(now),
            detail={
                "reason": why,
                "owner_id": str(held.row.owner_id),
                "shares": shares,
                "verdict": held.row.verdict,
            },
        ),
        status=Status.OPEN,
        owner_id=None,
        left_post_id=None,
        verdict=verdict_of_opening(held.session, held.row),
    )
    hands.let_go(held, at=now)
