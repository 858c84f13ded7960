"""What becomes of requests by time alone: more are told, idle hands are emptied.

It calls for help and never blames: who is told is told what is needed, not who did not come.
Each request has a transaction of its own, and each change a condition, so that any number of
workers do everything once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import RequestEscalation
from backend.engagement.queries import colleagues, waiting
from backend.engagement.queries.colleagues import NOBODY, Spot
from backend.engagement.queries.requests import read_request
from backend.engagement.queries.waiting import Waiting
from backend.engagement.rules import Moment, Status, Step
from backend.engagement.services.endings import Hands
from backend.engagement.services.steps import InHand, Mark, list_besides, take
from backend.foundation.db import reading, transaction
from backend.identity.queries import list_organisations
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.queries import EventFacts, list_events_on
from backend.venues.rules import NEXT


def call_for_help(*, now: datetime, near_seconds: int, supervisor_seconds: int) -> int:
    """Tell more people about requests that nobody takes; return how many times.

    After ``near_seconds`` the free colleagues of the same zone and the next, after
    ``supervisor_seconds`` the supervisors on duty: once each for every time that it is open.
    """
    called = 0
    until = now - timedelta(seconds=min(near_seconds, supervisor_seconds))
    late = now - timedelta(seconds=supervisor_seconds)
    for events in _evenings(now):
        with reading() as session:
            found = waiting.list_waiting(session, **_of(events), until=until)
        by_id = {event.id: event for event in events}
        for one in found:
            event = by_id[one.event_id]
            if one.near_at is None:
                called += _tell_near(event, one, now)
            if one.since <= late and one.supervisors_at is None:
                called += _tell_supervisors(event, one, now)
    return called


def _evenings(now: datetime) -> list[list[EventFacts]]:
    """Return the events that are on, those of each organisation together."""
    with reading() as session:
        on = [
            list_events_on(session, organisation_id=organisation_id, at=now)
            for organisation_id in list_organisations(session)
        ]
    return [events for events in on if events]


def _of(events: Sequence[EventFacts]) -> dict[str, Any]:
    return {
        "organisation_id": events[0].organisation_id,
        "event_ids": [event.id for event in events],
    }


def _tell_near(event: EventFacts, one: Waiting, now: datetime) -> int:
    key = {"organisation_id": event.organisation_id, "request_id": one.id, "opening": one.opening}
    with transaction() as session:
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
            organisation_id=event.organisation_id,
            event_id=event.id,
            venue_id=event.venue_id,
            zone_id=one.zone_id,
            post_id=one.zone_id,
        )
        row = read_request(session, organisation_id=event.organisation_id, request_id=one.id)
        besides = list_besides(session, row)
        free = colleagues.list_free(session, spot=spot, besides=row.opened_by or NOBODY, now=now)
        near = [who for who, far in free.items() if far <= NEXT and who not in besides]
        _tell(session, event, one, MessageKind.REQUEST_NEAR, near, now)
    return 1


def _tell_supervisors(event: EventFacts, one: Waiting, now: datetime) -> int:
    with transaction() as session:
        first = session.execute(
            update(RequestEscalation)
            .where(
                RequestEscalation.organisation_id == event.organisation_id,
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
            session, organisation_id=event.organisation_id, event_id=event.id, now=now
        )
        _tell(session, event, one, MessageKind.REQUEST_ESCALATED, supervisors, now)
    return 1


def _tell(
    session: Session,
    event: EventFacts,
    one: Waiting,
    kind: MessageKind,
    to: Sequence[UUID],
    now: datetime,
) -> None:
    messages.send(
        session,
        organisation_id=event.organisation_id,
        recipients=to,
        kind=kind,
        subject_id=one.id,
        now=now,
    )


def release_idle(*, now: datetime, idle_minutes: int) -> int:
    """Put back what was taken in hand and forgotten, and tell its owner; return how many."""
    until = now - timedelta(minutes=idle_minutes)
    released = 0
    for events in _evenings(now):
        with reading() as session:
            found = waiting.list_idle(session, **_of(events), until=until)
        for request_id, steps in found:
            with transaction() as session:
                held = InHand.of(
                    session, organisation_id=events[0].organisation_id, request_id=request_id
                )
                if held.row.steps == steps and held.row.status is Status.ACCEPTED:
                    _release_idle(held, now)
                    released += 1
    return released


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
    """Put a request back that is in hand, in nobody's name."""
    hands = Hands(held.row)
    take(
        held.session,
        held.row,
        Mark(
            step=Step.RELEASED,
            employee_id=None,
            moment=Moment.present(now),
            detail={"reason": why},
        ),
        status=Status.OPEN,
        owner_id=None,
        left_post_id=None,
    )
    hands.let_go(held, at=now)
