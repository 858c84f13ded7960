"""Reclaims: what a timer put back had been done already, by somebody whose phone was away.

The phone tells when it is back. A phone may also lie, and gains little by it: it must have taken
the request in hand before the server's eyes, nobody may have touched it since the timer did, the
work must lie between the two and less than a day back, and whoever's phone was heard with
something later has not been away. So it can neither take more in hand than anybody, nor keep what
others would do; and what it is paid waits as long as all points do.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select

from backend.engagement.models import Greeting, Request, RequestStep
from backend.engagement.problems import NotInYourHands
from backend.engagement.queries.requests import StepView, list_history
from backend.engagement.rules import SLACK, TAKING, Moment, Status, Step
from backend.engagement.services.steps import InHand, refuse_late
from backend.foundation.actor import Actor
from backend.integrity.rules import Verdict

# As long as somebody sees to what an event has left undone.
AWAY_AT_MOST = timedelta(hours=24)


def reclaim(held: InHand, *, actor: Actor, moment: Moment) -> str | None:
    """Give a request back to who had it when a timer put it back; return why the timer did.

    None where that is not what happened. It is in hand in ``held`` alone, whose caller resolves
    it. Raises SeasonClosed, and NotInYourHands for who had no part in it.
    """
    if held.row.status is not Status.OPEN:
        return None
    refuse_late(held.session, held.row, moment)
    history = list_history(
        held.session, organisation_id=held.row.organisation_id, request_id=held.row.id
    )
    *before, last = history
    if last.step is not Step.RELEASED or "shares" not in last.detail:
        return None
    shares = {UUID(who): int(percent) for who, percent in last.detail["shares"].items()}
    if actor.employee_id not in shares:
        raise NotInYourHands
    if not _is_credible(before, last, moment) or _was_heard(held, actor, moment):
        return None
    held.row.owner_id = UUID(last.detail["owner_id"])
    held.row.verdict = Verdict(last.detail["verdict"])
    held.hold(shares)
    return str(last.detail["reason"])


def _is_credible(before: Sequence[StepView], put_back: StepView, moment: Moment) -> bool:
    taken_at = max(step.at for step in before if step.step in TAKING)
    recent = moment.now - moment.at <= AWAY_AT_MOST
    return moment.verdict is Verdict.VERIFIED and recent and taken_at <= moment.at <= put_back.at


def _was_heard(held: InHand, actor: Actor, moment: Moment) -> bool:
    """Tell whether something of ``actor`` that is later than ``moment`` came before this.

    A phone sends its queue in order. What comes together with this is of the same queue.
    """
    owner, event_id = held.row.organisation_id, held.row.event_id
    later = moment.at + SLACK
    step = (
        select(RequestStep.number)
        .join(
            Request,
            (Request.organisation_id == RequestStep.organisation_id)
            & (Request.id == RequestStep.request_id),
        )
        .where(
            Request.organisation_id == owner,
            Request.event_id == event_id,
            RequestStep.employee_id == actor.employee_id,
            RequestStep.at > later,
            RequestStep.recorded_at < moment.now,
        )
    )
    greeting = select(Greeting.id).where(
        Greeting.organisation_id == owner,
        Greeting.event_id == event_id,
        Greeting.employee_id == actor.employee_id,
        Greeting.greeted_at > later,
        Greeting.received_at < moment.now,
    )
    return bool(held.session.scalar(select(or_(step.exists(), greeting.exists()))))
