"""HR's page of the audit: who did what, and the heads of the chains to keep elsewhere."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from flask import request

from backend.foundation.fields import EARLIEST, LATEST
from backend.foundation.pages import page_of, position_of
from backend.foundation.text import unstorable
from backend.identity import queries
from backend.identity.permissions import Permission
from backend.identity.queries import Act, WantedActs, list_employees_by_badge, list_employees_by_id
from backend.insight.queries.seals import list_heads
from backend.web.console.frames import Reading, reads

LINES = 100
LONGEST = 60
FILTERS = {"badge": "Done by badge", "act": "Act", "since": "From", "until": "To"}


@reads("/hr/audit", may=Permission.READ_AUDIT, template="audit")
def show_audit(reading: Reading) -> dict[str, Any]:
    """Show who did what, the newest first, as far as the filters in the address want it."""
    owner, session = reading.organisation_id, reading.session
    said: Mapping[str, str] = request.args
    wanted, errors = wanted_acts(reading, said)
    position = position_of(said.get("after"), UUID)
    acts: list[Act] = []
    if wanted is not None:
        acts = queries.list_acts(
            session,
            organisation_id=owner,
            wanted=wanted,
            before=position[0] if position else None,
            limit=LINES + 1,
        )
    shown = page_of(acts, limit=LINES, position=lambda one: [str(one.id)])
    ids = {one.actor_id for one in shown["items"] if one.actor_id}
    filters = {name: said[name] for name in FILTERS if said.get(name)}
    return {
        "acts": shown["items"],
        "next_after": shown["next_cursor"],
        "filters": filters,
        "errors": errors,
        "people": list_employees_by_id(session, organisation_id=owner, employee_ids=ids),
        "heads": list_heads(session, organisation_id=owner),
        "zone": reading.zone,
        "status": 422 if errors else 200,
    }


def wanted_acts(
    reading: Reading, said: Mapping[str, str]
) -> tuple[WantedActs | None, dict[str, str]]:
    """Return which acts are wanted, None where there are none, and what is wrong with a filter."""
    errors: dict[str, str] = {}
    found: dict[str, Any] = {}
    if badge := _text(said, "badge"):
        known = list_employees_by_badge(
            reading.session, organisation_id=reading.organisation_id, badges=[badge]
        )
        if badge not in known:
            errors["badge"] = "Nobody here has this badge number."
        else:
            found["actor_id"] = known[badge].id
    if act := _text(said, "act"):
        found["act" if "." in act else "subject_kind"] = act
    for name, days in (("since", 0), ("until", 1)):
        if text := said.get(name):
            day = _day(text)
            if day is None:
                errors[name] = "Choose a day of this century."
            else:
                found[name] = _start(reading, day + timedelta(days=days))
    return (None if errors else WantedActs(**found)), errors


def _text(said: Mapping[str, str], name: str) -> str:
    """Return a filter; what no row can hold is held by none, and so is an empty one."""
    text = said.get(name, "").strip()[:LONGEST]
    return "\ufffd" if unstorable(text) else text


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if EARLIEST.date() <= day < LATEST.date() else None


def _start(reading: Reading, day: date) -> datetime:
    """Return when a day begins at the first venue."""
    return datetime.combine(day, time.min, tzinfo=reading.zone).astimezone(UTC)
