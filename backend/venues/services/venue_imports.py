"""The import of venues with their zones and posts: one row per post."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from backend.foundation import csv_cells, imports
from backend.foundation.actor import Actor
from backend.foundation.csv_rows import Column, CsvFile, Refused, Row, read_file
from backend.foundation.db import take_turn
from backend.foundation.imports import Changes, ImportResult
from backend.venues.models import Event, Post, Shift, Venue, Zone
from backend.venues.queries.closings import lock_closed
from backend.venues.rules import LARGEST_CAPACITY, ZoneKind, time_zone_names


def time_zone(cell: str) -> str:
    """Take the name of an IANA time zone."""
    if cell not in time_zone_names():
        raise Refused("must be the name of a time zone like America/New_York")
    return cell


COLUMNS = (
    Column(name="venue_code", read=csv_cells.text(longest=40)),
    Column(name="venue_name", read=csv_cells.text(longest=120)),
    Column(name="time_zone", read=time_zone),
    Column(name="capacity", read=csv_cells.whole_number(low=1, high=LARGEST_CAPACITY)),
    Column(
        name="command_centre_phone",
        read=csv_cells.matching(
            r"\+?[0-9(][0-9 ()./-]{1,38}", longest=40, what="a telephone number"
        ),
        blank=None,
        optional=True,
    ),
    Column(name="zone_code", read=csv_cells.text(longest=40)),
    Column(name="zone_name", read=csv_cells.text(longest=120)),
    Column(name="zone_kind", read=csv_cells.one_of(ZoneKind)),
    Column(name="post_code", read=csv_cells.text(longest=40)),
    Column(name="post_name", read=csv_cells.text(longest=120)),
)
_OF_VENUE = ("venue_name", "time_zone", "capacity", "command_centre_phone")
_OF_ZONE = ("zone_name", "zone_kind")


def import_venues(
    session: Session, *, actor: Actor, text: str | bytes | CsvFile, now: datetime
) -> ImportResult:
    """Add and change the venues, zones and posts in a CSV file; what it leaves out stays.

    Columns: venue_code, venue_name, time_zone, capacity, zone_code, zone_name, zone_kind,
    post_code, post_name, and if wanted command_centre_phone. A zone at which somebody worked in a
    season that is closed keeps its kind. Raises ImportRejected, FileTooLarge, TooManyRows.
    """
    file = read_file(text, COLUMNS)
    take_turn(session, actor.organisation_id, "imports")
    _lock_venues(session, actor.organisation_id)
    posts = ((row, _post_key(row)) for row in file.rows)
    file.refuse_repeats(posts, column="post_code", what="post")
    _refuse_conflicts(file, key=_venue_key, names=_OF_VENUE, what="venue")
    _refuse_conflicts(file, key=_zone_key, names=_OF_ZONE, what="zone")
    _refuse_moved_clocks(session, actor.organisation_id, file)
    _refuse_changed_kinds(session, actor.organisation_id, file)
    file.findings.check()
    result = _write(session, actor.organisation_id, file.rows)
    imports.put_on_record(session, actor=actor, kind="venues", file=file, result=result, now=now)
    return result


def _lock_venues(session: Session, organisation_id: UUID) -> None:
    """Let nobody date an event by a venue's clock between what is asked of it and the commit.

    Who only refers to a venue need not wait.
    """
    session.execute(
        select(Venue.id)
        .where(Venue.organisation_id == organisation_id)
        .order_by(Venue.id)
        .with_for_update(key_share=True)
    ).all()


def _venue_key(row: Row) -> tuple[str, ...]:
    return (row["venue_code"],)


def _zone_key(row: Row) -> tuple[str, ...]:
    return (row["venue_code"], row["zone_code"])


def _post_key(row: Row) -> tuple[str, ...]:
    return (row["venue_code"], row["zone_code"], row["post_code"])


def _refuse_conflicts(
    file: CsvFile, *, key: Callable[[Row], tuple[str, ...]], names: Sequence[str], what: str
) -> None:
    """Find rows that describe the same thing otherwise than its first row does."""
    first_rows: dict[tuple[str, ...], Row] = {}
    for row in file.rows:
        first = first_rows.setdefault(key(row), row)
        for name in names:
            if row.cells.get(name) != first.cells.get(name):
                reason = f"differs from line {first.line}, which is about the same {what}"
                file.findings.add(row.line, name, reason)


def _refuse_moved_clocks(session: Session, organisation_id: UUID, file: CsvFile) -> None:
    """Find venues that would change time zone although events have their dates already.

    Those of all the organisation's events, for its first venue: its days begin by that.
    """
    ours = select(Venue.id).where(Venue.organisation_id == organisation_id)
    first = ours.order_by(Venue.id).limit(1).scalar_subquery()
    dated = select(Event.id).where(Event.organisation_id == Venue.organisation_id)
    used = dated.where(or_(Event.venue_id == Venue.id, Venue.id == first)).correlate(Venue)
    query = select(Venue.code, Venue.time_zone).where(
        Venue.organisation_id == organisation_id, used.exists()
    )
    fixed = dict(session.execute(query).all())
    for row in file.rows:
        if row["time_zone"] != fixed.get(row["venue_code"], row["time_zone"]):
            reason = "cannot change any more: events are dated by it"
            file.findings.add(row.line, "time_zone", reason)


def _refuse_changed_kinds(session: Session, organisation_id: UUID, file: CsvFile) -> None:
    """Find zones of another kind than that by which a closed season's boards compare people."""
    closed = lock_closed(session, organisation_id=organisation_id)
    worked = (
        select(Shift.id)
        .join(Post, (Post.organisation_id == Shift.organisation_id) & (Post.id == Shift.post_id))
        .join(
            Event, (Event.organisation_id == Shift.organisation_id) & (Event.id == Shift.event_id)
        )
        .where(
            Shift.organisation_id == organisation_id,
            Post.zone_id == Zone.id,
            Event.season_id.in_(closed),
        )
    )
    query = (
        select(Venue.code, Zone.code, Zone.kind)
        .join(Venue, (Venue.organisation_id == Zone.organisation_id) & (Venue.id == Zone.venue_id))
        .where(Zone.organisation_id == organisation_id, worked.exists())
    )
    fixed = {(venue, zone): kind for venue, zone, kind in session.execute(query)} if closed else {}
    for row in file.rows:
        if row["zone_kind"] is not fixed.get(
            (row["venue_code"], row["zone_code"]), row["zone_kind"]
        ):
            reason = "cannot change any more: a closed season compares people by it"
            file.findings.add(row.line, "zone_kind", reason)


