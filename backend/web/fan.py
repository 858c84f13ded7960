"""The fan's page: one question, one tap, and ten minutes to think again.

Nothing here is recorded by opening it: mail and chat scanners open links. The code in the address
is the whole authority, nobody is signed in, so a forged form gains nothing that the code alone does
not give; there is no other token against forgery.
"""

import hashlib
import re
import secrets
from dataclasses import replace
from datetime import datetime
from functools import partial

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from backend.engagement.guard import counting_guesses
from backend.engagement.problems import (
    CodeAlreadyUsed,
    CorrectionClosed,
    NotYetRated,
    TooManyCorrections,
    UnknownCode,
    WrongCorrectionToken,
)
from backend.engagement.rules import CORRECTION_SECONDS
from backend.engagement.services import ratings
from backend.engagement.services.ratings import (
    GivenAnswer,
    InvitationState,
    InvitationView,
    Received,
)
from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.foundation.problems import Invalid
from backend.foundation.races import until_won
from backend.integrity.guard import see_phone
from backend.integrity.rules.suspicions import Sighting
from backend.web.fan_pages import fan_policy
from backend.web.languages import chosen_language
from backend.web.security import POLICY, secure_cookies
from backend.web.styles import inlined

# One for each answer, so that a phone may rate two who helped; all of them are gone in ten minutes.
COOKIE = "answer-{}"
PLACE = "/r/"
STYLE, STYLE_SOURCE = inlined("house.css", "fan.css")
PAGE_POLICY = fan_policy(STYLE_SOURCE)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")
# The answer's token, and what the browser is known by for as long as it keeps one.
_KEPT = re.compile(r"answer-[0-9a-f]{16}=([A-Za-z0-9_-]{22})\.([A-Za-z0-9_-]{22})")

pages = Blueprint("fan", __name__, template_folder="templates")


@pages.get("/r/<code>")
@pages.get("/R/<code>", endpoint="show_scanned")
def show_question(code: str) -> Response:
    """Ask how it went, or say why not; whoever has just answered sees the answer again."""
    now = clock.now()
    with counting_guesses(), reading() as session:
        invitation = ratings.find_invitation(session, code=code, now=now)
        if invitation.state is InvitationState.UNKNOWN:
            raise UnknownCode
        token = token_of(invitation.code or code)
        given = ratings.find_own_answer(session, code=code, correction_token=token, now=now)
    if given and invitation.code:
        return to_thanks(invitation.code)
    used_code = invitation.code if invitation.state is InvitationState.USED else None
    if used_code and request.path != url_for("fan.show_question", code=used_code):
        # The browser shows who has answered at that address only, not at the scanned one.
        return _redirect(address("fan.show_question", used_code))
    if invitation.state is InvitationState.USED:
        raise CodeAlreadyUsed
    return _asked(invitation.code or code, invitation)


@pages.post("/r/<code>")
def give_answer(code: str) -> Response:
    """Keep the tap, and lead on to the page that can be loaded again without harm."""
    given = GivenAnswer(stars=stars_said())
    token = request.form.get("token", "")
    browser = _browser()
    with counting_guesses():
        received = _receive(code, given, token if _TOKEN.fullmatch(token) else None, browser)
    response = to_thanks(code)
    response.set_cookie(
        _cookie(code),
        f"{received.correction_token}.{browser}",
        max_age=CORRECTION_SECONDS,
        path=PLACE,
        secure=secure_cookies(),
        httponly=True,
        samesite="Strict",
    )
    return response


def _receive(code: str, given: GivenAnswer, token: str | None, browser: str) -> Received:
    """Keep an answer; a tap that was sent twice is one answer, known by the page's own token."""
    now = clock.now()
    sighting = see_phone(browser=browser)
    try:
        return until_won(partial(_keep, code, given, token, now, sighting))
    except CodeAlreadyUsed:
        if token is None:
            raise
        return _again(code, given, token, now)


def _keep(
    code: str,
    given: GivenAnswer,
    token: str | None,
    now: datetime,
    sighting: Sighting | None,
) -> Received:
    with transaction() as session:
        return ratings.receive(
            session,
            code=code,
            given=given,
            correction_token=token,
            sighting=sighting,
            now=now,
        )


def _correct(code: str, given: GivenAnswer, token: str, now: datetime) -> Received:
    with transaction() as session:
        return ratings.correct(session, code=code, correction_token=token, given=given, now=now)


def _again(code: str, given: GivenAnswer, token: str, now: datetime) -> Received:
    with reading() as session:
        before = ratings.find_own_answer(session, code=code, correction_token=token, now=now)
    if before is None:
        raise CodeAlreadyUsed
    said = replace(given, reason=before.reason, comment=before.comment)
    try:
        return until_won(partial(_correct, code, said, token, now))
    except (NotYetRated, WrongCorrectionToken, CorrectionClosed, TooManyCorrections) as refusal:
        raise CodeAlreadyUsed from refusal


def _cookie(code: str) -> str:
    """Return the name of the cookie of an answer; it does not tell the code."""
    return COOKIE.format(hashlib.sha256(code.encode()).hexdigest()[:16])


def token_of(code: str) -> str:
    """Return the token of the answer to ``code`` that this browser keeps, if it does."""
    return request.cookies.get(_cookie(code), "").partition(".")[0]


def _browser() -> str:
    """Return what this browser is known by: as with the answers that it can still correct.

    One that keeps none is known by something new, so that nobody is followed past ten minutes.
    """
    known = _KEPT.search(request.headers.get("Cookie", ""))
    return known[2] if known else secrets.token_urlsafe(16)


def stars_said() -> int:
    """Return the stars of the form; raises Invalid."""
    said = request.form.get("stars", "")
    if said not in {"1", "2", "3", "4", "5"}:
        raise Invalid(errors={"stars": ["Must be 1 to 5."]})
    return int(said)


def to_thanks(code: str, *, saved: str | None = None) -> Response:
    """Lead on to the page of thanks."""
    return _redirect(address("thanks.show", code, saved=saved))


def _redirect(where: str) -> Response:
    return make_response(redirect(where, code=303))


def _asked(code: str, invitation: InvitationView) -> Response:
    text = render_template(
        "fan/question.html",
        here=url_for("fan.show_question", code=code),
        action=address("fan.show_question", code),
        fan_style=STYLE,
        organisation_id=invitation.organisation_id,
        invitation=invitation,
        token=secrets.token_urlsafe(16),
    )
    return dress(make_response(text))


def render_problem(problem: str) -> Response:
    """Return the page that says why a code cannot be used, by the code of the problem."""
    here = request.path if request.method in {"GET", "HEAD"} else None
    text = render_template("fan/problem.html", code=problem, here=here, fan_style=STYLE)
    return dress(make_response(text))


def dress(page: Response) -> Response:
    """Return ``page`` with what browsers and search engines should know."""
    page.headers[POLICY] = PAGE_POLICY
    page.headers["X-Robots-Tag"] = "noindex, nofollow"
    page.headers["Vary"] = "Accept-Language"
    return page


def address(endpoint: str, code: str, *, saved: str | None = None) -> str:
    """Return the address of a page about ``code``, in the language that the reader chose."""
    return url_for(endpoint, code=code, lang=chosen_language(), saved=saved)
