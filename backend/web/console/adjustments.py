"""HR's pages of adjustments: points given, taken or taken back, by one person or by two."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid, Problem
from backend.foundation.text import unstorable
from backend.identity.permissions import Permission
from backend.identity.queries import (
    EmployeeFacts,
    get_employee,
    list_employees_by_badge,
    list_employees_by_id,
)
from backend.rewards import queries
from backend.rewards.queries import AdjustmentFacts, WantedAdjustments
from backend.rewards.rules import AdjustmentStatus, Reversible
from backend.rewards.schemas.adjustments import AdjustmentIn, ReasonIn, ReversalIn
from backend.rewards.services import adjustments, budgets
from backend.web.console.forms import loaded, refused, typed, whole
from backend.web.console.frames import Reading, Ways, acts, reads

LINES, ENTRIES = 50, 25
ALL = "all"
SHOWN = (*AdjustmentStatus, ALL)
_MAY = Permission.ADJUST_POINTS


@reads("/hr/adjustments", may=_MAY, template="adjustments")
def show_adjustments(reading: Reading) -> dict[str, Any]:
    """Show adjustments that wait, or others, the newest first; and find whom to adjust.

    Raises Invalid for a list that is not there.
    """
    badge = request.args.get("badge", "").strip()
    return {
        **listed(reading, after=request.args.get("after"), limit=LINES),
        "lists": SHOWN,
        "badge": badge,
        "sought": _by_badge(reading, badge),
        "zone": reading.zone,
    }


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the list that the address asks for; raises Invalid for no such list."""
    shown = request.args.get("show", AdjustmentStatus.WAITING)
    if shown not in SHOWN:
        raise Invalid(errors={"query": {"show": ["No such list."]}})
    position = position_of(after, datetime, UUID)
    found = page_of(
        queries.list_adjustments(
            reading.session,
            organisation_id=reading.organisation_id,
            wanted=WantedAdjustments(status=None if shown == ALL else AdjustmentStatus(shown)),
            before=(position[0], position[1]) if position else None,
            limit=limit + 1,
        ),
        limit=limit,
        position=lambda one: [one.made_at.isoformat(), str(one.id)],
    )
    return {
        "shown": shown,
        "lines": found["items"],
        "next_after": found["next_cursor"],
        "people": _people(reading, found["items"]),
    }


