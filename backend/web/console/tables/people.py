"""People as files: the list, one employee's timeline, and their phones."""

from collections.abc import Iterator
from uuid import UUID

from backend.foundation.spreadsheets import Row, instant
from backend.identity.permissions import Permission
from backend.identity.queries import EmployeeFacts, get_employee, list_devices
from backend.identity.rules import last_day_reached
from backend.web.console import people, person
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import (
    PART,
    Kind,
    Table,
    asked_id,
    at,
    in_parts,
    said_with,
    told_by,
    who,
    yes,
)

_MAY = Permission.MANAGE_EMPLOYEES
_FILTERS = {"q": "Name or badge", "department": "Department", "kind": "Employment"}
_FILTERS |= {"state": "Works here"}


def _read_people(reading: Reading) -> Table:
    said: dict[str, str] = people.listed(reading, after=None, limit=1)["said"]
    employments = said_with("employments")
    return Table(
        filter=said,
        words={_FILTERS[name]: employments.get(text, text) for name, text in said.items()},
        header=(
            *("badge_number", "name", "department", "employment_kind", "contract_ends_on"),
            *("stands", "id"),
        ),
        rows=_people_rows(reading),
    )


def _people_rows(reading: Reading) -> Iterator[Row]:
    today = last_day_reached(reading.now)
    for page in in_parts(lambda after: people.listed(reading, after=after, limit=PART)):
        for one in page["lines"]:
            over = one.contract_ends_on and one.contract_ends_on < today
            stands = "contract_over" if over else "active"
            yield (
                *(one.badge_number, one.name, one.department, one.employment_kind.value),
                *(one.contract_ends_on, stands if one.active else "deactivated", str(one.id)),
            )


def _read_timeline(reading: Reading) -> Table:
    """Return an employee's timeline as its page tells it; raises EmployeeUnknown, Invalid."""
    whose = _whose(reading)
    shown = person.timeline_of(reading, whose.id, after=None, limit=1)["shown"]
    return Table(
        filter={"employee_id": str(whose.id), "show": shown},
        words={"Employee": whose.name, "Lines": said_with("timeline_lists")[shown]},
        header=(
            *("at", "badge_number", "name", "kind", "what", "points"),
            *("by_badge_number", "by", "id"),
        ),
        rows=_timeline_rows(reading, whose),
    )


def _timeline_rows(reading: Reading, whose: EmployeeFacts) -> Iterator[Row]:
    for page in in_parts(
        lambda after: person.timeline_of(reading, whose.id, after=after, limit=PART)
    ):
        for line in page["lines"]:
            yield (
                *(instant(line.mark.at), whose.badge_number, whose.name, line.mark.kind.value),
                *(told_by("timeline", "told", line, page["people"]), line.points),
                *(*who(page["people"], line.actor_id), str(line.mark.id)),
            )


def _read_phones(reading: Reading) -> Table:
    whose = _whose(reading)
    return Table(
        filter={"employee_id": str(whose.id)},
        words={"Employee": whose.name},
        header=("label", "enrolled_at", "revoked_at", "locked", "id"),
        rows=_phone_rows(reading, whose.id),
    )


def _phone_rows(reading: Reading, employee_id: UUID) -> Iterator[Row]:
    owner = reading.organisation_id
    for one in list_devices(reading.session, organisation_id=owner, employee_id=employee_id):
        revoked = at(one.revoked_at)
        yield (one.label, instant(one.enrolled_at), revoked, yes(one.locked), str(one.id))


def _whose(reading: Reading) -> EmployeeFacts:
    owner, employee_id = reading.organisation_id, asked_id("employee_id")
    return get_employee(reading.session, organisation_id=owner, employee_id=employee_id)


KINDS = {
    "people": Kind(
        title="people",
        page="console.show_people",
        kept=people.FILTERS,
        may=_MAY,
        read=_read_people,
    ),
    "timeline": Kind(
        title="an employee’s timeline",
        page="console.show_person",
        kept=("employee_id", "show"),
        may=_MAY,
        read=_read_timeline,
    ),
    "phones": Kind(
        title="an employee’s phones",
        page="console.show_person",
        kept=("employee_id",),
        may=_MAY,
        read=_read_phones,
    ),
}
