"""HR's page of cards: packs that were made, who handed them out, what became of them; new ones."""

from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Response, request

from backend.engagement.exports.sheets import sheets_pdf
from backend.engagement.queries.cards import list_holders, list_packs
from backend.engagement.rules.cards import MOST_CARDS, SHEET
from backend.engagement.schemas.cards import CardPackIn
from backend.engagement.services import packs
from backend.engagement.services.packs import NewPack
from backend.foundation.pages import page_of, position_of
from backend.foundation.problems import Problem
from backend.identity.permissions import Permission
from backend.identity.queries import list_employees_by_id
from backend.venues.queries import PostFacts, list_posts
from backend.web.console.forms import loaded, refused, typed, whole
from backend.web.console.frames import Reading, Ways, acts, gives, reads
from backend.web.console.papers import PAPERS, installation, paper_said, pdf_of

LINES = 25
_MAY = Permission.MANAGE_CARDS


@reads("/hr/cards", may=_MAY, template="cards")
def show_cards(reading: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show packs, the newest first, with what became of them, and the form of a new one."""
    found = listed(reading, after=request.args.get("after"), limit=LINES)
    return {
        **found,
        "zones": _by_zone(list(found["posts"].values())),
        "values": _typed() if refusal else {"post_id": request.args.get("post_id", "")},
        "sheet": SHEET,
        "most": MOST_CARDS,
        "papers": PAPERS,
        "zone": reading.zone,
        **refused(refusal),
    }


def listed(reading: Reading, *, after: str | None, limit: int) -> dict[str, Any]:
    """Return a page of packs, and who made and who scanned them; raises Invalid."""
    session, owner = reading.session, reading.organisation_id
    position = position_of(after, int)
    before = position[0] if position else None
    shown = page_of(
        list_packs(session, organisation_id=owner, before=before, limit=limit + 1),
        limit=limit,
        position=lambda one: [one.number],
    )
    lines = shown["items"]
    holders = list_holders(session, organisation_id=owner, pack_ids=[one.id for one in lines])
    people = {one.created_by for one in lines}
    people |= {one.employee_id for several in holders.values() for one in several}
    return {
        "lines": lines,
        "next_after": shown["next_cursor"],
        "holders": holders,
        "people": list_employees_by_id(session, organisation_id=owner, employee_ids=people),
        "posts": {one.id: one for one in list_posts(session, organisation_id=owner)},
    }


@acts(
    "/hr/cards",
    may=_MAY,
    ways=Ways(then="console.show_cards", otherwise="cards", refused=show_cards),
)
def make_pack(acting: Reading) -> str:
    """Make a pack of fresh cards with the next serials; raises PostNotFound and Invalid."""
    said = {name: text for name, text in _typed().items() if text or name == "count"}
    new = NewPack(**loaded(CardPackIn(), {**said, "count": whole(said["count"])}))
    key = installation().secrets.code_key
    packs.make(acting.session, actor=acting.reader, new=new, code_key=key, now=acting.now)
    return "pack_made"


@gives("/hr/cards/<uuid:pack_id>.pdf", may=_MAY)
def give_pack(reading: Reading, pack_id: UUID) -> Response:
    """Give the sheets of a pack; raises CardPackNotFound and Invalid."""
    settings, paper = installation(), paper_said()
    pack = packs.get_printed(
        reading.session,
        actor=reading.reader,
        pack_id=pack_id,
        code_key=settings.secrets.code_key,
    )
    drawn = sheets_pdf(pack, public_url=settings.public_url, paper=paper)
    return pdf_of(drawn, name=f"cards {pack.first_serial}")


def _typed() -> dict[str, str]:
    return {name: typed(name) for name in ("count", "post_id", "note")}


def _by_zone(posts: list[PostFacts]) -> list[tuple[str, list[PostFacts]]]:
    """Return posts as one chooses among them: by the zones that they are in, as these follow."""
    return [
        (several[0].zone.name, several)
        for _, found in groupby(posts, key=lambda one: one.zone.id)
        for several in [list(found)]
    ]
