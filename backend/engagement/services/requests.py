"""The life of a request: open, accepted, resolved or cancelled; handed over or released between.

Every step is a conditional change of the request's row and a line in its history.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.models import Request
from backend.engagement.problems import (
    NotInYourHands,
    RequestAlreadyTaken,
    RequestClosed,
)
from backend.engagement.queries import tallies
from backend.engagement.queries.hands import has_given_away, is_in_hands_of
from backend.engagement.queries.requests import (
    Near,
    RequestView,
    get_request,
    get_standing,
    read_request,
    view_of,
)
from backend.engagement.rules import ENDED, WHOLE, Moment, Status, Step
from backend.engagement.rules.gestures import Withdrawal
from backend.engagement.services import askers, covers, invitations, pay, withdrawals
from backend.engagement.services.endings import Hands
from backend.engagement.services.invitations import Issued
from backend.engagement.services.openings import NewRequest as NewRequest
from backend.engagement.services.openings import open_once as open_once
from backend.engagement.services.openings import open_request as open_request
from backend.engagement.services.reclaims import reclaim
from backend.engagement.services.sharing import add_helper as add_helper
from backend.engagement.services.sharing import hand_over as hand_over
from backend.engagement.services.steps import (
    InHand,
    Mark,
    believed,
    credit,
    has_cancelled,
    left_post,
    refuse_former,
    refuse_late,
    supervises,
    take,
    verdict_of_opening,
    worse,
)
from backend.engagement.services.workloads import put_down, take_up
from backend.foundation.actor import Actor
from backend.foundation.prepared import together
from backend.integrity.rules import Verdict
from backend.venues.queries import find_duty, find_present_event, list_resting, recall_distances


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """A resolved request with its rating code, which only who did it may show."""

    request: RequestView
    code: str
    expires_at: datetime


def accept(session: Session, *, actor: Actor, request_id: UUID, moment: Moment) -> RequestView:
    """Take an open request in hand; of many who try at once one wins.

    Whoever has it already gets the same answer. Going to another zone means leaving the post,
    which needs nobody's permission. Raises RequestNotFound, SeasonClosed, RequestAlreadyTaken,
    RequestClosed, SomebodyElseNeeded and TooManyInHand.
    """
    row = read_request(session, organisation_id=actor.organisation_id, request_id=request_id)
    refuse_late(session, row, moment)
    _refuse_taken(row.status, row.owner_id, actor)
    if row.status is Status.ACCEPTED:
        return _view(InHand.lock(session, actor=actor, request_id=request_id))
    refuse_former(session, row, actor.employee_id)
    duty = find_duty(session, actor=actor, at=moment.at)
    try:
        take(
            session,
            row,
            Mark(step=Step.ACCEPTED, employee_id=actor.employee_id, moment=moment),
            status=Status.ACCEPTED,
            owner_id=actor.employee_id,
            left_post_id=left_post(duty, row.zone_id),
            verdict=worse(row.verdict, believed(duty, moment.following(row.opened_at))),
            **_first_taken(row, moment),
        )
    except RequestAlreadyTaken:
        # Perhaps by this very phone, which sent it twice.
        held = InHand.lock(session, actor=actor, request_id=request_id)
        if held.row.status is Status.ACCEPTED and held.row.owner_id == actor.employee_id:
            return _view(held)
        raise
    take_up(session, organisation_id=actor.organisation_id, employee_id=actor.employee_id)
    shares = {actor.employee_id: WHOLE}
    absence = (
        covers.leaving(session, request=row, duty=duty, moment=moment)
        if duty and row.left_post_id
        else None
    )
    with together(session):
        credit(session, row, shares)
        tallies.add(session, pay.evening_of(row, actor.employee_id), accepted=1)
        if absence:
            covers.begin(session, organisation_id=row.organisation_id, absence=absence)
    return view_of(row, shares)


def must_be_free(session: Session, *, actor: Actor, request_id: UUID) -> None:
    """Raise what `accept` would raise for a request that somebody else has, or had, in hand.

    It takes no lock and promises nothing: `accept` looks again.
    """
    status, owner_id = get_standing(
        session, organisation_id=actor.organisation_id, request_id=request_id
    )
    _refuse_taken(status, owner_id, actor)


def _refuse_taken(status: Status, owner_id: UUID | None, actor: Actor) -> None:
    if status in ENDED:
        raise RequestClosed
    if status is not Status.OPEN and owner_id != actor.employee_id:
        raise RequestAlreadyTaken


def _first_taken(row: Request, moment: Moment) -> dict[str, Any]:
    """Return what a request keeps of when it was accepted for the first time."""
    if row.accepted_at is not None:
        return {}
    return {"accepted_at": moment.at, "accept_seconds": moment.seconds_after(row.opened_at)}


def _view(held: InHand) -> RequestView:
    return view_of(held.row, held.shares)


def release(session: Session, *, actor: Actor, request_id: UUID, moment: Moment) -> RequestView:
    """Put a request back for others to take; its credit shares are dropped, its history stays.

    Only its owner or a supervisor may. Raises RequestNotFound, SeasonClosed, RequestClosed,
    RequestNotInHand and NotInYourHands.
    """
    held = InHand.lock(session, actor=actor, request_id=request_id)
    held.must_be_accepted(moment)
    hands = Hands(held.row)
    if held.row.owner_id != actor.employee_id and not supervises(actor):
        raise NotInYourHands
    take(
        session,
        held.row,
        Mark(step=Step.RELEASED, employee_id=actor.employee_id, moment=moment),
        status=Status.OPEN,
        owner_id=None,
        left_post_id=None,
        verdict=verdict_of_opening(session, held.row),
    )
    hands.let_go(held, at=moment.at)
    return _view(held)


def cancel(
    session: Session, *, actor: Actor, request_id: UUID, reason: str, moment: Moment
) -> RequestView:
    """Cancel a request that is open or in hand; who cancelled it gets the same answer again.

    Its owner, who opened it and has not handed it over, or a supervisor may. Raises
    RequestNotFound, SeasonClosed, RequestClosed and NotInYourHands.
    """
    held = InHand.lock(session, actor=actor, request_id=request_id)
    hands = Hands(held.row)
    if has_cancelled(session, held.row, actor=actor, by=Step.CANCELLED):
        return _view(held)
    theirs = actor.employee_id in {held.row.owner_id, held.row.opened_by}
    theirs = theirs and not has_given_away(session, actor=actor, request=held.row)
    if not theirs and not supervises(actor):
        raise NotInYourHands
    if held.row.status is Status.CANCELLED:
        return _view(held)
    refuse_late(session, held.row, moment)
    if held.row.status in ENDED:
        raise RequestClosed
    take(
        session,
        held.row,
        Mark(
            step=Step.CANCELLED,
            employee_id=actor.employee_id,
            moment=moment,
            detail={"reason": reason},
        ),
        status=Status.CANCELLED,
        owner_id=None,
        left_post_id=None,
        closed_at=moment.at,
    )
    hands.let_go(held, at=moment.at)
    return _view(held)


def resolve(
    session: Session,
    *,
    actor: Actor,
    request_id: UUID,
    moment: Moment,
    code_key: bytes,
    code_hours: int,
) -> Resolved:
    """Resolve a request in hand, pay for it, and issue the code with which the fan rates it.

    Its owner, or whom they asked to help, may, and gets the same answer again; also of what a timer
    had put back before their phone could tell. What is not believed is resolved and pays nothing.
    The code lives ``code_hours`` from now. Raises RequestNotFound, SeasonClosed, RequestClosed,
    RequestNotInHand and NotInYourHands.
    """
    held = InHand.lock(session, actor=actor, request_id=request_id)
    row = held.row
    if row.status is Status.RESOLVED and is_in_hands_of(session, actor=actor, request=row):
        issued = invitations.get_issued(
            session,
            organisation_id=row.organisation_id,
            request_id=row.id,
            code_key=code_key,
        )
        return Resolved(request=_view(held), code=issued.code, expires_at=issued.expires_at)
    put_back = reclaim(held, actor=actor, moment=moment)
    if put_back is None:
        held.must_be_accepted(moment)
    if not is_in_hands_of(session, actor=actor, request=row):
        raise NotInYourHands
    owner_id = cast(UUID, row.owner_id)
    take(
        session,
        row,
        Mark(
            step=Step.RESOLVED,
            employee_id=actor.employee_id,
            moment=moment,
            detail={"put_back": put_back} if put_back else {},
        ),
        status=Status.RESOLVED,
        owner_id=owner_id,
        verdict=_judged(held, actor, moment),
        closed_at=moment.at,
        resolve_seconds=moment.seconds_after(row.opened_at),
    )
    with together(session):
        if put_back is None:
            put_down(session, organisation_id=row.organisation_id, employee_id=owner_id)
        withdrawals.end_all(session, request=row, why=Withdrawal.REQUEST_OVER, at=moment.at)
        issued = invitations.issue(
            session,
            request=row,
            shares=held.shares,
            code_key=code_key,
            lives=timedelta(hours=code_hours),
            now=moment.now,
        )
    askers.judge_solved(session, row, now=moment.now)
    believable = row.verdict is not Verdict.REJECTED
    tallies.add(session, pay.evening_of(row, owner_id), invitations=1, resolved=int(believable))
    pay.for_resolved(session, row=row, shares=held.shares, moment=moment)
    Hands(row).come_back(held, at=moment.at)
    return Resolved(request=_view(held), code=issued.code, expires_at=issued.expires_at)


def _judged(held: InHand, actor: Actor, moment: Moment) -> Verdict:
    """Return how far a request is believed that ``actor`` resolved, which pays its owner, too."""
    verdict = held.judged(actor=actor, moment=moment)
    owner_id = cast(UUID, held.row.owner_id)
    if owner_id == actor.employee_id:
        return verdict
    owner = (held.row.organisation_id, owner_id)
    resting = list_resting(held.session, employees={owner}, at=moment.at)
    return worse(verdict, Verdict.UNVERIFIED) if resting else verdict


def get_code(session: Session, *, actor: Actor, request_id: UUID, code_key: bytes) -> Issued:
    """Return the rating code of a resolved request to its owner or their helper.

    Raises RequestNotFound, NotInYourHands and NoRatingCode.
    """
    owner = actor.organisation_id
    request = get_request(session, organisation_id=owner, request_id=request_id)
    if not is_in_hands_of(session, actor=actor, request=request):
        raise NotInYourHands
    return invitations.get_issued(
        session, organisation_id=owner, request_id=request_id, code_key=code_key
    )


def find_near(
    session: Session, *, actor: Actor, now: datetime, venue_id: UUID | None = None
) -> Near | None:
    """Return where ``actor`` looks for open requests: where they are on duty, or the event on.

    ``venue_id`` is as in `find_duty`.
    """
    where: dict[str, Any] = {"actor": actor, "at": now, "venue_id": venue_id}
    duty = find_duty(session, **where)
    event = duty.event if duty else find_present_event(session, **where)
    if event is None:
        return None
    distances: dict[UUID, int] = {}
    if duty is not None and duty.zone_id is not None:
        distances = recall_distances(
            session,
            organisation_id=actor.organisation_id,
            venue_id=event.venue_id,
            zone_id=duty.zone_id,
        )
    return Near(event_id=event.id, employee_id=actor.employee_id, distances=distances)
