"""Programme seasons: made, closed when they are over, and reopened with four eyes."""

from typing import Any
from uuid import UUID

from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.identity.problems import PersonUnknown
from backend.venues import queries
from backend.venues.problems import (
    OwnReopening,
    ReopeningAsked,
    ReopeningNotAsked,
    SeasonClosed,
    SeasonNameTaken,
    SeasonNotFound,
    SeasonNotOver,
    SeasonOpen,
    SeasonRefused,
    SeasonsOverlap,
)
from backend.venues.queries import SeasonFacts
from backend.venues.queries.closings import ReopeningFacts
from backend.venues.schemas import (
    CloseIn,
    ReopenIn,
    ReopeningOut,
    SeasonIn,
    SeasonOut,
    SeasonsOut,
)
from backend.venues.services import closings, reopenings, seasons

routes = Routes("seasons", __name__, description="Programme seasons, closed and reopened")


@routes.query("/seasons", may=Permission.READ_VENUES, args=PageArgs(), answers=SeasonsOut())
def list_seasons(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List the programme seasons, the newest first."""
    position = position_of(args.get("cursor"), UUID)
    seasons_here = queries.list_seasons(
        call.session,
        organisation_id=call.actor.organisation_id,
        after=position[0] if position else None,
        limit=args["limit"] + 1,
    )
    return page_of(seasons_here, limit=args["limit"], position=lambda season: [str(season.id)])


@routes.command(
    "POST /seasons",
    may=Permission.MANAGE_VENUES,
    takes=SeasonIn(),
    answers=SeasonOut(),
    status=201,
    raises=(SeasonRefused, SeasonsOverlap, SeasonNameTaken),
)
def create_season(call: Call, body: dict[str, Any]) -> SeasonFacts:
    """Make a programme season; it may not share a day with another one."""
    return seasons.create(call.session, actor=call.actor, now=call.now, **body)


@routes.command(
    "POST /seasons/<uuid:season_id>/close",
    may=Permission.CLOSE_SEASONS,
    takes=CloseIn(),
    answers=SeasonOut(),
    raises=(SeasonNotFound, SeasonNotOver, SeasonClosed),
)
def close_season(call: Call, body: dict[str, Any], season_id: UUID) -> SeasonFacts:
    """Close a season that is over; from a minute later nothing new counts in it.

    What is open ends, points are confirmed in their time, and then a snapshot is kept.
    """
    return closings.close(
        call.session,
        actor=call.actor,
        season_id=season_id,
        reason=body.get("reason"),
        now=call.now,
    )


@routes.command(
    "POST /seasons/<uuid:season_id>/reopen",
    may=Permission.CLOSE_SEASONS,
    takes=ReopenIn(),
    answers=ReopeningOut(),
    status=201,
    raises=(SeasonNotFound, SeasonOpen, PersonUnknown, ReopeningAsked),
)
def ask_to_reopen_season(call: Call, body: dict[str, Any], season_id: UUID) -> ReopeningFacts:
    """Ask to reopen a season; another person has fourteen days to approve it."""
    return reopenings.ask(call.session, actor=call.actor, season_id=season_id, now=call.now, **body)


@routes.command(
    "POST /seasons/<uuid:season_id>/reopen/approve",
    may=Permission.CLOSE_SEASONS,
    answers=SeasonOut(),
    raises=(SeasonNotFound, SeasonOpen, ReopeningNotAsked, OwnReopening, PersonUnknown),
)
def reopen_season(call: Call, season_id: UUID) -> SeasonFacts:
    """Reopen a season as somebody else has asked; what came too late stays so."""
    return reopenings.approve(call.session, actor=call.actor, season_id=season_id, now=call.now)
