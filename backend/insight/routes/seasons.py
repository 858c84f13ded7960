"""How a season stands over HTTP: what it waits for, what came too late, what it came to."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response

from backend.foundation.canon import written
from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of, position_of
from backend.identity.permissions import Permission
from backend.insight.queries.seasons import Late, LateFilter, count_late, list_late
from backend.insight.schemas.seasons import LateArgs, LateOut, SeasonStandingOut, SnapshotOut
from backend.insight.services import seasons
from backend.insight.services.seasons import Standing
from backend.venues.problems import SeasonNotFound, SnapshotNotFound
from backend.venues.queries import get_season
from backend.venues.queries.closings import get_document

routes = Routes("standings", __name__, description="How a season stands, and what it came to")


@routes.query(
    "/seasons/<uuid:season_id>",
    may=Permission.SEE_PROGRAMME,
    answers=SeasonStandingOut(),
    raises=(SeasonNotFound,),
)
def get_season_standing(call: Call, season_id: UUID) -> Standing:
    """Give a season, how far its closing is, and what that still waits for."""
    return seasons.read(call.session, **_whose(call, season_id), now=call.now)


@routes.query(
    "/seasons/<uuid:season_id>/late",
    may=Permission.CLOSE_SEASONS,
    args=LateArgs(),
    answers=LateOut(),
    raises=(SeasonNotFound,),
)
def list_season_late(call: Call, args: dict[str, Any], season_id: UUID) -> dict[str, Any]:
    """List what came after the season was closed: kept and named, and in no figure."""
    limit, after = args.pop("limit"), _position(args.pop("cursor", None))
    whose, wanted = _whose(call, season_id), LateFilter(**args)
    get_season(call.session, **whose)
    counts = count_late(call.session, **whose, wanted=wanted)
    late = list_late(call.session, **whose, wanted=wanted, after=after, limit=limit + 1)
    return {"counts": counts, **page_of(late, limit=limit, position=place_of)}


@routes.query(
    "/seasons/<uuid:season_id>/snapshots/<int:number>",
    may=Permission.CLOSE_SEASONS,
    answers=SnapshotOut(),
    raises=(SeasonNotFound, SnapshotNotFound),
)
def get_season_snapshot(call: Call, season_id: UUID, number: int) -> Response:
    """Give what a season came to, byte by byte as it was hashed."""
    whose = _whose(call, season_id)
    get_season(call.session, **whose)
    document = get_document(call.session, **whose, number=number)
    return Response(written(document), content_type="application/json")


def _whose(call: Call, season_id: UUID) -> dict[str, Any]:
    return {"organisation_id": call.actor.organisation_id, "season_id": season_id}


def _position(cursor: str | None) -> tuple[datetime, str, UUID, UUID] | None:
    found = position_of(cursor, datetime, str, UUID, UUID)
    return (found[0], found[1], found[2], found[3]) if found else None


def place_of(late: Late) -> list[str]:
    """Return where a line stands among what came too late, as a cursor says it."""
    return [late.received_at.isoformat(), late.kind.value, str(late.id), str(late.employee_id)]
