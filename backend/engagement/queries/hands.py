"""In whose hands requests are: of whoever took one last, and of whom they asked to help."""

from datetime import datetime
from typing import cast

from sqlalchemy import Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from backend.engagement.models import Request, RequestStep
from backend.engagement.queries.requests import RequestView
from backend.engagement.rules import TAKING, Step
from backend.foundation.actor import Actor
from backend.foundation.db import written_out
from backend.foundation.prepared import ONE_ROW, Prepared


def is_in_hands_of(session: Session, *, actor: Actor, request: Request | RequestView) -> bool:
    """Tell whether ``actor`` owns a request, or was asked by its owner to help.

    Whoever had it before, and their helpers, have a share of the credit and no more to do with it.
    """
    if request.owner_id == actor.employee_id:
        return True
    steps = _steps_of(actor, request)
    taken = steps.with_only_columns(func.max(RequestStep.number)).where(
        RequestStep.step.in_(TAKING)
    )
    asked = steps.where(
        RequestStep.step == Step.HELPER_ADDED,
        RequestStep.other_id == actor.employee_id,
        RequestStep.number > taken.scalar_subquery(),
    )
    return session.scalar(asked) is not None


_TAKEN = Prepared(
    select(RequestStep.at)
    .where(
        RequestStep.organisation_id == bindparam("its_organisation"),
        RequestStep.request_id == bindparam("its_id"),
        or_(*(RequestStep.step == written_out(step) for step in sorted(TAKING))),
    )
    .order_by(RequestStep.number.desc())
    .limit(ONE_ROW)
)


def get_taken_at(session: Session, *, request: Request) -> datetime:
    """Return when a request was taken by whoever has it in hand, or had it last."""
    values = {"its_organisation": request.organisation_id, "its_id": request.id}
    [(at,)] = _TAKEN.all(session, **values)
    return cast(datetime, at)


def has_given_away(session: Session, *, actor: Actor, request: Request) -> bool:
    """Tell whether ``actor`` handed a request over that somebody else has in hand since."""
    if request.owner_id in {None, actor.employee_id}:
        return False
    steps = _steps_of(actor, request)
    accepted = steps.with_only_columns(func.max(RequestStep.number)).where(
        RequestStep.step == Step.ACCEPTED
    )
    given = steps.where(
        RequestStep.step == Step.HANDED_OVER,
        RequestStep.employee_id == actor.employee_id,
        RequestStep.number > accepted.scalar_subquery(),
    )
    return session.scalar(given.limit(1)) is not None


def _steps_of(actor: Actor, request: Request | RequestView) -> Select[int]:
    return select(RequestStep.number).where(
        RequestStep.organisation_id == actor.organisation_id, RequestStep.request_id == request.id
    )
