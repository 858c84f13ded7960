"""What fans read and hold as files: what was heard, why not yet, places to ask from, cards."""

from collections.abc import Iterator, Mapping
from typing import Any

from backend.foundation.spreadsheets import Row, instant
from backend.identity.permissions import Permission
from backend.web.console import cards, heard, heard_whys, places
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import PART, Kind, Table, in_parts, said_with, who, yes


def _read_heard(reading: Reading) -> Table:
    """Return what the fans of a venue are told; raises VenueNotFound and Invalid."""
    venue = heard.listed(reading, after=None, limit=1)["venue"]
    return Table(
        filter={"venue_id": str(venue.id)} if venue else {},
        words={"Venue": venue.name} if venue else {},
        header=(
            *("changed_at", "kind", "asked", "done", "works", "not_yet", "withdrawn"),
            *("version", "id"),
        ),
        rows=_heard_rows(reading),
    )


def _heard_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: heard.listed(reading, after=after, limit=PART)):
        for one in page["lines"]:
            yield (
                *(instant(one.changed_at), one.category.value if one.category else None),
                *(one.asked, one.done, one.yes, one.not_yet, yes(one.withdrawn)),
                *(one.version, str(one.id)),
            )


def _read_whys(reading: Reading) -> Table:
    state = heard_whys.listed(reading, after=None, limit=1)["state"].value
    return Table(
        filter={"show": state},
        words={"List": state.capitalize()},
        header=("answered_at", "asked", "done", "why_not_yet", "id"),
        rows=_why_rows(reading),
    )


def _why_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: heard_whys.listed(reading, after=after, limit=PART)):
        for one in page["lines"]:
            entry = page["entries"][one.entry_id]
            yield (instant(one.answered_at), entry.asked, entry.done, one.why, str(one.id))


def _read_places(reading: Reading) -> Table:
    """Return the places that the address asks for; raises VenueNotFound and Invalid."""
    found = places.wanted_of(reading)
    venue = found["venue"]
    return Table(
        filter={**({"venue_id": str(venue.id)} if venue else {}), **found["said"]},
        words={**({"Venue": venue.name} if venue else {}), **_filter_words(found["said"])},
        header=("zone_code", "post_code", "name", "zone", "kind", "what", "id"),
        rows=(
            (
                *(one.zone.code, one.code or None, one.name, one.zone.name),
                *(one.zone.kind.value, "post" if one.is_post else "zone", str(one.id)),
            )
            for one in found["lines"]
        ),
    )


def _filter_words(said: Mapping[str, Any]) -> dict[str, str]:
    kinds = said_with("post_classes")
    names = {"q": "Name or code", "kind": "Kind", "what": "Zones or posts"}
    return {names[name]: kinds.get(text, text) for name, text in said.items()}


def _read_packs(reading: Reading) -> Table:
    return Table(
        filter={},
        words={},
        header=(
            *("first_serial", "last_serial", "cards", "post", "zone", "note", "made_at"),
            *("made_by_badge_number", "made_by", "scanned", "scanned_by", "rated"),
            *("rated_unscanned", "five_of_five_unscanned", "id"),
        ),
        rows=_pack_rows(reading),
    )


def _pack_rows(reading: Reading) -> Iterator[Row]:
    for page in in_parts(lambda after: cards.listed(reading, after=after, limit=PART)):
        people, posts = page["people"], page["posts"]
        for one in page["lines"]:
            post = posts[one.post_id] if one.post_id else None
            scanned = (
                f"{people[holder.employee_id].name}: {holder.cards}"
                for holder in page["holders"][one.id]
            )
            yield (
                *(one.first_serial, one.last_serial, one.count),
                *((post.name, post.zone.name) if post else (None, None)),
                *(one.note, instant(one.created_at), *who(people, one.created_by)),
                *(one.bound, "; ".join(scanned) or None, one.ratings),
                *(one.unbound_ratings, one.unbound_five_star, str(one.id)),
            )


KINDS = {
    "heard": Kind(
        title="what fans are told",
        page="console.show_heard",
        kept=("venue_id",),
        may=Permission.MANAGE_HEARD,
        read=_read_heard,
        names_people=False,
    ),
    "whys": Kind(
        title="why something does not work yet",
        page="console.show_whys",
        kept=("show",),
        may=Permission.MODERATE,
        read=_read_whys,
    ),
    "places": Kind(
        title="places to ask from",
        page="console.show_places",
        kept=("venue_id", *places.FILTERS),
        may=Permission.MANAGE_CARDS,
        read=_read_places,
        names_people=False,
    ),
    "packs": Kind(
        title="packs of cards",
        page="console.show_cards",
        kept=(),
        may=Permission.MANAGE_CARDS,
        read=_read_packs,
    ),
}
