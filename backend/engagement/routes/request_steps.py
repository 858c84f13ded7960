"""The steps of a request over HTTP, from accepting it to the code with which the fan rates."""

from typing import Any
from uuid import UUID

from flask import Response

from backend.engagement.exports import qr_png, qr_svg
from backend.engagement.problems import (
    AlreadyHelping,
    ColleagueGone,
    ColleagueOffDuty,
    NoRatingCode,
    NotInYourHands,
    NotToYourself,
    RequestAlreadyTaken,
    RequestClosed,
    RequestNotFound,
    RequestNotInHand,
    ShareTooLarge,
    SomebodyElseNeeded,
    TooManyInHand,
)
from backend.engagement.queries.requests import RequestView
from backend.engagement.routes import codes
from backend.engagement.routes.requests import routes as routes
from backend.engagement.rules import Moment
from backend.engagement.schemas.requests import (
    CancelIn,
    HandOverIn,
    HelperIn,
    RequestOut,
    ResolvedOut,
    SafetyIn,
    SafetyOut,
)
from backend.engagement.services import late, requests, safety
from backend.engagement.services.safety import SafetyHandOver
from backend.foundation.contract import Download
from backend.foundation.http import Call, looking_first
from backend.foundation.problems import Problem
from backend.identity.permissions import Permission
from backend.identity.problems import EmployeeUnknown
from backend.venues.problems import SeasonClosed

_SHARING = (
    RequestNotFound,
    SeasonClosed,
    RequestClosed,
    RequestNotInHand,
    NotInYourHands,
    NotToYourself,
    EmployeeUnknown,
    ColleagueGone,
    SomebodyElseNeeded,
)


def _key(call: Call, request_id: UUID) -> dict[str, Any]:
    return {"actor": call.actor, "request_id": request_id, "moment": Moment.present(call.now)}


def _must_be_free(call: Call, request_id: UUID) -> None:
    requests.must_be_free(call.session, actor=call.actor, request_id=request_id)


@routes.command(
    "POST /requests/<uuid:request_id>/accept",
    may=Permission.HELP,
    answers=RequestOut(),
    raises=(
        RequestNotFound,
        SeasonClosed,
        RequestAlreadyTaken,
        RequestClosed,
        SomebodyElseNeeded,
        TooManyInHand,
    ),
)
@looking_first(_must_be_free)
def accept_request(call: Call, request_id: UUID) -> RequestView:
    """Take an open request in hand; of many who try at once one wins.

    Leaving the post for it needs nobody's permission. Whoever has it gets the same answer again.
    """
    return requests.accept(call.session, **_key(call, request_id))


@routes.command(
    "POST /requests/<uuid:request_id>/helpers",
    may=Permission.HELP,
    takes=HelperIn(),
    answers=RequestOut(),
    raises=(*_SHARING, AlreadyHelping, ColleagueOffDuty, ShareTooLarge),
)
def add_request_helper(call: Call, body: dict[str, Any], request_id: UUID) -> RequestView:
    """Give a colleague who helps a part of your credit."""
    return requests.add_helper(call.session, **_key(call, request_id), **body)


@routes.command(
    "POST /requests/<uuid:request_id>/hand-over",
    may=Permission.HELP,
    takes=HandOverIn(),
    answers=RequestOut(),
    raises=(*_SHARING, TooManyInHand),
)
def hand_over_request(call: Call, body: dict[str, Any], request_id: UUID) -> RequestView:
    """Hand a request to a colleague, and keep a part of your own share of the credit."""
    return requests.hand_over(call.session, **_key(call, request_id), **body)


@routes.command(
    "POST /requests/<uuid:request_id>/release",
    may=Permission.HELP,
    answers=RequestOut(),
    raises=(RequestNotFound, SeasonClosed, RequestClosed, RequestNotInHand, NotInYourHands),
)
def release_request(call: Call, request_id: UUID) -> RequestView:
    """Put a request back for others to take; its credit shares are dropped."""
    return requests.release(call.session, **_key(call, request_id))


@routes.command(
    "POST /requests/<uuid:request_id>/cancel",
    may=Permission.HELP,
    takes=CancelIn(),
    answers=RequestOut(),
    raises=(RequestNotFound, SeasonClosed, RequestClosed, NotInYourHands),
)
def cancel_request(call: Call, body: dict[str, Any], request_id: UUID) -> RequestView:
    """Cancel a request that is not needed any more, with the reason."""
    return requests.cancel(call.session, **_key(call, request_id), reason=body["reason"])


@routes.command(
    "POST /requests/<uuid:request_id>/safety",
    may=Permission.HELP,
    takes=SafetyIn(),
    answers=SafetyOut(),
    raises=(RequestNotFound, SeasonClosed, RequestClosed, NotInYourHands),
)
def hand_request_to_safety(call: Call, body: dict[str, Any], request_id: UUID) -> SafetyHandOver:
    """Leave a matter of safety or health to the command centre, and get its number.

    The request is closed by it; it never earns points, and nobody rates it. Call first.
    """
    return safety.hand_over(call.session, **_key(call, request_id), concern=body["concern"])


@routes.command(
    "POST /requests/<uuid:request_id>/resolve",
    may=Permission.HELP,
    answers=ResolvedOut(),
    raises=(RequestNotFound, SeasonClosed, RequestClosed, RequestNotInHand, NotInYourHands),
)
def resolve_request(call: Call, request_id: UUID) -> dict[str, Any] | Problem:
    """Resolve a request and get the code with which the fan rates it.

    Its owner or a helper may, and gets the same answer again. After the season was closed it is
    written into the history, and refused.
    """
    done = late.resolve(call.session, **_key(call, request_id), **_codes())
    if isinstance(done, Problem):
        return done
    rating = codes.shown(request_id, code=done.code, expires_at=done.expires_at)
    return {"request": done.request, "rating": rating}


@routes.query(
    "/requests/<uuid:request_id>/rating-code.svg",
    may=Permission.HELP,
    answers=Download(media_type="image/svg+xml", text=True),
    raises=(RequestNotFound, NoRatingCode, NotInYourHands),
)
def draw_rating_code_svg(call: Call, request_id: UUID) -> Response:
    """Draw the QR of a resolved request's rating code as SVG, for its owner and helpers."""
    return _picture(qr_svg(_url_of(call, request_id)), "image/svg+xml")


@routes.query(
    "/requests/<uuid:request_id>/rating-code.png",
    may=Permission.HELP,
    answers=Download(media_type="image/png", text=False),
    raises=(RequestNotFound, NoRatingCode, NotInYourHands),
)
def draw_rating_code_png(call: Call, request_id: UUID) -> Response:
    """Draw the QR of a resolved request's rating code as PNG, for its owner and helpers."""
    return _picture(qr_png(_url_of(call, request_id)), "image/png")


def _codes() -> dict[str, Any]:
    settings = codes.settings()
    return {"code_key": settings.secrets.code_key, "code_hours": settings.rating_code_hours}


def _url_of(call: Call, request_id: UUID) -> str:
    url: str = codes.derived(call, request_id)["url"]
    return url


def _picture(drawn: bytes, kind: str) -> Response:
    # The picture is the code: nothing on the way may keep it.
    return Response(drawn, content_type=kind, headers={"Cache-Control": "no-store"})
