"""Cards over HTTP: printed by HR in packs, scanned by whoever hands them out."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.engagement.exports.sheets import sheets_pdf
from backend.engagement.problems import (
    CardPackNotFound,
    CardsNotFound,
    IdAlreadyUsed,
    NotOnShift,
    ScanRefused,
    ScanTooOld,
)
from backend.engagement.queries.cards import PackFacts, get_pack_facts, list_packs
from backend.engagement.routes import codes
from backend.engagement.routes.answers import answer
from backend.engagement.rules import Moment
from backend.engagement.schemas.cards import (
    CardPackIn,
    CardPackOut,
    CardPacksOut,
    CardScanIn,
    CardScanOut,
    SheetsArgs,
)
from backend.engagement.services import packs, scans
from backend.engagement.services.packs import NewPack
from backend.engagement.services.scans import NewScan
from backend.foundation.contract import Download
from backend.foundation.http import Call, Routes
from backend.foundation.pages import PageArgs, page_of, position_of
from backend.identity.permissions import Permission
from backend.venues.problems import PostNotFound, SeasonClosed

routes = Routes("cards", __name__, description="Serial cards, for where phones are banned")


@routes.command(
    "POST /cards/packs",
    may=Permission.MANAGE_CARDS,
    takes=CardPackIn(),
    answers=CardPackOut(),
    status=201,
    raises=(PostNotFound,),
)
def make_card_pack(call: Call, body: dict[str, Any]) -> PackFacts:
    """Make a pack of cards with the next serials, ready to be printed."""
    key = codes.settings().secrets.code_key
    new = NewPack(**body)
    return packs.make(call.session, actor=call.actor, new=new, code_key=key, now=call.now)


@routes.query("/cards/packs", may=Permission.MANAGE_CARDS, answers=CardPacksOut(), args=PageArgs())
def list_card_packs(call: Call, args: dict[str, Any]) -> dict[str, Any]:
    """List packs, the newest first, and what became of their cards."""
    position = position_of(args.get("cursor"), int)
    found = list_packs(
        call.session,
        organisation_id=call.actor.organisation_id,
        before=position[0] if position else None,
        limit=args["limit"] + 1,
    )
    return page_of(found, limit=args["limit"], position=lambda one: [one.number])


@routes.query(
    "/cards/packs/<uuid:pack_id>",
    may=Permission.MANAGE_CARDS,
    answers=CardPackOut(),
    raises=(CardPackNotFound,),
)
def show_card_pack(call: Call, pack_id: UUID) -> PackFacts:
    """Show a pack, and what became of its cards."""
    owner = call.actor.organisation_id
    return get_pack_facts(call.session, organisation_id=owner, pack_id=pack_id)


@routes.query(
    "/cards/packs/<uuid:pack_id>.pdf",
    may=Permission.MANAGE_CARDS,
    args=SheetsArgs(),
    answers=Download(media_type="application/pdf", text=False),
    raises=(CardPackNotFound,),
)
def print_card_pack(call: Call, args: dict[str, Any], pack_id: UUID) -> Response:
    """Print a pack: a cover with the pack's own QR, then ten cards to a sheet with cut marks."""
    settings = codes.settings()
    key = settings.secrets.code_key
    pack = packs.get_printed(call.session, actor=call.actor, pack_id=pack_id, code_key=key)
    drawn = sheets_pdf(pack, public_url=settings.public_url, paper=args["paper"])
    # Every card is a code: nothing on the way may keep them.
    headers = {"Cache-Control": "no-store"}
    return Response(drawn, content_type="application/pdf", headers=headers)


@routes.command(
    "POST /cards/scans",
    may=Permission.HELP,
    takes=CardScanIn(),
    answers=CardScanOut(),
    status=201,
    raises=(
        IdAlreadyUsed,
        ScanRefused,
        CardPackNotFound,
        CardsNotFound,
        NotOnShift,
        SeasonClosed,
        ScanTooOld,
    ),
)
def scan_cards(call: Call, body: dict[str, Any]) -> Response:
    """Bind the cards that I hand out to me, my shift and my post; each card once.

    Sending the same again gets the first result, with 200.
    """
    result = scans.scan_once(
        call.session,
        actor=call.actor,
        new=NewScan.said(body["id"], body),
        moment=Moment.present(call.now),
        code_hours=codes.settings().rating_code_hours,
    )
    return answer(result)
