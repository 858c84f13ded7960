"""HR's page of one employee: who they are, what happened, and what is done about their account."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from backend.engagement.queries.reviews import ReviewFilter
from backend.engagement.services import reviews
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid, Problem
from backend.identity import queries as people
from backend.identity.permissions import PRIVILEGED, Permission, Role
from backend.identity.problems import DeviceUnknown
from backend.identity.queries import EmployeeFacts, list_employees_by_id
from backend.identity.rules import last_day_reached
from backend.identity.schemas import EmployeeChangeIn
from backend.identity.services import personnel
from backend.insight.queries.timelines import WantedLines
from backend.insight.rules.timelines import Happening
from backend.insight.services import timelines
from backend.insight.services.timelines import Line
from backend.rewards import queries
from backend.web.console.forms import loaded, refused
from backend.web.console.frames import Reading, Ways, acts, reads

LINES, HELD, NEWEST = 25, 25, 5
# What each kind of line takes: nobody reads here what another page would not show them.
OPEN_TO: Mapping[Happening, Permission] = {
    Happening.EVENING: Permission.SEE_BOARD_ALL,
    Happening.REQUEST: Permission.SEE_BOARD_ALL,
    Happening.RATING: Permission.REVIEW_RATINGS,
    Happening.REDEMPTION: Permission.DECIDE_REDEMPTIONS,
    Happening.ADJUSTMENT: Permission.ADJUST_POINTS,
    Happening.APPEAL: Permission.DECIDE_APPEALS,
    Happening.EXPIRY: Permission.ADJUST_POINTS,
    Happening.ACT: Permission.READ_AUDIT,
}
SHOWN: Mapping[str, Collection[Happening]] = {
    "all": list(Happening),
    "work": (Happening.EVENING, Happening.REQUEST),
    "ratings": (Happening.RATING,),
    "points": (Happening.ADJUSTMENT, Happening.EXPIRY),
    "rewards": (Happening.REDEMPTION, Happening.APPEAL),
    "acts": (Happening.ACT,),
}
_MAY = Permission.MANAGE_EMPLOYEES


@dataclass(frozen=True, kw_only=True, slots=True)
class Hands:
    """What the reader may do about somebody's account, and why not more.

    Reading is not doing: who handles money is touched by administrators alone, and nobody ends
    their own employment.
    """

    change: bool
    end: bool
    why_not: str | None


@reads("/hr/people/<uuid:employee_id>", may=_MAY, template="person")
def show_person(
    reading: Reading, employee_id: UUID, refusal: Problem | None = None, **_: object
) -> dict[str, Any]:
    """Show everything about an employee; raises EmployeeUnknown, and Invalid for no such lines."""
    session = reading.session
    whose: dict[str, Any] = {
        "organisation_id": reading.organisation_id,
        "employee_id": employee_id,
    }
    who = people.get_employee(session, **whose)
    roles = people.list_roles(session, **whose)
    own = employee_id in reading.accounts
    return {
        "who": who,
        "roles": sorted(roles),
        "own": own,
        "hands": _hands(reading, who, roles),
        "over": bool(who.contract_ends_on and who.contract_ends_on < last_day_reached(reading.now)),
        "devices": people.list_devices(session, **whose),
        "held": held_of(reading, employee_id, after=None, limit=HELD)["lines"],
        "ends_on": request.form.get("contract_ends_on", who.contract_ends_on or ""),
        "zone": reading.zone,
        **_money(reading, whose),
        **timeline_of(reading, employee_id, after=request.args.get("after"), limit=LINES),
        "begun": "after" in request.args,
        **refused(refusal),
    }


def _hands(reading: Reading, who: EmployeeFacts, roles: Collection[Role]) -> Hands:
    reader = reading.reader
    if not PRIVILEGED.isdisjoint(roles) and not reader.may(Permission.MANAGE_ADMINISTRATORS):
        return Hands(
            change=False,
            end=False,
            why_not="Only an administrator changes accounts of HR, payroll and administrators.",
        )
    if who.id == reader.employee_id:
        return Hands(
            change=True, end=False, why_not="This is your own account; others deactivate it."
        )
    return Hands(change=True, end=True, why_not=None)


def held_of(
    reading: Reading, employee_id: UUID, *, after: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of the ratings of an employee that wait for a person, the oldest first.

    Of the reader's own there is nothing, nor for who may not review.
    """
    if employee_id in reading.accounts or not reading.reader.may(Permission.REVIEW_RATINGS):
        return {"lines": [], "next_after": None}
    position = position_of(after, datetime, UUID)
    found = page_of(
        reviews.list_some(
            reading.session,
            actor=reading.reader,
            wanted=ReviewFilter(employee_id=employee_id, not_about=reading.accounts),
            after=(position[0], position[1]) if position else None,
            limit=limit + 1,
        ),
        limit=limit,
        position=lambda one: [one.facts.rated_at.isoformat(), str(one.facts.rating_id)],
    )
    return {"lines": found["items"], "next_after": found["next_cursor"]}


