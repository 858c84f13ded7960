"""What comes after its season was closed: kept and named, and nothing else changes."""

from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.problems import NotInYourHands
from backend.engagement.queries.requests import StepView, list_history, lock_request
from backend.engagement.rules import Moment, Step
from backend.engagement.services import requests
from backend.engagement.services.requests import Resolved
from backend.engagement.services.steps import Mark, take
from backend.foundation.actor import Actor
from backend.venues.problems import SeasonClosed


def resolve(
    session: Session,
    *,
    actor: Actor,
    request_id: UUID,
    moment: Moment,
    code_key: bytes,
    code_hours: int,
) -> Resolved | SeasonClosed:
    """Resolve a request; where its season was closed, write down that somebody said so.

    What that raises, and NotInYourHands for who had no part in it. SeasonClosed is returned, for
    what is written down must stay.
    """
    try:
        return requests.resolve(
            session,
            actor=actor,
            request_id=request_id,
            moment=moment,
            code_key=code_key,
            code_hours=code_hours,
        )
    except SeasonClosed as refusal:
        _keep(session, actor, request_id, moment)
        return refusal


def _keep(session: Session, actor: Actor, request_id: UUID, moment: Moment) -> None:
    """Write into the history that ``actor`` resolved a request too late, once."""
    owner, who = actor.organisation_id, actor.employee_id
    # Under the lock of the request: whoever sends it twice at once finds what the first has kept.
    row = lock_request(session, organisation_id=owner, request_id=request_id)
    history = list_history(session, organisation_id=owner, request_id=request_id)
    if not any(who in (step.employee_id, step.other_id) for step in history):
        raise NotInYourHands
    mark = Mark(step=Step.RESOLVED, employee_id=who, moment=moment).too_late()
    if not any(_says(step, mark) for step in history):
        take(session, row, mark)


def _says(step: StepView, mark: Mark) -> bool:
    same = (step.step, step.employee_id) == (mark.step, mark.employee_id)
    return same and step.detail == mark.detail
