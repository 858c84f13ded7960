"""Covers over HTTP: posts that were left, who stands in, and relief."""

from typing import Any
from uuid import UUID

from backend.engagement.problems import (
    AlreadyCovering,
    ColleagueNotOnShift,
    CoverNotFound,
    CoverOver,
    CoverTaken,
    NobodyFree,
    NotCovering,
    NotOnDuty,
    OwnPost,
    PostCovered,
)
from backend.engagement.queries.covers import CoverView, get_cover, list_open_of
from backend.engagement.schemas.covers import CoverOut, MyCoverOut, ReliefIn
from backend.engagement.services import covers, reliefs
from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.venues.problems import PostNotFound

routes = Routes("covers", __name__, description="Posts that were left, and who stands in")


@routes.query(
    "/covers/<uuid:cover_id>",
    may=Permission.HELP,
    answers=CoverOut(),
    raises=(CoverNotFound,),
)
def show_cover(call: Call, cover_id: UUID) -> CoverView:
    """Show a post that was left, as a message about it asks."""
    owner = call.actor.organisation_id
    return get_cover(call.session, organisation_id=owner, cover_id=cover_id)


@routes.query("/me/cover", may=Permission.HELP, answers=MyCoverOut())
def get_my_cover(call: Call) -> dict[str, Any]:
    """Show what I am asked to cover, where I stand in, and who stands in for me."""
    me, owner = call.actor.employee_id, call.actor.organisation_id
    found = list_open_of(call.session, organisation_id=owner, employee_id=me)
    return {
        "asked": [one for one in found if one.covered_by is None and one.left_by != me],
        "covering": next((one for one in found if one.covered_by == me), None),
        "left": [one for one in found if one.left_by == me],
    }


@routes.command(
    "POST /covers/<uuid:cover_id>/take",
    may=Permission.HELP,
    answers=CoverOut(),
    raises=(CoverNotFound, NotOnDuty, OwnPost, AlreadyCovering, CoverTaken, CoverOver),
)
def take_cover(call: Call, cover_id: UUID) -> CoverView:
    """Stand in at a post that was left; of several who tap at once one does."""
    return covers.take(call.session, actor=call.actor, cover_id=cover_id, now=call.now)


@routes.command(
    "POST /covers/<uuid:cover_id>/leave",
    may=Permission.HELP,
    answers=CoverOut(),
    raises=(CoverNotFound, CoverOver, NotCovering),
)
def leave_cover(call: Call, cover_id: UUID) -> CoverView:
    """Stop standing in; the next colleague is asked."""
    return covers.leave(call.session, actor=call.actor, cover_id=cover_id, now=call.now)


@routes.command(
    "POST /posts/<uuid:post_id>/relief",
    may=Permission.SEND_RELIEF,
    takes=ReliefIn(),
    answers=CoverOut(),
    raises=(PostNotFound, PostCovered, NobodyFree, ColleagueNotOnShift, AlreadyCovering),
)
def send_relief(call: Call, body: dict[str, Any], post_id: UUID) -> CoverView:
    """Ask a colleague to stand in at a post: the one named, or the nearest who is free."""
    return reliefs.send(
        call.session,
        actor=call.actor,
        post_id=post_id,
        employee_id=body.get("employee_id"),
        now=call.now,
    )