def _money(reading: Reading, whose: Mapping[str, Any]) -> dict[str, Any]:
    """Return the points of an employee, and the newest of what they asked for and against."""
    session, may = reading.session, reading.reader.may
    return {
        "points": queries.get_points(session, **whose),
        "redemptions": queries.list_redemptions(session, **whose, limit=NEWEST)
        if may(Permission.DECIDE_REDEMPTIONS)
        else [],
        "appeals": queries.list_appeals(
            session, **whose, now=reading.now, before=None, limit=NEWEST
        )
        if may(Permission.DECIDE_APPEALS)
        else [],
        "may_adjust": may(Permission.ADJUST_POINTS),
    }


def timeline_of(
    reading: Reading, employee_id: UUID, *, after: str | None, limit: int
) -> dict[str, Any]:
    """Return a page of an employee's timeline as far as the reader may have it, the newest first.

    Raises Invalid for no such lines.
    """
    shown = request.args.get("show", "all")
    if shown not in SHOWN:
        raise Invalid(errors={"query": {"show": ["No such lines."]}})
    position = position_of(after, datetime, UUID, int)
    found = page_of(
        timelines.list_lines(
            reading.session,
            organisation_id=reading.organisation_id,
            wanted=WantedLines(
                employee_id=employee_id,
                kinds={kind for kind in SHOWN[shown] if reading.reader.may(OPEN_TO[kind])},
                now=reading.now,
                # Nobody learns which of theirs is suspected, nor which fan gave which.
                not_about=reading.accounts,
            ),
            before=(position[0], position[1], position[2]) if position else None,
            limit=limit + 1,
        ),
        limit=limit,
        position=lambda one: [one.mark.at.isoformat(), str(one.mark.id), one.mark.number],
    )
    return {
        "shown": shown,
        "lists": list(SHOWN),
        "lines": found["items"],
        "next_after": found["next_cursor"],
        "people": _people(reading, found["items"]),
    }


def _people(reading: Reading, lines: Collection[Line]) -> dict[UUID, EmployeeFacts]:
    ids = {line.actor_id for line in lines if line.actor_id}
    owner = reading.organisation_id
    return list_employees_by_id(reading.session, organisation_id=owner, employee_ids=ids)


_WAYS = Ways(
    then="console.show_person", otherwise="person", refused=show_person, carries=("employee_id",)
)


@acts("/hr/people/<uuid:employee_id>/end", may=_MAY, ways=_WAYS)
def say_end(acting: Reading, employee_id: UUID) -> str:
    """Set the last day of work in the form, or take it away."""
    body = {"contract_ends_on": request.form.get("contract_ends_on") or None}
    _change(acting, employee_id, loaded(EmployeeChangeIn(), body))
    return "end_said"


@acts("/hr/people/<uuid:employee_id>/deactivate", may=_MAY, ways=_WAYS)
def deactivate_person(acting: Reading, employee_id: UUID) -> str:
    """Lock an employee out, everywhere and at once."""
    _change(acting, employee_id, {"active": False})
    return "deactivated"


@acts("/hr/people/<uuid:employee_id>/reactivate", may=_MAY, ways=_WAYS)
def reactivate_person(acting: Reading, employee_id: UUID) -> str:
    """Let an employee in again."""
    _change(acting, employee_id, {"active": True})
    return "reactivated"


@acts("/hr/people/<uuid:employee_id>/phones/<uuid:device_id>/revoke", may=_MAY, ways=_WAYS)
def revoke_phone(acting: Reading, employee_id: UUID, device_id: UUID) -> str:
    """Revoke a phone that the employee has used; raises DeviceUnknown."""
    used = people.list_devices(
        acting.session, organisation_id=acting.organisation_id, employee_id=employee_id
    )
    if device_id not in {device.id for device in used}:
        raise DeviceUnknown
    personnel.revoke_device(
        acting.session, actor=acting.reader, device_id=device_id, now=acting.now
    )
    return "phone_revoked"


def _change(acting: Reading, employee_id: UUID, changes: Mapping[str, Any]) -> None:
    personnel.change(
        acting.session,
        actor=acting.reader,
        employee_id=employee_id,
        changes=changes,
        now=acting.now,
    )
