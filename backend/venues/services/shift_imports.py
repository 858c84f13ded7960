"""The import of shifts: one row per employee, event and start."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation import csv_cells, imports
from backend.foundation.actor import Actor
from backend.foundation.csv_rows import Column, CsvFile, Findings, Row, read_file
from backend.foundation.db import take_turn
from backend.foundation.imports import Changes, ImportResult
from backend.identity.queries import list_badges
from backend.venues.models import Event, Post, Shift, Venue, Zone
from backend.venues.queries.closings import lock_closed
from backend.venues.rules import EventTimes, wrong_with_shift
from backend.venues.services import rosters
from backend.venues.services.event_imports import instants, lock_events, moment

INSTANTS = ("starts_at", "ends_at")
Values = Mapping[str, Any]

COLUMNS = (
    Column(name="event_code", read=csv_cells.text(longest=60)),
    Column(name="badge_number", read=csv_cells.text(longest=40)),
    Column(name="zone_code", read=csv_cells.text(longest=40)),
    Column(name="post_code", read=csv_cells.text(longest=40)),
    *(Column(name=name, read=moment) for name in INSTANTS),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownEvent:
    """An event that a shift may belong to."""

    id: UUID
    venue_id: UUID
    season_id: UUID
    time_zone: str
    times: EventTimes


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a file of shifts may refer to; posts by venue, zone code and post code."""

    events: Mapping[str, KnownEvent]
    employees: Mapping[str, UUID]
    zones: frozenset[tuple[UUID, str]]
    posts: Mapping[tuple[UUID, str, str], UUID]


def import_shifts(
    session: Session, *, actor: Actor, text: str | bytes | CsvFile, now: datetime
) -> ImportResult:
    """Add and change the shifts in a CSV file; what it leaves out stays.

    Columns: event_code, badge_number, zone_code, post_code, starts_at, ends_at. The zone is one
    of the event's venue. Times are RFC 3339 with an offset, or the venue's own wall time. A shift
    is known by employee, event and start; one that overlaps a single other of the employee's at the
    event is that one, with another start, and nobody has two at once: their hours would count
    twice. One that was taken away does not come back just as it was. Those of a season that is
    closed stay as they are: its fair boards go by them. Raises ImportRejected, FileTooLarge,
    TooManyRows.
    """
    file = read_file(text, COLUMNS)
    take_turn(session, actor.organisation_id, "imports")
    lock_events(session, organisation_id=actor.organisation_id)
    known = _known(session, actor.organisation_id)
    wanted = []
    for row in file.rows:
        values = _shift(row, known, file.findings)
        if values is not None:
            wanted.append((row, values))
    keys = ((row, tuple(values[name] for name in _KEY)) for row, values in wanted)
    file.refuse_repeats(keys, column="starts_at", what="employee, event and start")
    file.findings.check()
    changes = Changes(session, Shift, actor.organisation_id, key=_KEY)
    _refuse_overlaps(wanted, file.findings)
    removed = rosters.list_removed(session, organisation_id=actor.organisation_id)
    for row, values in wanted:
        if rosters.exactly(values) in removed and _differs(values, changes.there(values)):
            file.findings.add(row.line, "starts_at", _REMOVED)
    _find_corrected(wanted, changes, file.findings)
    closed = _list_closed(session, actor.organisation_id, known)
    for row, values in wanted:
        if values["event_id"] in closed and _differs(values, changes.there(values)):
            reason = "is of a closed season: its shifts stay as they are"
            file.findings.add(row.line, "event_code", reason)
    file.findings.check()
    ids = [changes.want(values) for _, values in wanted]
    changes.write(session)
    result = changes.count(ids)
    imports.put_on_record(session, actor=actor, kind="shifts", file=file, result=result, now=now)
    return result


_KEY = ("employee_id", "event_id", "starts_at")
_REMOVED = (
    "is that of a shift that was taken away by hand: leave the row out, or to have it back give it"
    " another post, start or end"
)


def _refuse_overlaps(wanted: Sequence[tuple[Row, Values]], findings: Findings) -> None:
    """Find shifts of a file that overlap others of the same employee and event."""
    by_start = sorted(wanted, key=lambda one: (*_whose(one[1]), one[1]["starts_at"]))
    for (before, earlier), (row, later) in pairwise(by_start):
        if _whose(earlier) == _whose(later) and _overlap(earlier, later):
            findings.add(row.line, "starts_at", f"overlaps the shift of line {before.line}")


