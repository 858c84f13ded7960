"""The import of events: one row per event, known by its code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.foundation import audit, csv_cells, imports
from backend.foundation.actor import Actor
from backend.foundation.csv_rows import Column, CsvFile, Findings, Refused, Row, read_file
from backend.foundation.db import take_turn
from backend.foundation.imports import Changes, ImportResult
from backend.venues.models import Event, Season, Venue
from backend.venues.rules import (
    LARGEST_ATTENDANCE,
    EventTimes,
    SeasonStatus,
    has_begun,
    held_on,
    instant_of,
    read_moment,
    wrong_with_attendance,
    wrong_with_day,
    wrong_with_roster,
    wrong_with_times,
)
from backend.venues.services import rosters

INSTANTS = ("doors_at", "starts_at", "ends_at")


def moment(cell: str) -> datetime:
    """Take an instant with its offset, or a wall time of the venue."""
    try:
        return read_moment(cell)
    except ValueError as error:
        raise Refused(str(error)) from error


COLUMNS = (
    Column(name="code", read=csv_cells.text(longest=60)),
    Column(name="venue_code", read=csv_cells.text(longest=40)),
    Column(name="season", read=csv_cells.text(longest=60)),
    Column(name="name", read=csv_cells.text(longest=160)),
    *(Column(name=name, read=moment) for name in INSTANTS),
    Column(
        name="attendance",
        read=csv_cells.whole_number(low=0, high=LARGEST_ATTENDANCE),
        blank=None,
        optional=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Known:
    """What a file of events may refer to: venues by code, seasons by name."""

    venues: Mapping[str, Venue]
    seasons: Mapping[str, Season]

    @property
    def closed(self) -> set[UUID]:
        """Return the seasons whose events stay as they are."""
        return {one.id for one in self.seasons.values() if one.status is not SeasonStatus.OPEN}


def import_events(
    session: Session, *, actor: Actor, text: str | bytes | CsvFile, now: datetime
) -> ImportResult:
    """Add and change the events in a CSV file; what it leaves out stays.

    Columns: code, venue_code, season (its name), name, doors_at, starts_at, ends_at, and if wanted
    attendance; an empty attendance leaves the one that is known. Times are RFC 3339 with an
    offset, or the venue's own wall time like 2018-10-09 19:00. An event that moves to another day
    takes its shifts along, and none leaves one further behind than shifts may be. What is said
    anew of attendance is audited event by event. Raises ImportRejected, FileTooLarge, TooManyRows.
    """
    file = read_file(text, COLUMNS)
    take_turn(session, actor.organisation_id, "imports")
    lock_events(session, organisation_id=actor.organisation_id)
    file.refuse_repeats(((row, row["code"]) for row in file.rows), column="code", what="code")
    known = _known(session, actor)
    changes = Changes(session, Event, actor.organisation_id, key=("code",))
    spans = rosters.list_spans(session, organisation_id=actor.organisation_id)
    wanted = []
    for row in file.rows:
        values = _event(row, known, file.findings)
        if values is not None:
            wanted.append(values)
            there = changes.there(values)
            _refuse_moved(row, values, there, now=now, findings=file.findings)
            _refuse_left(row, values, there, spans=spans, findings=file.findings)
            _refuse_closed(row, values, there, known=known, findings=file.findings)
    file.findings.check()
    known_before = [(changes.there(values) or {}).get("attendance") for values in wanted]
    moved = [
        (there["id"], by)
        for values in wanted
        if (there := changes.there(values)) and (by := _shifts_move(values, there))
    ]
    ids = [changes.want(values, if_new={"attendance": None}) for values in wanted]
    changes.write(session)
    for event_id, values, before in zip(ids, wanted, known_before, strict=True):
        said = values.get("attendance", before)
        _audit_attendance(session, actor=actor, event_id=event_id, sides=(before, said), now=now)
    for event_id, by in moved:
        rosters.move(session, organisation_id=actor.organisation_id, event_id=event_id, by=by)
    result = changes.count(ids)
    imports.put_on_record(session, actor=actor, kind="events", file=file, result=result, now=now)
    return result


def _known(session: Session, actor: Actor) -> Known:
    venues = session.scalars(select(Venue).where(Venue.organisation_id == actor.organisation_id))
    # None of them is closed before this is done.
    seasons = session.scalars(
        select(Season)
        .where(Season.organisation_id == actor.organisation_id)
        .order_by(Season.id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    return Known({venue.code: venue for venue in venues}, {one.name: one for one in seasons})


def _event(row: Row, known: Known, findings: Findings) -> dict[str, Any] | None:
    """Return the columns of the row's event; None when something is wrong, which is noted."""
    venue, season = known.venues.get(row["venue_code"]), known.seasons.get(row["season"])
    if season is None:
        findings.add(row.line, "season", "is not a season here")
    if venue is None:
        findings.add(row.line, "venue_code", "is not a venue here")
        return None
    times = instants(row, INSTANTS, time_zone=venue.time_zone, findings=findings)
    if times is None or season is None:
        return None
    values = {
        "code": row["code"],
        "venue_id": venue.id,
        "season_id": season.id,
        "name": row["name"],
        "held_on": held_on(times["starts_at"], time_zone=venue.time_zone),
        **times,
    }
    if row.cells.get("attendance") is not None:
        values["attendance"] = row["attendance"]
    wrong = list(wrong_with(values, venue, season))
    for column, reason in wrong:
        findings.add(row.line, column, reason)
    return None if wrong else values


