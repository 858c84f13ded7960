"""What is told to fans of what they asked for: written and moderated by HR."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.engagement.problems import (
    HeardEntryChanged,
    HeardEntryNotFound,
    HeardEntryWithdrawn,
    WhyNotFound,
)
from backend.engagement.queries.heard import EntryFacts, WhyFacts, list_entries, list_whys
from backend.engagement.schemas.heard import (
    HeardEntriesArgs,
    HeardEntriesOut,
    HeardEntryChangeIn,
    HeardEntryIn,
    HeardEntryOut,
    WhyDecisionIn,
    WhyOut,
    WhysArgs,
    WhysOut,
)
from backend.engagement.services import heard_entries
from backend.foundation.http import Call, Routes
from backend.foundation.pages import page_of, position_of
from backend.identity.permissions import Permission
from backend.venues.problems import VenueNotFound

routes = Routes("heard", __name__, description="What fans asked for, and what was done")


@routes.query(
    "/heard-entries",
    may=Permission.MANAGE_HEARD,
    answers=HeardEntriesOut(),
    args=HeardEntriesArgs(),
)
def list_heard_entries(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List entries, withdrawn ones too, the newest first, and how many say that they work."""
    position = position_of(args.get("cursor"), UUID)
    found = list_entries(
        call.session,
        organisation_id=call.actor.organisation_id,
        venue_id=args.get("venue_id"),
        before=position[0] if position else None,
        limit=args["limit"] + 1,
    )
    return page_of(found, limit=args["limit"], position=lambda one: [str(one.id)])


@routes.command(
    "POST /heard-entries",
    may=Permission.MANAGE_HEARD,
    takes=HeardEntryIn(),
    answers=HeardEntryOut(),
    status=201,
    raises=(VenueNotFound,),
)
def write_heard_entry(call: Call, body: dict[str, Any]) -> EntryFacts:
    """Tell the fans of a venue what they asked for, and what was done; name nobody."""
    return heard_entries.write(call.session, actor=call.actor, given=body, now=call.now)


@routes.command(
    "PATCH /heard-entries/<uuid:entry_id>",
    may=Permission.MANAGE_HEARD,
    takes=HeardEntryChangeIn(),
    answers=HeardEntryOut(),
    raises=(HeardEntryNotFound, HeardEntryChanged, HeardEntryWithdrawn),
)
def change_heard_entry(call: Call, body: dict[str, Any], entry_id: UUID) -> EntryFacts:
    """Say it in other words; those before are kept."""
    return heard_entries.change(
        call.session, actor=call.actor, entry_id=entry_id, to=body, now=call.now
    )


@routes.command(
    "POST /heard-entries/<uuid:entry_id>/withdraw",
    may=Permission.MANAGE_HEARD,
    answers=HeardEntryOut(),
    raises=(HeardEntryNotFound,),
)
def withdraw_heard_entry(call: Call, entry_id: UUID) -> EntryFacts:
    """Take it off the page; its words and answers are kept."""
    return heard_entries.withdraw(call.session, actor=call.actor, entry_id=entry_id, now=call.now)


@routes.query("/heard-whys", may=Permission.MODERATE, answers=WhysOut(), args=WhysArgs())
def list_heard_whys(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List why something does not work yet for fans: what waits, the oldest first."""
    return page_of(
        _whys(call, args),
        limit=args["limit"],
        position=lambda one: [one.answered_at.isoformat(), str(one.id)],
    )


def _whys(call: Call, args: dict[str, Any]) -> list[WhyFacts]:
    after = position_of(args.get("cursor"), datetime, UUID)
    return list_whys(
        call.session,
        organisation_id=call.actor.organisation_id,
        state=args["state"],
        after=(after[0], after[1]) if after else None,
        limit=args["limit"] + 1,
    )


@routes.command(
    "POST /heard-whys/<uuid:answer_id>/decide",
    may=Permission.MODERATE,
    takes=WhyDecisionIn(),
    answers=WhyOut(),
    raises=(WhyNotFound,),
)
def decide_heard_why(call: Call, body: dict[str, Any], answer_id: UUID) -> WhyFacts:
    """Show a fan's words to everybody, or to nobody."""
    return heard_entries.decide_why(
        call.session, actor=call.actor, answer_id=answer_id, now=call.now, **body
    )
