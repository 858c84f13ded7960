"""HR's pages of redemptions: what waits for whom, and one with the evidence beside the decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request

from backend.engagement.queries.merits import find_merit
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.identity.queries import EmployeeFacts, list_employees_by_id
from backend.insight.services import evidence
from backend.rewards import queries
from backend.rewards.problems import ApproverChanged, PayeeChanged
from backend.rewards.queries import Awaited, RedemptionFacts
from backend.rewards.rules import RedemptionStatus, RewardKind
from backend.rewards.schemas.redemptions import DeclineIn, SeenIn
from backend.rewards.services import approvals, budgets, redemptions
from backend.web.console.forms import loaded, refused, typed, whole
from backend.web.console.frames import Reading, Ways, acts, reads

LINES = 50
_MAY = Permission.DECIDE_REDEMPTIONS
NEXT_UP, EARLIER, EARNED = 5, 10, 50
MINE, OPEN = "mine", "open"
# By the deadline: what is over, or with payroll, has none, and is listed by when it was asked for.
_WAITING = {OPEN: Awaited(), RedemptionStatus.ASKED: Awaited(status=RedemptionStatus.ASKED)}
SHOWN = (MINE, OPEN, *RedemptionStatus)


@dataclass(frozen=True, kw_only=True, slots=True)
class Offered:
    """What the reader may do with a redemption as it is, and why not more."""

    approve: bool = False
    decline: bool = False
    fulfil: bool = False
    why_not: str | None = None

    @property
    def anything(self) -> bool:
        """Tell whether there is anything to decide."""
        return self.approve or self.decline or self.fulfil


@reads("/hr/redemptions", may=_MAY, template="redemptions")
def show_redemptions(reading: Reading) -> dict[str, Any]:
    """Show what waits for the reader, the first deadline first, or what else they ask for.

    Raises Invalid for a list that is not there.
    """
    shown = shown_list()
    page = listed(reading, shown, after=request.args.get("after"), limit=LINES)
    return {
        "shown": shown,
        "lists": SHOWN,
        **page,
        "people": people_of(reading, page["lines"]),
        "zone": reading.zone,
        "now": reading.now,
    }


@reads(
    "/hr/redemptions/<uuid:redemption_id>", may=Permission.DECIDE_REDEMPTIONS, template="redemption"
)
def show_redemption(
    reading: Reading, redemption_id: UUID, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show a redemption with its evidence, what the reader may do, and what waits next.

    Raises RedemptionNotFound.
    """
    owner, session = reading.organisation_id, reading.session
    asked = queries.get_redemption(session, organisation_id=owner, redemption_id=redemption_id)
    [found] = budgets.beside(session, organisation_id=owner, redemptions=[asked])
    earned = evidence.list_behind(session, organisation_id=owner, redemption_id=redemption_id)
    whose = {"organisation_id": owner, "employee_id": found.employee_id}
    next_up = _next_up(reading, found)
    people = people_of(reading, [found, *next_up])
    others = queries.list_redemptions(
        session, organisation_id=owner, employee_id=found.employee_id, limit=EARLIER + 1
    )
    return {
        "found": found,
        "offered": _offered(reading, found, people),
        "points": queries.get_points(session, **whose),
        "merit": find_merit(session, **whose, now=reading.now),
        "earned": evidence.by_event(earned[:EARNED]),
        "not_shown": len(earned[EARNED:]),
        "others": [one for one in others if one.id != found.id][:EARLIER],
        "next_up": next_up,
        "people": people,
        "zone": reading.zone,
        "now": reading.now,
        "reason": typed("reason"),
        **refused(refusal),
    }


_CHANGED = {
    PayeeChanged: "It was approved for another payroll number than the account has now, and"
    " payroll pays by number. Decline it; it can be asked for, and approved, anew.",
    ApproverChanged: "By today's payroll numbers one person approved it twice, or approved their"
    " own. Decline it; it can be asked for, and approved, anew.",
}
_WAYS = Ways(then="console.show_redemptions", otherwise="redemption", refused=show_redemption)


@acts("/hr/redemptions/<uuid:redemption_id>/approve", may=_MAY, ways=_WAYS)
def approve_redemption(acting: Reading, redemption_id: UUID) -> str:
    """Approve a redemption as the reader saw it."""
    after = redemptions.approve(
        acting.session,
        actor=acting.reader,
        redemption_id=redemption_id,
        now=acting.now,
        **loaded(SeenIn(), _seen()),
    )
    return "approved" if after.status is RedemptionStatus.APPROVED else "approved_once"


@acts("/hr/redemptions/<uuid:redemption_id>/decline", may=_MAY, ways=_WAYS)
def decline_redemption(acting: Reading, redemption_id: UUID) -> str:
    """Decline a redemption, for the reason in the form."""
    reason = typed("reason")
    wrong = {} if reason else {"reason": "Say why; the employee reads it."}
    redemptions.decline(
        acting.session,
        actor=acting.reader,
        redemption_id=redemption_id,
        now=acting.now,
        **loaded(DeclineIn(), _seen() | {"reason": reason}, wrong=wrong),
    )
    return "declined"