def _write(session: Session, organisation_id: UUID, rows: Sequence[Row]) -> ImportResult:
    venues = Changes(session, Venue, organisation_id, key=("code",))
    zones = Changes(session, Zone, organisation_id, key=("venue_id", "code"))
    posts = Changes(session, Post, organisation_id, key=("zone_id", "code"))
    touched = []
    for row in rows:
        venue = _columns(row, "venue", "code", "name") | _columns(row, "", "time_zone", "capacity")
        if row.cells.get("command_centre_phone") is not None:
            venue["command_centre_phone"] = row["command_centre_phone"]
        venue_id = venues.want(venue, if_new={"command_centre_phone": None})
        zone = _columns(row, "zone", "code", "name", "kind")
        zone_id = zones.want(zone | {"venue_id": venue_id})
        post = _columns(row, "post", "code", "name")
        touched.append((venue_id, zone_id, posts.want(post | {"zone_id": zone_id})))
    for changes in (venues, zones, posts):
        changes.write(session)
    added = sum(posts.adds(post_id) for _, _, post_id in touched)
    meant = sum(
        venues.touches(venue_id) or zones.touches(zone_id) or posts.touches(post_id)
        for venue_id, zone_id, post_id in touched
    )
    return imports.count(len(rows), added=added, changed=meant - added)


def _columns(row: Row, of: str, *names: str) -> dict[str, Any]:
    return {name: row[f"{of}_{name}" if of else name] for name in names}
