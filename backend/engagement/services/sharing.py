"""Sharing a request: helpers get a part of its owner's credit, or a colleague takes it over."""

from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import (
    AlreadyHelping,
    ColleagueGone,
    ColleagueOffDuty,
    NotInYourHands,
    NotToYourself,
    ShareTooLarge,
)
from backend.engagement.queries.requests import RequestView, view_of
from backend.engagement.rules import Moment, Step, part_given
from backend.engagement.services import covers, withdrawals
from backend.engagement.services.endings import Hands
from backend.engagement.services.steps import (
    InHand,
    Mark,
    left_post,
    refuse_former,
    take,
)
from backend.engagement.services.workloads import put_down, take_up
from backend.foundation.actor import Actor
from backend.identity.queries import get_employee, may_work
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.queries import find_duty, list_resting


def _lock_own(
    session: Session, *, actor: Actor, request_id: UUID, colleague_id: UUID, moment: Moment
) -> InHand:
    """Lock a request that ``actor`` has in hand, to share it with an active colleague."""
    held = InHand.lock(session, actor=actor, request_id=request_id)
    held.must_be_accepted(moment)
    if held.row.owner_id != actor.employee_id:
        raise NotInYourHands
    if colleague_id == actor.employee_id:
        raise NotToYourself(errors={"json": {"employee_id": ["Name a colleague."]}})
    whose = {"organisation_id": actor.organisation_id, "employee_id": colleague_id}
    get_employee(session, **whose)
    if not may_work(session, **whose, now=moment.now):
        raise ColleagueGone
    refuse_former(session, held.row, colleague_id)
    return held


def add_helper(
    session: Session,
    *,
    actor: Actor,
    request_id: UUID,
    employee_id: UUID,
    percent: int,
    moment: Moment,
) -> RequestView:
    """Give a colleague ``percent`` of the credit, taken from the owner's own share.

    Raises RequestNotFound, SeasonClosed, RequestClosed, RequestNotInHand, NotInYourHands,
    NotToYourself, EmployeeUnknown, ColleagueGone, SomebodyElseNeeded, AlreadyHelping,
    ShareTooLarge and ColleagueOffDuty.
    """
    held = _lock_own(
        session, actor=actor, request_id=request_id, colleague_id=employee_id, moment=moment
    )
    if employee_id in held.shares:
        raise AlreadyHelping
    own = held.shares[actor.employee_id]
    if percent > own:
        raise ShareTooLarge
    if list_resting(session, employees={(actor.organisation_id, employee_id)}, at=moment.at):
        raise ColleagueOffDuty
    mark = Mark(
        step=Step.HELPER_ADDED,
        employee_id=actor.employee_id,
        other_id=employee_id,
        moment=moment,
        detail={"percent": percent},
    )
    take(
        session,
        held.row,
        mark,
        verdict=held.judged(actor=actor, moment=moment),
    )
    held.hold(held.shares | {actor.employee_id: own - percent, employee_id: percent})
    _tell(session, held, employee_id, MessageKind.REQUEST_HELPER_ADDED, moment)
    return view_of(held.row, held.shares)


def hand_over(
    session: Session,
    *,
    actor: Actor,
    request_id: UUID,
    employee_id: UUID,
    keep_percent: int,
    moment: Moment,
) -> RequestView:
    """Hand a request to a colleague; the owner keeps ``keep_percent`` per cent of their own share.

    The rest of it, rounded up, goes to the colleague, who must have less than five in hand. What
    is kept is credit alone: the colleague, and whom they ask to help, have it in hand. Raises
    RequestNotFound, SeasonClosed, RequestClosed, RequestNotInHand, NotInYourHands, NotToYourself,
    EmployeeUnknown, ColleagueGone, SomebodyElseNeeded and TooManyInHand.
    """
    held = _lock_own(
        session, actor=actor, request_id=request_id, colleague_id=employee_id, moment=moment
    )
    owner = actor.organisation_id
    colleague = Actor(organisation_id=owner, employee_id=employee_id, permissions=frozenset())
    theirs = find_duty(session, actor=colleague, at=moment.at)
    mark = Mark(
        step=Step.HANDED_OVER,
        employee_id=actor.employee_id,
        other_id=employee_id,
        moment=moment,
        detail={"keep_percent": keep_percent},
    )
    hands = Hands(held.row)
    take(
        session,
        held.row,
        mark,
        owner_id=employee_id,
        left_post_id=left_post(theirs, held.row.zone_id),
        verdict=held.judged(actor=actor, moment=moment),
    )
    # Two who hand over to each other at once lock both rows in the same order.
    for move, who in sorted(
        ((take_up, employee_id), (put_down, actor.employee_id)), key=lambda step: step[1]
    ):
        move(session, organisation_id=owner, employee_id=who)
    covers.lock(session, organisation_id=owner, request_ids=[held.row.id], stands_in=employee_id)
    hands.come_back(held, at=moment.at)
    if theirs and held.row.left_post_id:
        absence = covers.leaving(session, request=held.row, duty=theirs, moment=moment)
        covers.begin(session, organisation_id=owner, absence=absence)
    kept, given = part_given(held.shares[actor.employee_id], keep_percent=keep_percent)
    shares = dict(held.shares)
    del shares[actor.employee_id]
    shares[employee_id] = shares.get(employee_id, 0) + given
    if kept:
        shares[actor.employee_id] = kept
    held.hold(shares)
    withdrawals.end_besides(session, request=held.row, giver_id=employee_id, at=moment.at)
    _tell(session, held, employee_id, MessageKind.REQUEST_HANDED_OVER, moment)
    return view_of(held.row, held.shares)


def _tell(
    session: Session, held: InHand, employee_id: UUID, kind: MessageKind, moment: Moment
) -> None:
    messages.send(
        session,
        organisation_id=held.row.organisation_id,
        recipients=[employee_id],
        kind=kind,
        subject_id=held.row.id,
        now=moment.now,
    )