@acts("/hr/redemptions/<uuid:redemption_id>/fulfil", may=_MAY, ways=_WAYS)
def fulfil_redemption(acting: Reading, redemption_id: UUID) -> str:
    """Say that what was approved was handed over."""
    redemptions.fulfil(
        acting.session,
        actor=acting.reader,
        redemption_id=redemption_id,
        now=acting.now,
        **loaded(SeenIn(), _seen()),
    )
    return "fulfilled"


def _seen() -> dict[str, Any]:
    return {"seen_version": whole(request.form.get("seen_version", ""))}


def shown_list() -> str:
    """Return which list the address asks for; raises Invalid for one that is not there."""
    shown = request.args.get("show", MINE)
    if shown not in SHOWN:
        raise Invalid(errors={"query": {"show": ["No such list."]}})
    return shown


def listed(reading: Reading, shown: str, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the list ``shown``; its cursor is of the order of that list."""
    position = position_of(after, datetime, UUID)
    beyond = (position[0], position[1]) if position else None
    if shown == MINE or shown in _WAITING:
        awaited = _WAITING.get(shown) or Awaited(decider_ids=reading.accounts)
        found = queries.list_by_deadline(
            reading.session,
            organisation_id=reading.organisation_id,
            awaited=awaited,
            after=beyond,
            limit=limit + 1,
        )
        return _page(found, limit, lambda one: [_due(one), str(one.id)])
    found = queries.list_redemptions(
        reading.session,
        organisation_id=reading.organisation_id,
        status=RedemptionStatus(shown),
        before=beyond,
        limit=limit + 1,
    )
    return _page(found, limit, lambda one: [one.asked_at.isoformat(), str(one.id)])


def _page(
    found: Sequence[RedemptionFacts],
    limit: int,
    position: Callable[[RedemptionFacts], Sequence[str]],
) -> dict[str, Any]:
    page = page_of(found, limit=limit, position=position)
    return {"lines": page["items"], "next_after": page["next_cursor"]}


def _due(one: RedemptionFacts) -> str:
    return one.due_at.isoformat() if one.due_at else ""


def _next_up(reading: Reading, found: RedemptionFacts) -> list[RedemptionFacts]:
    """Return what waits for the reader beside what they have ``found``."""
    waiting = queries.list_by_deadline(
        reading.session,
        organisation_id=reading.organisation_id,
        awaited=Awaited(decider_ids=reading.accounts),
        limit=NEXT_UP + 1,
    )
    return [one for one in waiting if one.id != found.id][:NEXT_UP]


def people_of(reading: Reading, found: Sequence[RedemptionFacts]) -> dict[UUID, EmployeeFacts]:
    """Return everybody who asked for, or did anything with, what was ``found``; the reader, too."""
    ids = {reading.reader.employee_id}
    ids |= {one.employee_id for one in found}
    ids |= {step.actor_id for one in found for step in one.steps if step.actor_id}
    owner = reading.organisation_id
    return list_employees_by_id(reading.session, organisation_id=owner, employee_ids=ids)


def _budget_refuses(found: RedemptionFacts) -> bool:
    """Tell whether the next approval commits money that the season's budget has not."""
    last = len(found.approved_by) + 1 >= found.approvals_needed
    return last and found.budget is not None and not found.budget.enough


def _offered(
    reading: Reading, found: RedemptionFacts, people: Mapping[UUID, EmployeeFacts]
) -> Offered:
    """Return what the services would not refuse, so that no button leads to a refusal."""
    if found.status not in queries.OPEN:
        return Offered()
    if found.employee_id in reading.accounts:
        return Offered(why_not="You asked for this yourself; others decide on it.")
    if found.due_at is None:
        return Offered(why_not="Payroll has it in a batch; what is wrong is corrected there.")
    if found.due_at <= reading.now:
        return Offered(why_not="Its deadline is over: it expires, and the points are free again.")
    if why := _why_changed(reading, found):
        return Offered(decline=True, why_not=why)
    if found.status is RedemptionStatus.APPROVED:
        if found.kind is RewardKind.CASH:
            return Offered(decline=True, why_not="Money is paid by payroll, not by hand.")
        return Offered(decline=True, fulfil=True)
    why = _why_not_approve(reading, found, people)
    return Offered(approve=why is None, decline=True, why_not=why)


def _why_changed(reading: Reading, found: RedemptionFacts) -> str | None:
    """Return why what was approved is worth no more, None where it is."""
    if not found.approved_by:
        return None
    changed = approvals.find_changed(
        reading.session, organisation_id=reading.organisation_id, redemptions=[found]
    )
    return _CHANGED[changed[found.id]] if found.id in changed else None


def _why_not_approve(
    reading: Reading, found: RedemptionFacts, people: Mapping[UUID, EmployeeFacts]
) -> str | None:
    """Return why the reader cannot approve what waits for it, None where they can."""
    if not reading.accounts.isdisjoint(found.approved_by):
        return "You have approved this; another person must approve it, too."
    if _budget_refuses(found):
        return "The season's budget has not that much left."
    for who in (reading.reader.employee_id, found.employee_id):
        if people[who].payroll_number is None:
            return f"It cannot be approved while {people[who].name} has no payroll number."
    return None
