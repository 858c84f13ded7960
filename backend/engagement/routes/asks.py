"""Asks over HTTP: the fan's without a sign-in, and what HR prints for them."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.engagement.exports import ask_url, follow_url
from backend.engagement.exports.ask_sheets import ask_sheets_pdf
from backend.engagement.problems import (
    AskOver,
    IdAlreadyUsed,
    NothingOnHere,
    NotResolvedYet,
    NotYetRated,
    TooManyWaitHere,
    UnknownAsk,
    UnknownCode,
    UnknownPlace,
    WrongCorrectionToken,
)
from backend.engagement.routes import codes
from backend.engagement.schemas.asks import AskIn, AskOut, AskVersionOut, UnsolvedIn
from backend.engagement.schemas.cards import SheetsArgs
from backend.engagement.services import asks, following, places, reopenings
from backend.engagement.services.asks import Asked, NewAsk
from backend.foundation.contract import Download
from backend.foundation.http import Call, Routes
from backend.identity.permissions import Permission
from backend.integrity.guard import see_asker
from backend.venues.problems import PlaceNotFound, VenueNotFound

routes = Routes("asks", __name__, description="What fans ask for themselves")


def _key() -> bytes:
    return codes.settings().secrets.code_key


def _shown(call: Call, token: str) -> dict[str, Any]:
    view = following.show(call.session, token=token, code_key=_key(), now=call.now)
    shown = {name: getattr(view, name) for name in view.__slots__}
    return shown | {"url": follow_url(codes.settings().public_url, view.token)}


@routes.command(
    "POST /asks",
    may=None,
    takes=AskIn(),
    answers=AskOut(),
    status=201,
    raises=(UnknownPlace, IdAlreadyUsed, NothingOnHere, TooManyWaitHere),
)
def ask_for_help(call: Call, body: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """Ask for help where a code hangs, under an id of the client's own, while an event is on.

    Sending the same again gives what has become of it, with 200.
    """
    asked = _ask(call, **body)
    return _shown(call, asked.token), 200 if asked.again else 201


def _ask(call: Call, *, place_code: str, **said: Any) -> Asked:
    return asks.ask(
        call.session,
        code=place_code,
        new=NewAsk(**said),
        code_key=_key(),
        now=call.now,
        asker=see_asker(),
    )


@routes.query(
    "/asks/<string(length=26):ask_token>", may=None, answers=AskOut(), raises=(UnknownAsk,)
)
def follow_ask(call: Call, ask_token: str) -> dict[str, Any]:
    """Show how far it is. Look again as it says, with the ETag: most answers are 304."""
    return _shown(call, ask_token)


@routes.command(
    "POST /asks/<string(length=26):ask_token>/cancel",
    may=None,
    answers=AskOut(),
    raises=(UnknownAsk, AskOver),
)
def cancel_ask(call: Call, ask_token: str) -> dict[str, Any]:
    """Take it back: it is not needed any more. Whoever is on the way is told."""
    asks.cancel(call.session, token=ask_token, now=call.now)
    return _shown(call, ask_token)


@routes.command(
    "POST /asks/<string(length=26):ask_token>/unsolved",
    may=None,
    answers=AskOut(),
    raises=(UnknownAsk, NotResolvedYet, AskOver),
)
def reopen_ask(call: Call, ask_token: str) -> dict[str, Any]:
    """Say that it was not solved: somebody else is asked to see to it, twice at most."""
    reopenings.say_unsolved(call.session, token=ask_token, now=call.now, asker=see_asker())
    return _shown(call, ask_token)


@routes.command(
    "POST /unsolved-ratings",
    may=None,
    takes=UnsolvedIn(),
    answers=AskOut(),
    raises=(UnknownCode, NotYetRated, WrongCorrectionToken, NotResolvedYet, AskOver),
)
def reopen_rated(call: Call, body: dict[str, Any]) -> dict[str, Any]:
    """Say that what was rated was not solved: somebody else is asked, and the fan follows it."""
    token = reopenings.say_rating_unsolved(
        call.session, **body, code_key=_key(), now=call.now, asker=see_asker()
    )
    return _shown(call, token)


@routes.query(
    "/places/<uuid:place_id>/ask-sheet.pdf",
    may=Permission.MANAGE_CARDS,
    args=SheetsArgs(),
    answers=Download(media_type="application/pdf", text=False),
    raises=(PlaceNotFound,),
)
def print_ask_sheet(call: Call, args: dict[str, Any], place_id: UUID) -> Response:
    """Print what hangs at a zone or post for fans to ask from; of a venue, all of its sheets."""
    url = codes.settings().public_url
    printed = places.list_printed(
        call.session, actor=call.actor, place_id=place_id, code_key=_key()
    )
    drawn = ask_sheets_pdf(printed, address=lambda code: ask_url(url, code), paper=args["paper"])
    return Response(drawn, content_type="application/pdf", headers={"Cache-Control": "no-store"})


@routes.command(
    "POST /venues/<uuid:venue_id>/ask-codes/renew",
    may=Permission.MANAGE_CARDS,
    answers=AskVersionOut(),
    raises=(VenueNotFound,),
)
def renew_ask_codes(call: Call, venue_id: UUID) -> dict[str, Any]:
    """Let no sheet that hangs in a venue be good any more; print new ones then."""
    version = places.renew(call.session, actor=call.actor, venue_id=venue_id, now=call.now)
    return {"venue_id": venue_id, "version": version}