@reads("/hr/adjustments/<uuid:adjustment_id>", may=_MAY, template="adjustment")
def show_adjustment(
    reading: Reading, adjustment_id: UUID, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show an adjustment, and what the reader may do with it; raises AdjustmentNotFound."""
    found = queries.get_adjustment(
        reading.session, organisation_id=reading.organisation_id, adjustment_id=adjustment_id
    )
    return {
        "found": found,
        "why_not": _why_not(reading, found),
        "left_points": _left_points(reading, found.season_id),
        "people": _people(reading, [found]),
        "zone": reading.zone,
        "reason": typed("reason"),
        **refused(refusal),
    }


@reads("/hr/adjustments/of/<uuid:employee_id>", may=_MAY, template="adjust")
def show_entries(
    reading: Reading, employee_id: UUID, refusal: Problem | None = None, **_: object
) -> dict[str, Any]:
    """Show an employee's points with their sources, to be corrected; raises EmployeeUnknown."""
    session = reading.session
    whose: dict[str, Any] = {
        "organisation_id": reading.organisation_id,
        "employee_id": employee_id,
    }
    owner = reading.organisation_id
    charged = budgets.find_charged_season(session, organisation_id=owner, now=reading.now)
    return {
        "who": get_employee(session, **whose),
        "left_points": _left_points(reading, charged),
        "points": queries.get_points(session, **whose),
        **entries_of(reading, employee_id, after=request.args.get("after"), limit=ENTRIES),
        "reversible": set(Reversible),
        "mine": employee_id in reading.accounts,
        "typed": request.form,
        "zone": reading.zone,
        "reason": typed("reason"),
        **refused(refusal),
    }


def entries_of(
    reading: Reading, employee_id: UUID, *, after: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of an employee's points with their sources, the newest first."""
    position = position_of(after, UUID)
    entries = page_of(
        queries.list_entries(
            reading.session,
            organisation_id=reading.organisation_id,
            employee_id=employee_id,
            before=position[0] if position else None,
            limit=limit + 1,
        ),
        limit=limit,
        position=lambda one: [str(one.id)],
    )
    return {"entries": entries["items"], "next_after": entries["next_cursor"]}


_OF_EMPLOYEE = Ways(then="console.show_adjustments", otherwise="adjust", refused=show_entries)
_DECIDES = Ways(then="console.show_adjustments", otherwise="adjustment", refused=show_adjustment)


@acts("/hr/adjustments/of/<uuid:employee_id>", may=_MAY, ways=_OF_EMPLOYEE)
def adjust_points(acting: Reading, employee_id: UUID) -> str:
    """Give or take the points in the form."""
    body = {
        "employee_id": str(employee_id),
        "points": whole(request.form.get("points", "")),
        "reason": typed("reason"),
    }
    done = adjustments.adjust(
        acting.session, actor=acting.reader, now=acting.now, **loaded(AdjustmentIn(), body)
    )
    return _said(done)


@acts("/hr/adjustments/of/<uuid:employee_id>/reversals", may=_MAY, ways=_OF_EMPLOYEE)
def reverse_entry(acting: Reading, employee_id: UUID) -> str:
    """Take back what the entry in the form earned, from everybody whom it paid."""
    kind, _, source_id = request.form.get("source", "").partition("/")
    wrong = {} if source_id else {"source": "Choose what is to be taken back."}
    body = {"source_kind": kind, "source_id": source_id, "reason": typed("reason")}
    done = adjustments.reverse(
        acting.session,
        actor=acting.reader,
        now=acting.now,
        **loaded(ReversalIn(), body, wrong=wrong),
    )
    return _said(done)


@acts("/hr/adjustments/<uuid:adjustment_id>/approve", may=_MAY, ways=_DECIDES)
def approve_adjustment(acting: Reading, adjustment_id: UUID) -> str:
    """Agree to what a colleague proposed."""
    adjustments.approve(
        acting.session, actor=acting.reader, adjustment_id=adjustment_id, now=acting.now
    )
    return "adjustment_approved"


@acts("/hr/adjustments/<uuid:adjustment_id>/decline", may=_MAY, ways=_DECIDES)
def decline_adjustment(acting: Reading, adjustment_id: UUID) -> str:
    """Refuse what a colleague proposed, for the reason in the form."""
    adjustments.decline(
        acting.session,
        actor=acting.reader,
        adjustment_id=adjustment_id,
        now=acting.now,
        **loaded(ReasonIn(), {"reason": typed("reason")}),
    )
    return "adjustment_declined"


def _said(done: AdjustmentFacts) -> str:
    waits = done.status is AdjustmentStatus.WAITING
    return "adjustment_waits" if waits else "adjusted"


def _by_badge(reading: Reading, badge: str) -> EmployeeFacts | None:
    if not badge or unstorable(badge):
        return None
    owner = reading.organisation_id
    found = list_employees_by_badge(reading.session, organisation_id=owner, badges=[badge])
    return found.get(badge)


def _why_not(reading: Reading, found: AdjustmentFacts) -> str | None:
    """Return why the reader cannot decide on an adjustment, None where they can."""
    if found.status is not AdjustmentStatus.WAITING:
        return "This is settled."
    accounts = reading.accounts
    if found.author_id in accounts:
        return "You proposed this; another person decides on it."
    if any(part.employee_id in accounts for part in found.parts):
        return "It is about your own points; others decide on it."
    return None


def _left_points(reading: Reading, season_id: UUID | None) -> int | None:
    """Return how many points a season's budget still holds; None where nothing was set."""
    if season_id is None:
        return None
    return budgets.find_left_points(
        reading.session, organisation_id=reading.organisation_id, season_id=season_id
    )


def _people(reading: Reading, found: list[AdjustmentFacts]) -> dict[UUID, EmployeeFacts]:
    ids = {one.author_id for one in found}
    ids |= {one.decided_by for one in found if one.decided_by}
    ids |= {part.employee_id for one in found for part in one.parts}
    owner = reading.organisation_id
    return list_employees_by_id(reading.session, organisation_id=owner, employee_ids=ids)
