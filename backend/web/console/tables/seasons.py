"""Seasons as files: the list, what one came to by its hashes, and what came too late for it."""

from collections.abc import Iterator
from uuid import UUID

from backend.foundation.spreadsheets import Row, instant
from backend.identity.permissions import Permission
from backend.identity.queries import list_employees_by_id
from backend.insight.services import seasons as standings
from backend.venues.queries import get_season
from backend.web.console.frames import Reading
from backend.web.console.seasons import late_of, show_seasons
from backend.web.console.tables.shapes import PART, Kind, Table, asked_id, in_parts, who

_MAY = Permission.CLOSE_SEASONS


def _read_seasons(reading: Reading) -> Table:
    return Table(
        filter={},
        words={},
        header=("name", "starts_on", "ends_on", "status", "id"),
        rows=(
            (one.name, one.starts_on, one.ends_on, one.status.value, str(one.id))
            for one in show_seasons(reading)["seasons"]
        ),
    )


def _read_snapshots(reading: Reading) -> Table:
    """Return the snapshots of the season that the address names; raises SeasonNotFound."""
    standing = standings.read(
        reading.session,
        organisation_id=reading.organisation_id,
        season_id=asked_id("season_id"),
        now=reading.now,
    )
    return Table(
        filter={"season_id": str(standing.season.id)},
        words={"Season": standing.season.name},
        header=("number", "made_at", "sha256"),
        rows=((one.number, instant(one.made_at), one.sha256) for one in standing.snapshots),
    )


def _read_late(reading: Reading) -> Table:
    """Return what came too late for the season that the address names; raises SeasonNotFound."""
    owner = reading.organisation_id
    season = get_season(reading.session, organisation_id=owner, season_id=asked_id("season_id"))
    return Table(
        filter={"season_id": str(season.id)},
        words={"Season": season.name},
        header=("received_at", "at", "badge_number", "name", "what", "points", "id"),
        rows=_late_rows(reading, season.id),
    )


def _late_rows(reading: Reading, season_id: UUID) -> Iterator[Row]:
    for page in in_parts(lambda after: late_of(reading, season_id, after=after, limit=PART)):
        people = list_employees_by_id(
            reading.session,
            organisation_id=reading.organisation_id,
            employee_ids={one.employee_id for one in page["late"]},
        )
        for one in page["late"]:
            yield (
                *(instant(one.received_at), instant(one.at), *who(people, one.employee_id)),
                *(one.kind.value, one.points, str(one.id)),
            )


KINDS = {
    "seasons": Kind(
        title="seasons",
        page="console.show_seasons",
        kept=(),
        may=_MAY,
        read=_read_seasons,
        names_people=False,
    ),
    "snapshots": Kind(
        title="the snapshots of a season",
        page="console.show_season",
        kept=("season_id",),
        may=_MAY,
        read=_read_snapshots,
        names_people=False,
    ),
    "late": Kind(
        title="what came too late",
        page="console.show_season",
        kept=("season_id",),
        may=_MAY,
        read=_read_late,
    ),
}
