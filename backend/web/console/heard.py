"""HR's pages of what fans are told: what they asked for, what was done, and how many it works for.

A venue's entries stand here as on its public page, withdrawn ones besides, each with its counts.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import request

from backend.engagement.queries.heard import (
    EntryFacts,
    get_entry,
    list_entries,
    list_shown_whys,
    measure_undecided,
)
from backend.engagement.rules import Category
from backend.engagement.rules.heard import (
    LEAST_SHOWN,
    LONGEST_ASKED,
    LONGEST_DONE,
    MOST_SHOWN_ENTRIES,
    slug_of,
)
from backend.engagement.schemas.heard import HeardEntryChangeIn, HeardEntryIn
from backend.engagement.services import heard_entries, heard_pages
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Problem
from backend.identity.permissions import Permission
from backend.venues.queries import get_venue
from backend.web.console.forms import loaded, refused, typed, whole
from backend.web.console.frames import Reading, Ways, acts, reads
from backend.web.console.sites import venues_of

LINES = 25
_MAY = Permission.MANAGE_HEARD
_FIELDS = ("category", "asked", "done")


@reads("/hr/heard", may=_MAY, template="heard")
def show_heard(reading: Reading) -> dict[str, Any]:
    """Show what the fans of a venue are told, the newest first, and what they asked for most.

    Raises VenueNotFound, and Invalid for what is no id.
    """
    found = listed(reading, after=request.args.get("after"), limit=LINES)
    venue = found["venue"]
    if venue is None:
        return found
    slug = slug_of(venue.id, venue.code)
    read = heard_pages.show(reading.session, slug=slug, device=None, now=reading.now)
    return {
        **found,
        "slug": slug,
        "season": read.season,
        "wishes": read.wishes,
        "read": {one.entry.id: one for one in read.entries},
        "whys_waiting": _count_whys(reading),
        "least_shown": LEAST_SHOWN,
        "most_shown": MOST_SHOWN_ENTRIES,
        "zone": reading.zone,
    }


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of what the fans of a venue are told; raises VenueNotFound and Invalid."""
    venues, venue = venues_of(reading)
    position = position_of(after, UUID)
    found = list_entries(
        reading.session,
        organisation_id=reading.organisation_id,
        venue_id=venue.id if venue else None,
        before=position[0] if position else None,
        limit=limit + 1,
    )
    shown = page_of(found, limit=limit, position=lambda one: [str(one.id)])
    return {
        "venues": venues,
        "venue": venue,
        "lines": shown["items"],
        "next_after": shown["next_cursor"],
    }


@reads("/hr/heard/new", may=_MAY, template="heard_entry")
def show_new_entry(reading: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show the form of a new entry, with what was typed where it was refused.

    Raises VenueNotFound, and Invalid for what is no id.
    """
    venues, venue = venues_of(reading)
    ids = [str(one.id) for one in venues]
    return {
        "entry": None,
        "venues": venues,
        "chosen": typed("venue_id") if typed("venue_id") in ids else str(venue.id if venue else ""),
        **_form(dict.fromkeys(_FIELDS, ""), refusal),
    }


@acts(
    "/hr/heard/new",
    may=_MAY,
    ways=Ways(
        then="console.show_heard",
        otherwise="heard_entry",
        refused=show_new_entry,
        carries=("venue_id",),
    ),
)
def write_entry(acting: Reading) -> str:
    """Tell the fans of a venue what is in the form; raises VenueNotFound and Invalid."""
    given = loaded(HeardEntryIn(), {"venue_id": typed("venue_id"), **_body(_typed())})
    heard_entries.write(acting.session, actor=acting.reader, given=given, now=acting.now)
    return "heard_written"


@reads("/hr/heard/<uuid:entry_id>", may=_MAY, template="heard_entry")
def show_entry(reading: Reading, entry_id: UUID, refusal: Problem | None = None) -> dict[str, Any]:
    """Show an entry, how many it works for, and the form that changes it.

    Raises HeardEntryNotFound.
    """
    session, owner = reading.session, reading.organisation_id
    entry = get_entry(session, organisation_id=owner, entry_id=entry_id)
    venue = get_venue(session, organisation_id=owner, venue_id=entry.venue_id)
    whys = list_shown_whys(session, organisation_id=owner, entry_ids=[entry_id])
    return {
        "entry": entry,
        "venue": venue,
        "slug": slug_of(venue.id, venue.code),
        "whys": whys[entry_id],
        # Of a refused form its own: it must not overwrite what its reader has not seen.
        "version": typed("seen_version") if refusal else str(entry.version),
        "zone": reading.zone,
        **_form(_texts_of(entry), refusal),
    }


_OF_THE_ENTRY = Ways(
    then="console.show_entry", otherwise="heard_entry", refused=show_entry, carries=("entry_id",)
)


@acts("/hr/heard/<uuid:entry_id>", may=_MAY, ways=_OF_THE_ENTRY)
def change_entry(acting: Reading, entry_id: UUID) -> str:
    """Change the words that differ between the form and the entry, if it is still as it was shown.

    Raises HeardEntryNotFound, HeardEntryChanged, HeardEntryWithdrawn and Invalid.
    """
    entry = get_entry(acting.session, organisation_id=acting.organisation_id, entry_id=entry_id)
    stored, said = _texts_of(entry), _typed()
    other = {name for name in _FIELDS if said[name] != stored[name]}
    body = {name: value for name, value in _body(said).items() if name in other}
    to = loaded(HeardEntryChangeIn(), {"seen_version": whole(typed("seen_version")), **body})
    if to == {"seen_version": entry.version} and not entry.withdrawn:
        return "unchanged"
    heard_entries.change(
        acting.session, actor=acting.reader, entry_id=entry_id, to=to, now=acting.now
    )
    return "heard_changed"


@acts("/hr/heard/<uuid:entry_id>/withdraw", may=_MAY, ways=_OF_THE_ENTRY)
def withdraw_entry(acting: Reading, entry_id: UUID) -> str:
    """Take an entry off the public page; raises HeardEntryNotFound."""
    heard_entries.withdraw(acting.session, actor=acting.reader, entry_id=entry_id, now=acting.now)
    return "heard_withdrawn"


def _count_whys(reading: Reading) -> int | None:
    """Return how many words of fans wait; None for who may not decide on them."""
    if not reading.reader.may(Permission.MODERATE):
        return None
    return measure_undecided(reading.session, organisation_id=reading.organisation_id).number


def _typed() -> dict[str, str]:
    return {name: typed(name) for name in _FIELDS}


def _texts_of(entry: EntryFacts) -> dict[str, str]:
    return {"category": entry.category or "", "asked": entry.asked, "done": entry.done}


def _body(said: Mapping[str, str]) -> dict[str, Any]:
    """Return what the API is told by a form; an entry need not be of any kind."""
    return {**said, "category": said["category"] or None}


def _form(stored: Mapping[str, str], refusal: Problem | None) -> dict[str, Any]:
    return {
        "values": _typed() if refusal and "asked" in request.form else stored,
        "kinds": list(Category),
        "longest": {"asked": LONGEST_ASKED, "done": LONGEST_DONE},
        **refused(refusal),
    }