def _refuse_moved(
    row: Row,
    values: Mapping[str, Any],
    there: Mapping[str, Any] | None,
    *,
    now: datetime,
    findings: Findings,
) -> None:
    """Find an event that would move: to another venue, or once begun to another day or season."""
    if there is None:
        return
    if values["venue_id"] != there["venue_id"]:
        findings.add(row.line, "venue_code", "cannot change: shifts are at that venue's posts")
    if has_begun(there["doors_at"], now=now):
        for column, name in (("starts_at", "held_on"), ("season", "season_id")):
            if values[name] != there[name]:
                reason = "cannot change the event's day or season any more: it has begun"
                findings.add(row.line, column, reason)
        if not has_begun(values["doors_at"], now=now):
            findings.add(row.line, "doors_at", "cannot be so late any more: it has begun")


def _shifts_move(values: Mapping[str, Any], there: Mapping[str, Any]) -> timedelta:
    """Return by how much an event's shifts move with it: not at all within its day."""
    if values["held_on"] == there["held_on"]:
        return timedelta()
    by: timedelta = values["starts_at"] - there["starts_at"]
    return by


def _refuse_left(
    row: Row,
    values: Mapping[str, Any],
    there: Mapping[str, Any] | None,
    *,
    spans: Mapping[UUID, tuple[datetime, datetime]],
    findings: Findings,
) -> None:
    """Find an event that would move too far away from one of its shifts."""
    if there is None or there["id"] not in spans or _times_of(values) == _times_of(there):
        return
    by = _shifts_move(values, there)
    first, last = (end + by for end in spans[there["id"]])
    wrong = wrong_with_roster(starts_at=first, ends_at=last, event=_times_of(values))
    for column, reason in wrong.items():
        findings.add(row.line, column, reason)


def _times_of(values: Mapping[str, Any]) -> EventTimes:
    return EventTimes(**{name: values[name] for name in INSTANTS})


def _refuse_closed(
    row: Row,
    values: Mapping[str, Any],
    there: Mapping[str, Any] | None,
    *,
    known: Known,
    findings: Findings,
) -> None:
    """Find an event of a closed season that is new or would change; what stays may be repeated."""
    if there is not None and all(there[name] == value for name, value in values.items()):
        return
    concerned = {values["season_id"], (there or values)["season_id"]}
    if concerned & known.closed:
        findings.add(row.line, "season", "is closed: its events stay as they are")


def wrong_with(
    values: Mapping[str, Any], venue: Venue, season: Season
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the columns of an event: fields and reasons."""
    yield from wrong_with_times(_times_of(values)).items()
    day = wrong_with_day(values["held_on"], starts_on=season.starts_on, ends_on=season.ends_on)
    if day:
        yield "season", day
    too_many = wrong_with_attendance(values.get("attendance"), capacity=venue.capacity)
    if too_many:
        yield "attendance", too_many


def lock_events(session: Session, *, organisation_id: UUID) -> None:
    """Let nobody change an event by hand between what a file's rows are held to and the commit.

    Who only refers to one need not wait.
    """
    session.execute(
        select(Event.id)
        .where(Event.organisation_id == organisation_id)
        .order_by(Event.id)
        .with_for_update(key_share=True)
    ).all()


def instants(
    row: Row, names: tuple[str, ...], *, time_zone: str, findings: Findings
) -> dict[str, datetime] | None:
    """Return the row's instants in UTC; None when a wall time cannot be one, which is noted."""
    found = {}
    for name in names:
        try:
            found[name] = instant_of(row[name], time_zone=time_zone)
        except ValueError as error:
            findings.add(row.line, name, str(error))
    return found if len(found) == len(names) else None


def _audit_attendance(
    session: Session,
    *,
    actor: Actor,
    event_id: UUID,
    sides: tuple[int | None, int | None],
    now: datetime,
) -> None:
    before, after = sides
    if before != after:
        audit.record(
            session,
            actor=actor,
            act="event.attendance_set",
            subject_id=event_id,
            now=now,
            detail={"from": before, "to": after},
        )
