"""HR's page of people: everybody of the organisation, searched, narrowed and in pages."""

from collections.abc import Mapping
from typing import Any

from flask import request

from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid
from backend.foundation.text import unstorable
from backend.identity.permissions import Permission
from backend.identity.queries import Wanted, list_employees
from backend.identity.rules import EmploymentKind, last_day_reached
from backend.insight.queries.highlights import list_departments
from backend.web.console.frames import Reading, reads

LINES = 50
LONGEST = 120
FILTERS = ("q", "department", "kind", "state")
STATES: Mapping[str, bool | None] = {"active": True, "inactive": False}
_MAY = Permission.MANAGE_EMPLOYEES


@reads("/hr/people", may=_MAY, template="people")
def show_people(reading: Reading) -> dict[str, Any]:
    """Show who is in the organisation, by badge number, as far as the filters want them.

    Raises Invalid for a filter that is not there.
    """
    departments = list_departments(reading.session, organisation_id=reading.organisation_id)
    return {
        **listed(reading, after=request.args.get("after"), limit=LINES),
        "departments": [(one.name, one.name) for one in departments],
        "today": last_day_reached(reading.now),
    }


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of who is found by the filters in the address; raises Invalid for no filter."""
    said = {name: request.args[name].strip() for name in FILTERS if request.args.get(name)}
    position = position_of(after, str)
    found = page_of(
        list_employees(
            reading.session,
            organisation_id=reading.organisation_id,
            wanted=_wanted(said),
            after=position[0] if position else None,
            limit=limit + 1,
        ),
        limit=limit,
        position=lambda one: [one.badge_number],
    )
    return {"said": said, "lines": found["items"], "next_after": found["next_cursor"]}


def _wanted(said: Mapping[str, str]) -> Wanted:
    kind, state = said.get("kind"), said.get("state")
    if kind and kind not in set(EmploymentKind):
        raise Invalid(errors={"query": {"kind": ["There is no such choice."]}})
    if state and state not in STATES:
        raise Invalid(errors={"query": {"state": ["There is no such choice."]}})
    return Wanted(
        text=_text(said.get("q")),
        department=_text(said.get("department")),
        employment_kind=EmploymentKind(kind) if kind else None,
        active=STATES[state] if state else None,
    )


def _text(said: str | None) -> str | None:
    """Return a filter; what no row can hold is held by none."""
    if not said:
        return None
    return "\ufffd" if unstorable(said) else said[:LONGEST]
