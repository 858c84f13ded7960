"""Follow-ups: what is not done when the house closes is somebody's to see to within 24 hours."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import Request, RequestFollowUp
from backend.engagement.problems import FollowUpNotFound, NotYourFollowUp
from backend.engagement.queries import follow_ups as queries
from backend.engagement.queries import waiting
from backend.engagement.queries.colleagues import list_supervisors_on_duty
from backend.engagement.queries.follow_ups import FollowUpView
from backend.engagement.queries.waiting import Left
from backend.engagement.rules import ENDED, Moment, Status, Step
from backend.engagement.services.endings import Hands
from backend.engagement.services.steps import InHand, Mark, take
from backend.engagement.services.timers import release
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import reading
from backend.foundation.one_by_one import each
from backend.identity.permissions import Permission
from backend.identity.queries import list_supervisors, may_work
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.queries import AFTER_END, EventFacts, list_all_over

RULE = timedelta(hours=24)
# However long the workers stood still; nothing is opened at an event that is over for longer.
LOOKED_BACK = timedelta(days=60)


def name_owners(*, now: datetime) -> int:
    """Find what events that are over have left undone, and name who sees to it; return how many.

    That is who had it in hand, else who opened it, else a supervisor: the first who works here
    still. It is put back first, so that nobody starts the next evening with it in hand.
    """
    with reading() as session:
        over = list_all_over(session, at=now, since=now - LOOKED_BACK)
        found = waiting.list_left_over(session, events=over)
    by_id = {event.id: event for event in over}

    def name(session: Session, one: Left) -> int:
        return _name_owner(session, by_id[one.event_id], one.id, now)

    return each(found, name, job="name_follow_ups", id_of=lambda one: one.id)


def _name_owner(session: Session, event: EventFacts, request_id: UUID, now: datetime) -> int:
    # The lock keeps whoever resolves it at this moment apart, and the other workers.
    held = InHand.of(session, organisation_id=event.organisation_id, request_id=request_id)
    if held.row.status in ENDED or _goes_on(held.row, event):
        return 0
    who = next(_candidates(session, held.row, event, now), held.row.opened_by)
    if who is None:
        # A fan asked, and there is no supervisor yet: named once there is one.
        return 0
    first = session.execute(
        insert(RequestFollowUp)
        .values(
            organisation_id=event.organisation_id,
            request_id=request_id,
            employee_id=who,
            created_at=now,
            due_at=event.ends_at + RULE,
        )
        .on_conflict_do_nothing()
        .returning(RequestFollowUp.request_id)
    ).first()
    if first is None:
        return 0
    if held.row.status is Status.ACCEPTED:
        release(held, why="event_over", now=now)
    messages.send(
        session,
        organisation_id=event.organisation_id,
        recipients=[who],
        kind=MessageKind.FOLLOW_UP,
        subject_id=request_id,
        now=now,
    )
    return 1


def _goes_on(row: Request, event: EventFacts) -> bool:
    """Tell whether somebody who works on after the event took a request only then.

    Once they have let it lie for too long it is put back, and gets its name then.
    """
    over_at = event.ends_at + AFTER_END
    return (
        row.status is Status.ACCEPTED
        and row.accepted_at is not None
        and (row.accepted_at > over_at)
    )


def _candidates(session: Session, row: Request, event: EventFacts, now: datetime) -> Iterator[UUID]:
    owner = row.organisation_id
    for who in (row.owner_id, row.opened_by):
        if who and may_work(session, organisation_id=owner, employee_id=who, now=now):
            yield who
    yield from list_supervisors_on_duty(
        session, organisation_id=owner, event_id=event.id, now=event.ends_at
    )
    yield from (who for who, _ in list_supervisors(session, organisation_id=owner, now=now))


def finish(
    session: Session, *, actor: Actor, request_id: UUID, note: str, now: datetime
) -> FollowUpView:
    """Say what was done about a request after its event; who did gets the same answer again.

    A request that is still open is closed by it, unpaid and unrated. Whoever is to see to it may,
    and HR. Raises FollowUpNotFound and NotYourFollowUp.
    """
    owner = actor.organisation_id
    held = InHand.lock(session, actor=actor, request_id=request_id)
    known = queries.find_follow_up(session, organisation_id=owner, request_id=request_id)
    if known is None:
        raise FollowUpNotFound
    mine = known.employee_id == actor.employee_id
    if not mine and not actor.may(Permission.SEE_FOLLOW_UPS):
        raise NotYourFollowUp
    if known.done_at is None:
        session.execute(
            update(RequestFollowUp)
            .where(
                RequestFollowUp.organisation_id == owner,
                RequestFollowUp.request_id == request_id,
            )
            .values(done_at=now, done_by=actor.employee_id, note=note)
        )
        if held.row.status not in ENDED:
            _close(held, actor, note, now)
        if not mine:
            audit.record(session, actor=actor, act="follow_up.done", subject_id=request_id, now=now)
    return queries.get_follow_up(session, organisation_id=owner, request_id=request_id)


def _close(held: InHand, actor: Actor, note: str, now: datetime) -> None:
    hands = Hands(held.row)
    mark = Mark(
        step=Step.FOLLOWED_UP,
        employee_id=actor.employee_id,
        moment=Moment.present(now),
        detail={"note": note},
    )
    take(
        held.session,
        held.row,
        mark,
        status=Status.CANCELLED,
        owner_id=None,
        left_post_id=None,
        closed_at=now,
    )
    hands.let_go(held, at=now)
