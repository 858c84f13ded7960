"""Requests as files: what is owed to fans after an event, and every step of one request."""

from collections.abc import Iterator
from typing import Any

from flask import request

from backend.foundation.spreadsheets import Row, instant
from backend.identity.permissions import Permission
from backend.web.console import follow_ups
from backend.web.console.deeds import show_deed
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
)


def _read_follow_ups(reading: Reading) -> Table:
    state = follow_ups.listed(reading, after=None, limit=1)["state"].value
    return Table(
        filter={"show": state},
        words={"List": {"overdue": "Overdue", "open": "To do", "done": "Done"}[state]},
        header=(
            *("due_at", "need", "zone", "badge_number", "name", "done_at"),
            *("done_by_badge_number", "done_by", "note", "request_id"),
        ),
        rows=_follow_up_rows(reading),
    )


def _follow_up_rows(reading: Reading) -> Iterator[Row]:
    categories = said_with("categories")
    for page in in_parts(lambda after: follow_ups.listed(reading, after=after, limit=PART)):
        for one in page["lines"]:
            need = page["needs"][one.request.id]
            yield (
                *(instant(one.due_at), categories[need.category], need.zone),
                *(*who(page["people"], one.employee_id), at(one.done_at)),
                *(*who(page["people"], one.done_by), one.note, str(one.request.id)),
            )


def _read_steps(reading: Reading) -> Table:
    """Return every step of a request; a card has none. Raises NothingGiven, RequestNotFound."""
    kind, source_id = request.args.get("kind", ""), asked_id("source_id")
    shown: dict[str, Any] = show_deed(reading, kind, source_id)
    people, asked = shown["people"], shown["asked"]
    return Table(
        filter={"kind": kind, "source_id": str(source_id)},
        words={"Request": said_with("categories")[shown["need"].category]} if asked else {},
        header=(
            *("at", "step", "badge_number", "name", "other_badge_number", "other_name"),
            "request_id",
        ),
        rows=(
            (
                *(instant(one.at), one.step.value, *who(people, one.employee_id)),
                *(*who(people, one.other_id), str(asked.id)),
            )
            for one in shown.get("steps", ())
        ),
    )


KINDS = {
    "follow-ups": Kind(
        title="follow-ups",
        page="console.show_follow_ups",
        kept=("show",),
        may=Permission.SEE_FOLLOW_UPS,
        read=_read_follow_ups,
    ),
    "request-steps": Kind(
        title="every step of a request",
        page="console.show_deed",
        kept=("kind", "source_id"),
        may=Permission.SEE_BOARD_ALL,
        read=_read_steps,
    ),
}
