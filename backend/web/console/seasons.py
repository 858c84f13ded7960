"""HR's pages of seasons: how each stands, closing it, what came too late, reopening it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, request

from backend.foundation.canon import written
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Problem
from backend.identity.permissions import Permission
from backend.identity.queries import list_employees_by_id
from backend.insight.queries.seasons import LateFilter, count_late, list_late
from backend.insight.routes.seasons import place_of
from backend.insight.services import seasons
from backend.venues.queries import get_season, list_seasons
from backend.venues.queries.closings import get_document
from backend.venues.schemas import CloseIn, ReopenIn, SeasonIn
from backend.venues.services import closings, reopenings
from backend.venues.services import seasons as made
from backend.web.console.forms import first_errors, loaded, refused, typed
from backend.web.console.frames import Reading, Ways, acts, gives, reads

LATE = 100
_FIELDS = ("name", "starts_on", "ends_on")
_MAY = Permission.CLOSE_SEASONS


@reads("/hr/seasons", may=_MAY, template="seasons")
def show_seasons(reading: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show the programme seasons, the newest first, and the form of another."""
    owner = reading.organisation_id
    return {
        "seasons": list_seasons(reading.session, organisation_id=owner),
        "may_make": reading.reader.may(Permission.MANAGE_VENUES),
        "values": {name: typed(name) for name in _FIELDS},
        "detail": refusal.detail if refusal else None,
        **refused(refusal),
    }


@acts(
    "/hr/seasons",
    may=Permission.MANAGE_VENUES,
    ways=Ways(then="console.show_seasons", otherwise="seasons", refused=show_seasons),
)
def make_season(acting: Reading) -> str:
    """Make a season; raises SeasonRefused, SeasonsOverlap, SeasonNameTaken and Invalid."""
    said = loaded(SeasonIn(), {name: typed(name) for name in _FIELDS})
    made.create(acting.session, actor=acting.reader, now=acting.now, **said)
    return "season_made"


@reads("/hr/seasons/<uuid:season_id>", may=_MAY, template="season")
def show_season(
    reading: Reading, season_id: UUID, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show how a season stands, what it came to, and what came too late; raises SeasonNotFound."""
    session = reading.session
    whose: dict[str, Any] = {"organisation_id": reading.organisation_id, "season_id": season_id}
    standing = seasons.read(session, **whose, now=reading.now)
    late = late_of(reading, season_id, after=request.args.get("after"), limit=LATE)
    ids = {one.employee_id for one in late["late"]}
    asked = standing.reopening
    ids |= {who for who in ((asked.asked_by, asked.approved_by) if asked else ()) if who}
    return {
        "standing": standing,
        **late,
        "late_counts": count_late(session, **whose),
        "people": list_employees_by_id(
            session, organisation_id=reading.organisation_id, employee_ids=ids
        ),
        "mine": asked is not None and asked.asked_by in reading.accounts,
        "zone": reading.zone,
        "typed": typed("reason"),
        "refusal": refusal,
        "errors": first_errors(refusal),
        "status": refusal.status if refusal else 200,
    }


def late_of(reading: Reading, season_id: UUID, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of what came after a season was closed, as it came."""
    position = position_of(after, datetime, str, UUID, UUID)
    found = list_late(
        reading.session,
        organisation_id=reading.organisation_id,
        season_id=season_id,
        wanted=LateFilter(),
        after=(position[0], position[1], position[2], position[3]) if position else None,
        limit=limit + 1,
    )
    page = page_of(found, limit=limit, position=place_of)
    return {"late": page["items"], "next_after": page["next_cursor"]}


@gives("/hr/seasons/<uuid:season_id>/snapshots/<int:number>", may=_MAY)
def give_snapshot(reading: Reading, season_id: UUID, number: int) -> Response:
    """Give what a season came to, byte by byte as it was hashed.

    Raises SeasonNotFound and SnapshotNotFound.
    """
    whose: dict[str, Any] = {"organisation_id": reading.organisation_id, "season_id": season_id}
    season = get_season(reading.session, **whose)
    document = get_document(reading.session, **whose, number=number)
    response = Response(written(document), content_type="application/json")
    name = f"season-{season.starts_on}-{number}.json"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


_WAYS = Ways(
    then="console.show_season", otherwise="season", refused=show_season, carries=("season_id",)
)


@acts("/hr/seasons/<uuid:season_id>/close", may=_MAY, ways=_WAYS)
def close_season(acting: Reading, season_id: UUID) -> str:
    """Close a season that is over."""
    said = {"reason": reason} if (reason := typed("reason")) else {}
    closings.close(
        acting.session,
        actor=acting.reader,
        season_id=season_id,
        now=acting.now,
        reason=loaded(CloseIn(), said).get("reason"),
    )
    return "closing"


@acts("/hr/seasons/<uuid:season_id>/reopen", may=_MAY, ways=_WAYS)
def ask_to_reopen(acting: Reading, season_id: UUID) -> str:
    """Ask to reopen a season, for the reason in the form."""
    reopenings.ask(
        acting.session,
        actor=acting.reader,
        season_id=season_id,
        now=acting.now,
        **loaded(ReopenIn(), {"reason": typed("reason")}),
    )
    return "reopening_asked"


@acts("/hr/seasons/<uuid:season_id>/reopen/approve", may=_MAY, ways=_WAYS)
def approve_reopening(acting: Reading, season_id: UUID) -> str:
    """Reopen a season as somebody else has asked."""
    reopenings.approve(acting.session, actor=acting.reader, season_id=season_id, now=acting.now)
    return "reopened"
