"""The mark of a staff device: a cookie that goes with what fans do alone, so that it can be held.

Every sign-in renews it. It says that staff use this browser, not who: nobody is found out by it. A
fan's browser never gets one.
"""

from contextlib import suppress
from datetime import timedelta
from enum import StrEnum

from flask import Response, current_app, request

from backend.foundation.http import AUTHENTICATE
from backend.foundation.problems import NotAuthenticated
from backend.settings import Settings

COOKIE = "staff"
# Where fans rate and ask: by page and by API.
PATHS = ("/r/", "/v1/ratings/", "/ask/", "/v1/asks", "/v1/unsolved-ratings")
# Whoever still works here signs in again by then; who has left is a fan like any other.
KEPT = timedelta(days=90)


class Sign(StrEnum):
    """What shows that a request comes from staff."""

    DEVICE = "device"
    SESSION = "session"


def mark(response: Response) -> Response:
    """Put the mark on the browser that gets ``response``, which lets somebody of staff in."""
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    for path in PATHS:
        response.set_cookie(
            COOKIE,
            "1",
            max_age=KEPT,
            path=path,
            secure=settings.public_url.startswith("https://"),
            httponly=True,
            samesite="Lax",
        )
    return response


def find_sign() -> Sign | None:
    """Return what shows that this request comes from staff; None for a fan's."""
    if "HTTP_AUTHORIZATION" in request.environ:
        with suppress(NotAuthenticated):
            current_app.extensions[AUTHENTICATE]()
            return Sign.SESSION
    return Sign.DEVICE if COOKIE in request.cookies else None