def _find_corrected(
    wanted: Sequence[tuple[Row, Values]], changes: Changes, findings: Findings
) -> None:
    """Take a shift that is there for the one of a row that only begins at another time."""
    named = {tuple(values[name] for name in _KEY) for _, values in wanted}
    others: dict[tuple[UUID, UUID], list[Values]] = {}
    for there in changes.rows:
        if tuple(there[name] for name in _KEY) not in named:
            others.setdefault(_whose(there), []).append(there)
    for row, values in wanted:
        overlapping = [one for one in others.get(_whose(values), ()) if _overlap(one, values)]
        if len(overlapping) == 1 and changes.there(values) is None:
            [corrected] = overlapping
            changes.take_for(corrected, values)
            others[_whose(values)].remove(corrected)
        elif overlapping:
            reason = "overlaps another shift of this employee that is there already"
            findings.add(row.line, "starts_at", reason)


def _whose(shift: Values) -> tuple[UUID, UUID]:
    return shift["employee_id"], shift["event_id"]


def _overlap(one: Values, other: Values) -> bool:
    return bool(one["starts_at"] < other["ends_at"] and other["starts_at"] < one["ends_at"])


def _list_closed(session: Session, organisation_id: UUID, known: Known) -> set[UUID]:
    """Return the events whose season is closed, or being closed."""
    seasons = lock_closed(session, organisation_id=organisation_id)
    return {event.id for event in known.events.values() if event.season_id in seasons}


def _differs(values: Mapping[str, Any], there: Mapping[str, Any] | None) -> bool:
    return there is None or any(there[name] != value for name, value in values.items())


def _known(session: Session, organisation_id: UUID) -> Known:
    posts = session.execute(
        select(Zone.venue_id, Zone.code, Post.code, Post.id)
        .join(Post, (Post.organisation_id == Zone.organisation_id) & (Post.zone_id == Zone.id))
        .where(Zone.organisation_id == organisation_id)
    ).all()
    return Known(
        events=dict(_events(session, organisation_id)),
        employees=list_badges(session, organisation_id=organisation_id),
        zones=frozenset((venue_id, zone) for venue_id, zone, _, _ in posts),
        posts={(venue_id, zone, code): post_id for venue_id, zone, code, post_id in posts},
    )


def _events(session: Session, organisation_id: UUID) -> Iterator[tuple[str, KnownEvent]]:
    query = (
        select(Event, Venue.time_zone)
        .join(
            Venue,
            (Venue.organisation_id == Event.organisation_id) & (Venue.id == Event.venue_id),
        )
        .where(Event.organisation_id == organisation_id)
    )
    for event, time_zone in session.execute(query):
        times = EventTimes(
            doors_at=event.doors_at, starts_at=event.starts_at, ends_at=event.ends_at
        )
        yield (
            event.code,
            KnownEvent(
                id=event.id,
                venue_id=event.venue_id,
                season_id=event.season_id,
                time_zone=time_zone,
                times=times,
            ),
        )


def _shift(row: Row, known: Known, findings: Findings) -> dict[str, Any] | None:
    """Return the columns of the row's shift; None when something is wrong, which is noted."""
    before = findings.total
    employee_id = known.employees.get(row["badge_number"])
    if employee_id is None:
        findings.add(row.line, "badge_number", "is not an employee's here")
    event = known.events.get(row["event_code"])
    if event is None:
        findings.add(row.line, "event_code", "is not an event here")
        return None
    post_id = known.posts.get((event.venue_id, row["zone_code"], row["post_code"]))
    if (event.venue_id, row["zone_code"]) not in known.zones:
        findings.add(row.line, "zone_code", "is not a zone of the event's venue")
    elif post_id is None:
        findings.add(row.line, "post_code", "is not a post in that zone")
    times = instants(row, INSTANTS, time_zone=event.time_zone, findings=findings)
    for column, reason in wrong_with_shift(**times, event=event.times).items() if times else ():
        findings.add(row.line, column, reason)
    if times is None or findings.total > before:
        return None
    return {"event_id": event.id, "employee_id": employee_id, "post_id": post_id, **times}
