"""HR's pages of events: what comes and what is over, its attendance, and who works at it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request

from backend.engagement.schemas.shifts import CancelShiftIn
from backend.engagement.services import shifts
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.identity.queries import EmployeeFacts, list_employees_by_id
from backend.venues.queries import (
    EventFacts,
    PostFacts,
    ShiftFacts,
    count_shifts,
    get_event,
    get_season,
    get_venue,
    list_calendar,
    list_posts,
    list_shifts,
    list_venues,
)
from backend.venues.rules import EventList, SeasonStatus
from backend.venues.schemas import EventPatchIn
from backend.venues.services import events
from backend.web.console.forms import loaded, refused, typed, whole
from backend.web.console.frames import Reading, Ways, acts, reads

LINES = 50
LONGEST = 120
_MAY = Permission.MANAGE_VENUES


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A shift: who is at which post, and when."""

    shift: ShiftFacts
    employee: EmployeeFacts
    post: PostFacts

    def is_found(self, word: str) -> bool:
        """Tell whether ``word``, in small letters, is part of the name, the badge or the place."""
        who, post, zone = self.employee, self.post, self.post.zone
        said = (who.name, who.badge_number, post.name, post.code, zone.name, zone.code)
        return any(word in one.casefold() for one in said)

    @property
    def position(self) -> tuple[str, str, str, str]:
        """Return where it stands in the list: by zone, post, start and id."""
        start = self.shift.starts_at.isoformat()
        return (self.post.zone.code, self.post.code, start, str(self.shift.id))


@reads("/hr/events", may=_MAY, template="events")
def show_events(reading: Reading) -> dict[str, Any]:
    """Show events: those to come, those over, or those without attendance.

    Raises Invalid for another list.
    """
    return {
        **listed(reading, after=request.args.get("after"), limit=LINES),
        "now": reading.now,
    }


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of the list that the address asks for; raises Invalid for no such list."""
    try:
        wanted = EventList(request.args.get("show", EventList.COMING))
    except ValueError as error:
        raise Invalid(errors={"query": {"show": ["No such list."]}}) from error
    session, owner = reading.session, reading.organisation_id
    position = position_of(after, datetime, UUID)
    found = list_calendar(
        session,
        organisation_id=owner,
        wanted=wanted,
        now=reading.now,
        after=(position[0], position[1]) if position else None,
        limit=limit + 1,
    )
    shown = page_of(
        found, limit=limit, position=lambda one: [one.starts_at.isoformat(), str(one.id)]
    )
    ids = [one.id for one in shown["items"]]
    venues = list_venues(session, organisation_id=owner)
    return {
        "shown": wanted,
        "lines": shown["items"],
        "next_after": shown["next_cursor"],
        "names": {one.id: one.name for one in venues},
        "zones": {one.id: ZoneInfo(one.time_zone) for one in venues},
        "shifts": count_shifts(session, organisation_id=owner, event_ids=ids),
    }


@reads("/hr/events/<uuid:event_id>", may=_MAY, template="event")
def show_event(
    reading: Reading, event_id: UUID, shift_id: UUID | None = None, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show an event, how many came, and who works at it; raises EventNotFound.

    ``shift_id`` is the shift that was not taken away, if a refusal is about one.
    """
    found = shifts_of(reading, event_id)
    event: EventFacts = found["event"]
    owner = reading.organisation_id
    season = get_season(reading.session, organisation_id=owner, season_id=event.season_id)
    position = position_of(request.args.get("after"), str, str, str, str)
    shown = page_of(
        [one for one in found["lines"] if position is None or one.position > tuple(position)],
        limit=LINES,
        position=lambda one: list(one.position),
    )
    return {
        **found,
        "venue": get_venue(reading.session, organisation_id=owner, venue_id=event.venue_id),
        "season": season,
        "open": season.status is SeasonStatus.OPEN,
        "lines": shown["items"],
        "next_after": shown["next_cursor"],
        "attendance": typed("attendance") if _is_about(refusal, shift_id) else event.attendance,
        "wrong_id": shift_id,
        "reason": typed("reason"),
        "zone": ZoneInfo(event.time_zone),
        **refused(refusal),
    }


def _is_about(refusal: Problem | None, shift_id: UUID | None) -> bool:
    """Tell whether it is the attendance that was refused."""
    return refusal is not None and shift_id is None


def shifts_of(reading: Reading, event_id: UUID) -> dict[str, Any]:
    """Return the shifts of an event that the address asks for, by their posts.

    They are some hundreds. Raises EventNotFound.
    """
    session = reading.session
    whose: dict[str, Any] = {"organisation_id": reading.organisation_id}
    event = get_event(session, **whose, event_id=event_id)
    found = list_shifts(session, **whose, event_id=event_id, limit=None)
    people = list_employees_by_id(session, **whose, employee_ids={one.employee_id for one in found})
    posts = {one.id: one for one in list_posts(session, **whose, venue_id=event.venue_id)}
    lines = [
        Line(shift=one, employee=people[one.employee_id], post=posts[one.post_id]) for one in found
    ]
    word = request.args.get("q", "").strip()[:LONGEST]
    wanted = [one for one in lines if one.is_found(word.casefold())]
    return {
        "event": event,
        "said": {"q": word} if word else {},
        "lines": sorted(wanted, key=lambda one: one.position),
    }


_WAYS = Ways(
    then="console.show_event", otherwise="event", refused=show_event, carries=("event_id",)
)


@acts("/hr/events/<uuid:event_id>/attendance", may=_MAY, ways=_WAYS)
def set_attendance(acting: Reading, event_id: UUID) -> str:
    """Say how many people came, or that it is not known after all.

    Raises EventNotFound, EventRefused, SeasonClosed, and Invalid for no number.
    """
    said = typed("attendance")
    to: Mapping[str, Any] = loaded(EventPatchIn(), {"attendance": whole(said) if said else None})
    events.change(acting.session, actor=acting.reader, event_id=event_id, to=to, now=acting.now)
    return "attendance_set"


@acts("/hr/events/<uuid:event_id>/shifts/<uuid:shift_id>/cancel", may=_MAY, ways=_WAYS)
def cancel_shift(acting: Reading, event_id: UUID, shift_id: UUID) -> str:
    """Take a shift away that was a mistake; the page of its event is shown then.

    Raises EventNotFound, ShiftNotFound, ShiftWorked, SeasonClosed, and Invalid without a reason.
    """
    get_event(acting.session, organisation_id=acting.organisation_id, event_id=event_id)
    said = loaded(CancelShiftIn(), {"reason": typed("reason")})
    shifts.cancel(acting.session, actor=acting.reader, shift_id=shift_id, now=acting.now, **said)
    return "shift_cancelled"
