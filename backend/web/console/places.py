"""HR's page of what hangs where fans ask: the zones and posts of a venue, each with its sheet."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import Response, request

from backend.engagement.exports import ask_url
from backend.engagement.exports.ask_sheets import ask_sheets_pdf
from backend.engagement.services import places
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.venues.queries import ZoneFacts, list_posts, list_zones
from backend.venues.rules import ZoneKind
from backend.web.console.forms import refused
from backend.web.console.frames import Reading, Ways, acts, gives, reads
from backend.web.console.papers import PAPERS, installation, paper_said, pdf_of
from backend.web.console.sites import venues_of

LINES = 50
LONGEST = 120
FILTERS = ("q", "kind", "what")
ZONES, POSTS = "zones", "posts"
_MAY = Permission.MANAGE_CARDS


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A zone, or a post in it; ``code`` is the post's own, and empty for a zone."""

    id: UUID
    name: str
    code: str
    zone: ZoneFacts

    @property
    def is_post(self) -> bool:
        """Tell a post from a zone."""
        return self.id != self.zone.id

    def is_called(self, word: str) -> bool:
        """Tell whether ``word``, in small letters, is part of what people call it."""
        called = (self.name, self.code, self.zone.name, self.zone.code)
        return any(word in one.casefold() for one in called)


@reads("/hr/places", may=_MAY, template="places")
def show_places(
    reading: Reading, venue_id: UUID | None = None, refusal: Problem | None = None
) -> dict[str, Any]:
    """Show the zones and posts of a venue, by their codes, as far as the filters want them.

    ``venue_id`` is that of the venue of which something was refused. Raises VenueNotFound, and
    Invalid for a filter that is not there.
    """
    found = wanted_of(reading, venue_id=venue_id)
    position = position_of(request.args.get("after"), str, str)
    after = (position[0], position[1]) if position else ("", "")
    shown = page_of(
        [one for one in found["lines"] if position is None or (one.zone.code, one.code) > after],
        limit=LINES,
        position=lambda one: [one.zone.code, one.code],
    )
    return {
        **found,
        "lines": shown["items"],
        "next_after": shown["next_cursor"],
        "papers": PAPERS,
        **refused(refusal),
    }


def wanted_of(reading: Reading, *, venue_id: UUID | None = None) -> dict[str, Any]:
    """Return all places of a venue that the address asks for; raises VenueNotFound and Invalid."""
    venues, venue = venues_of(reading, venue_id=venue_id)
    said = {name: request.args[name].strip() for name in FILTERS if request.args.get(name)}
    lines = _list_wanted(reading, venue.id, said) if venue else []
    return {"venues": venues, "venue": venue, "said": said, "lines": lines}


@gives("/hr/places/<uuid:place_id>/ask-sheet.pdf", may=_MAY)
def give_ask_sheet(reading: Reading, place_id: UUID) -> Response:
    """Give the sheet of a zone or post, of a venue all of them; raises PlaceNotFound, Invalid."""
    settings, paper = installation(), paper_said()
    printed = places.list_printed(
        reading.session,
        actor=reading.reader,
        place_id=place_id,
        code_key=settings.secrets.code_key,
    )
    url = settings.public_url
    drawn = ask_sheets_pdf(printed, address=lambda code: ask_url(url, code), paper=paper)
    what = printed[0].name if len(printed) == 1 else printed[0].venue
    return pdf_of(drawn, name=f"ask sheet {what}")


@acts(
    "/hr/places/<uuid:venue_id>/renew",
    may=_MAY,
    ways=Ways(
        then="console.show_places", otherwise="places", refused=show_places, carries=("venue_id",)
    ),
)
def renew_sheets(acting: Reading, venue_id: UUID) -> str:
    """Let no sheet that was printed for a venue so far be good any more; raises VenueNotFound."""
    places.renew(acting.session, actor=acting.reader, venue_id=venue_id, now=acting.now)
    return "sheets_renewed"


def _list_wanted(reading: Reading, venue_id: UUID, said: Mapping[str, str]) -> list[Place]:
    kind, what = said.get("kind"), said.get("what")
    if kind and kind not in set(ZoneKind):
        raise Invalid(errors={"query": {"kind": ["There is no such choice."]}})
    if what and what not in {ZONES, POSTS}:
        raise Invalid(errors={"query": {"what": ["There is no such choice."]}})
    word = said.get("q", "")[:LONGEST].casefold()
    return [
        one
        for one in _list_all(reading, venue_id)
        if one.is_called(word)
        and (not kind or one.zone.kind == kind)
        and (not what or one.is_post is (what == POSTS))
    ]


def _list_all(reading: Reading, venue_id: UUID) -> list[Place]:
    """Return the zones and posts of a venue, each zone before its posts: some hundreds at most."""
    whose: dict[str, Any] = {"organisation_id": reading.organisation_id, "venue_id": venue_id}
    found = [
        Place(id=zone.id, name=zone.name, code="", zone=zone)
        for zone in list_zones(reading.session, **whose)
    ]
    found += [
        Place(id=post.id, name=post.name, code=post.code, zone=post.zone)
        for post in list_posts(reading.session, **whose)
    ]
    return sorted(found, key=lambda one: (one.zone.code, one.code))
