"""What is not ours to help with: a matter of safety or health goes to the command centre."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import NotInYourHands, RequestClosed
from backend.engagement.queries.colleagues import list_supervisors_on_duty
from backend.engagement.queries.requests import RequestView, view_of
from backend.engagement.rules import ENDED, Concern, Moment, Status, Step
from backend.engagement.services.endings import Hands
from backend.engagement.services.steps import (
    InHand,
    Mark,
    has_cancelled,
    refuse_late,
    supervises,
    take,
)
from backend.foundation.actor import Actor
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.queries import get_venue, get_zone


@dataclass(frozen=True, kw_only=True, slots=True)
class SafetyHandOver:
    """A request that the command centre has now, and its telephone number, if it is known."""

    request: RequestView
    command_centre_phone: str | None


def hand_over(
    session: Session, *, actor: Actor, request_id: UUID, concern: Concern, moment: Moment
) -> SafetyHandOver:
    """Leave a request to the command centre: it is closed, never paid, and nobody rates it.

    Who has it in hand, who opened it, or a supervisor may; who did gets the same answer again.
    The supervisors on duty are told. Raises RequestNotFound, SeasonClosed,
    RequestClosed and NotInYourHands.
    """
    held = InHand.lock(session, actor=actor, request_id=request_id)
    row = held.row
    if has_cancelled(session, row, actor=actor, by=Step.SAFETY):
        return _answer(session, held)
    if actor.employee_id not in {row.owner_id, row.opened_by} and not supervises(actor):
        raise NotInYourHands
    refuse_late(session, row, moment)
    if row.status in ENDED:
        raise RequestClosed
    hands = Hands(row)
    take(
        session,
        row,
        Mark(
            step=Step.SAFETY,
            employee_id=actor.employee_id,
            moment=moment,
            detail={"concern": concern},
        ),
        status=Status.CANCELLED,
        owner_id=None,
        left_post_id=None,
        closed_at=moment.at,
    )
    hands.let_go(held, at=moment.at)
    messages.send(
        session,
        organisation_id=row.organisation_id,
        recipients=list_supervisors_on_duty(
            session, organisation_id=row.organisation_id, event_id=row.event_id, now=moment.now
        ),
        kind=MessageKind.SAFETY_HANDED_OVER,
        subject_id=row.id,
        now=moment.now,
    )
    return _answer(session, held)


def _answer(session: Session, held: InHand) -> SafetyHandOver:
    owner = held.row.organisation_id
    zone = get_zone(session, organisation_id=owner, zone_id=held.row.zone_id)
    venue = get_venue(session, organisation_id=owner, venue_id=zone.venue_id)
    return SafetyHandOver(
        request=view_of(held.row, held.shares), command_centre_phone=venue.command_centre_phone
    )
