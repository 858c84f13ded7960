"""Events and who works at one, as files."""

from collections.abc import Iterator
from uuid import UUID

from backend.foundation.spreadsheets import Row, instant
from backend.identity.permissions import Permission
from backend.web.console import events
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import PART, Kind, Table, asked_id, in_parts, said_with

_MAY = Permission.MANAGE_VENUES


def _read_calendar(reading: Reading) -> Table:
    """Return the list of events that the address asks for; raises Invalid for no such list."""
    shown = events.listed(reading, after=None, limit=1)["shown"].value
    return Table(
        filter={"show": shown},
        words={"List": said_with("event_lists")[shown]},
        header=(
            *("code", "name", "venue", "held_on", "doors_at", "starts_at", "ends_at"),
            *("shifts", "attendance", "id"),
        ),
        rows=_calendar_rows(reading),
    )


def _calendar_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: events.listed(reading, after=after, limit=PART)):
        for one in page["lines"]:
            yield (
                *(one.code, one.name, page["names"][one.venue_id], one.held_on),
                *(instant(one.doors_at), instant(one.starts_at), instant(one.ends_at)),
                *(page["shifts"][one.id], one.attendance, str(one.id)),
            )


def _read_shifts(reading: Reading) -> Table:
    """Return the shifts of the event that the address names; raises EventNotFound."""
    event_id: UUID = asked_id("event_id")
    found = events.shifts_of(reading, event_id)
    said, event = found["said"], found["event"]
    return Table(
        filter={"event_id": str(event.id), **said},
        words={"Event": event.name} | ({"Found by": said["q"]} if said else {}),
        header=(
            *("event_code", "badge_number", "name", "zone_code", "post_code"),
            *("starts_at", "ends_at", "zone", "post", "id"),
        ),
        rows=(
            (
                *(event.code, one.employee.badge_number, one.employee.name),
                *(one.post.zone.code, one.post.code),
                *(instant(one.shift.starts_at), instant(one.shift.ends_at)),
                *(one.post.zone.name, one.post.name, str(one.shift.id)),
            )
            for one in found["lines"]
        ),
    )


KINDS = {
    "calendar": Kind(
        title="events",
        page="console.show_events",
        kept=("show",),
        may=_MAY,
        read=_read_calendar,
        names_people=False,
    ),
    "shifts": Kind(
        title="shifts",
        page="console.show_event",
        kept=("event_id", "q"),
        may=_MAY,
        read=_read_shifts,
    ),
}
