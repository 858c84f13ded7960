"""The public page of a venue: what fans asked for most, what was done, and does it work for you?

Nobody is named and nobody signs in. A cookie of our own comes with the first answer, so that each
device has one; looking sets none.
"""

import re
import secrets
from functools import partial
from uuid import UUID

from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from backend.engagement.rules.heard import LONGEST_WHY, Works, shown_count, slug_of
from backend.engagement.services import heard_pages
from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.foundation.problems import Invalid
from backend.foundation.races import until_won
from backend.venues.queries import SiteFacts
from backend.web.fan_pages import page_of, spoken
from backend.web.security import secure_cookies

COOKIE = "heard"
COOKIE_DAYS = 183
_DEVICE = re.compile(r"[A-Za-z0-9_-]{22}")

pages = Blueprint("hearing", __name__, template_folder="templates")


def address_of_venue(site: SiteFacts) -> str:
    """Return the address of the page of the venue where ``site`` is."""
    return spoken("hearing.show", slug=slug_of(site.venue_id, site.venue_code))


@pages.get("/heard/<slug>")
def show(slug: str) -> Response:
    """Show what was heard; for search engines, too."""
    with reading() as session:
        heard = heard_pages.show(session, slug=slug, device=_device(), now=clock.now())
    page = page_of(
        "heard",
        here=url_for("hearing.show", slug=slug),
        heard=heard,
        organisation_id=heard.venue.organisation_id,
        shown_count=shown_count,
        longest_why=LONGEST_WHY,
        answering=partial(spoken, "hearing.answer", slug=slug),
        telling=partial(spoken, "hearing.say_why", slug=slug),
        refused="refused" in request.args,
        indexed=True,
    )
    del page.headers["X-Robots-Tag"]
    # What this device has said is on it, so that it is nobody else's.
    page.headers["Vary"] = "Accept-Language, Cookie"
    page.add_etag()
    page.make_conditional(request)
    return page


@pages.post("/heard/<slug>/<uuid:entry_id>")
def answer(slug: str, entry_id: UUID) -> AnyResponse:
    """Keep whether it works for this device."""
    said = request.form.get("works", "")
    if said not in set(Works):
        raise Invalid
    device = _device() or secrets.token_urlsafe(16)
    until_won(partial(_answer, slug, entry_id, device, Works(said)))
    response = _back(slug, entry_id)
    response.set_cookie(
        COOKIE,
        device,
        max_age=COOKIE_DAYS * 86_400,
        path="/heard",
        secure=secure_cookies(),
        httponly=True,
        samesite="Strict",
    )
    return response


@pages.post("/heard/<slug>/<uuid:entry_id>/why")
def say_why(slug: str, entry_id: UUID) -> AnyResponse:
    """Keep why it does not work yet, for HR to read first."""
    try:
        until_won(partial(_say_why, slug, entry_id, request.form.get("why", "")))
    except Invalid:
        return redirect(spoken("hearing.show", slug=slug, refused="yes"), code=303)
    return _back(slug, entry_id)


def _back(slug: str, entry_id: UUID) -> AnyResponse:
    return redirect(f"{spoken('hearing.show', slug=slug)}#e{entry_id}", code=303)


def _device() -> str | None:
    said = request.cookies.get(COOKIE, "")
    return said if _DEVICE.fullmatch(said) else None


def _answer(slug: str, entry_id: UUID, device: str, works: Works) -> None:
    with transaction() as session:
        heard_pages.answer(
            session, slug=slug, entry_id=entry_id, device=device, works=works, now=clock.now()
        )


def _say_why(slug: str, entry_id: UUID, why: str) -> None:
    with transaction() as session:
        heard_pages.say_why(
            session,
            slug=slug,
            entry_id=entry_id,
            device=_device() or "",
            why=why,
            now=clock.now(),
        )
