"""Points as files: adjustments, appeals against them, and the entries of one employee."""

from collections.abc import Iterator

from flask import request

from backend.foundation.spreadsheets import Row, instant
from backend.identity.permissions import Permission
from backend.identity.queries import get_employee
from backend.rewards.rules import AdjustmentStatus
from backend.web.console import adjustments, appeals
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import (
    PART,
    Kind,
    Table,
    asked_id,
    at,
    in_parts,
    said_with,
    who,
    yes,
)


def _read_adjustments(reading: Reading) -> Table:
    shown = adjustments.listed(reading, after=None, limit=1)["shown"]
    texts = {**said_with("adjustment_statuses"), adjustments.ALL: "All"}
    return Table(
        filter={"show": shown},
        words={"List": texts[shown]},
        header=(
            *("made_at", "badge_number", "name", "points", "what", "reason"),
            *("by_badge_number", "by", "status", "waits_until", "id"),
        ),
        rows=_adjustment_rows(reading),
    )


def _adjustment_rows(reading: Reading) -> Iterator[Row]:
    """Return a row for everybody whose points an adjustment is about."""
    for page in in_parts(lambda after: adjustments.listed(reading, after=after, limit=PART)):
        people = page["people"]
        for one in page["lines"]:
            waits = one.status is AdjustmentStatus.WAITING
            for part in one.parts:
                yield (
                    *(instant(one.made_at), *who(people, part.employee_id), part.points),
                    *(one.source_kind or "amount", one.reason, *who(people, one.author_id)),
                    *(one.status.value, at(one.due_at) if waits else None, str(one.id)),
                )


def _read_appeals(reading: Reading) -> Table:
    everything = request.args.get("show") == "all"
    return Table(
        filter={"show": "all" if everything else "waiting"},
        words={"List": "All" if everything else "Waiting"},
        header=(
            *("made_at", "due_at", "overdue", "badge_number", "name", "against", "status"),
            *("decided_by_badge_number", "decided_by", "id"),
        ),
        rows=_appeal_rows(reading),
    )


def _appeal_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: appeals.listed(reading, after=after, limit=PART)):
        for one in page["lines"]:
            yield (
                *(instant(one.made_at), instant(one.due_at), yes(one.overdue)),
                *(*who(page["people"], one.employee_id), one.subject_kind.value),
                *(one.status.value, *who(page["people"], one.decided_by), str(one.id)),
            )


def _read_entries(reading: Reading) -> Table:
    """Return the entries of the employee whom the address names; raises EmployeeUnknown."""
    employee_id = asked_id("employee_id")
    owner = reading.organisation_id
    whose = get_employee(reading.session, organisation_id=owner, employee_id=employee_id)

    def rows() -> Iterator[Row]:
        for page in in_parts(
            lambda after: adjustments.entries_of(reading, employee_id, after=after, limit=PART)
        ):
            for one in page["entries"]:
                yield (
                    *(instant(one.earned_at), whose.badge_number, whose.name),
                    *(one.source_kind.value, one.event, one.reason, one.points),
                    *(one.state.value, str(one.source_id), str(one.id)),
                )

    return Table(
        filter={"employee_id": str(employee_id)},
        words={"Employee": whose.name},
        header=(
            *("earned_at", "badge_number", "name", "what", "event", "reason", "points"),
            *("stands", "source_id", "id"),
        ),
        rows=rows(),
    )


KINDS = {
    "adjustments": Kind(
        title="adjustments",
        page="console.show_adjustments",
        kept=("show",),
        may=Permission.ADJUST_POINTS,
        read=_read_adjustments,
    ),
    "appeals": Kind(
        title="appeals",
        page="console.show_appeals",
        kept=("show",),
        may=Permission.DECIDE_APPEALS,
        read=_read_appeals,
    ),
    "entries": Kind(
        title="an employee’s entries",
        page="console.show_entries",
        kept=("employee_id",),
        may=Permission.ADJUST_POINTS,
        read=_read_entries,
    ),
}
