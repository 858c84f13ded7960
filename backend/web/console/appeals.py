"""HR's pages of appeals: what waits, what it is about, and deciding it by an impartial person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Problem
from backend.identity.permissions import Permission
from backend.identity.queries import EmployeeFacts, list_employees_by_id
from backend.rewards import queries
from backend.rewards.queries import AppealFacts
from backend.rewards.rules import AppealStatus, AppealSubject
from backend.rewards.schemas.adjustments import ReasonIn
from backend.rewards.services import appeals
from backend.web.console.forms import loaded, refused, typed
from backend.web.console.frames import Reading, Ways, acts, reads

LINES = 50
_MAY = Permission.DECIDE_APPEALS


@reads("/hr/appeals", may=_MAY, template="appeals")
def show_appeals(reading: Reading) -> dict[str, Any]:
    """Show the appeals that wait, the oldest first, or all, the newest first."""
    page = listed(reading, after=request.args.get("after"), limit=LINES)
    return {**page, "zone": reading.zone}


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the list that the address asks for; who decided before is not in it."""
    everything = request.args.get("show") == "all"
    position = position_of(after, datetime, UUID)
    beyond = (position[0], position[1]) if position else None
    which: dict[str, Any] = {
        "organisation_id": reading.organisation_id,
        "now": reading.now,
        "limit": limit + 1,
    }
    if everything:
        rows = queries.list_appeals(reading.session, before=beyond, **which)
    else:
        rows = queries.list_waiting_appeals(reading.session, after=beyond, **which)
    found = page_of(rows, limit=limit, position=lambda one: [one.made_at.isoformat(), str(one.id)])
    return {
        "everything": everything,
        "lines": found["items"],
        "next_after": found["next_cursor"],
        "people": _people(reading, found["items"], set()),
    }


@reads("/hr/appeals/<uuid:appeal_id>", may=_MAY, template="appeal")
def show_appeal(
    reading: Reading, appeal_id: UUID, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show an appeal beside what it is about; raises AppealNotFound."""
    session, owner = reading.session, reading.organisation_id
    found = queries.get_appeal(session, organisation_id=owner, appeal_id=appeal_id, now=reading.now)
    about: dict[str, Any] = {"adjustment": None, "redemption": None}
    involved: set[UUID] = set()
    if found.subject_kind is AppealSubject.ADJUSTMENT:
        adjustment = queries.get_adjustment(
            session, organisation_id=owner, adjustment_id=found.subject_id
        )
        about["adjustment"] = adjustment
        involved = {adjustment.author_id, *filter(None, [adjustment.decided_by])}
    else:
        redemption = queries.get_redemption(
            session, organisation_id=owner, redemption_id=found.subject_id
        )
        about["redemption"] = redemption
        involved = {step.actor_id for step in redemption.steps if step.actor_id}
    waits = found.status is AppealStatus.WAITING
    return {
        "found": found,
        **about,
        "may_decide": waits
        and appeals.is_impartial(session, actor=reading.reader, appeal_id=appeal_id),
        "people": _people(reading, [found], involved),
        "points": queries.get_points(session, organisation_id=owner, employee_id=found.employee_id),
        "zone": reading.zone,
        "reason": typed("reason"),
        **refused(refusal),
    }


_WAYS = Ways(then="console.show_appeals", otherwise="appeal", refused=show_appeal)


@acts("/hr/appeals/<uuid:appeal_id>/grant", may=_MAY, ways=_WAYS)
def grant_appeal(acting: Reading, appeal_id: UUID) -> str:
    """Decide for the employee."""
    appeals.grant(
        acting.session, actor=acting.reader, appeal_id=appeal_id, now=acting.now, **_reason()
    )
    return "granted"


@acts("/hr/appeals/<uuid:appeal_id>/uphold", may=_MAY, ways=_WAYS)
def uphold_appeal(acting: Reading, appeal_id: UUID) -> str:
    """Leave what was decided before as it is."""
    appeals.uphold(
        acting.session, actor=acting.reader, appeal_id=appeal_id, now=acting.now, **_reason()
    )
    return "upheld"


def _reason() -> dict[str, Any]:
    return loaded(ReasonIn(), {"reason": typed("reason")})


def _people(
    reading: Reading, found: list[AppealFacts], others: set[UUID]
) -> dict[UUID, EmployeeFacts]:
    ids = others | {one.employee_id for one in found}
    ids |= {one.decided_by for one in found if one.decided_by}
    owner = reading.organisation_id
    return list_employees_by_id(reading.session, organisation_id=owner, employee_ids=ids)
