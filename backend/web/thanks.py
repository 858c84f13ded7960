"""Where a fan lands who has rated: thanked, with room for a word and ten minutes to think again.

It says what happened with it, and nothing of whether it was believed: everybody is thanked alike.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from backend.engagement.problems import CorrectionClosed
from backend.engagement.rules import LONGEST_COMMENT, Reason
from backend.engagement.services import following, ratings, reopenings, suggestions
from backend.engagement.services.following import AskView
from backend.engagement.services.ratings import GivenAnswer, OwnAnswer
from backend.engagement.services.suggestions import Question
from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.foundation.problems import Invalid
from backend.foundation.races import until_won
from backend.integrity.guard import see_asker
from backend.settings import Settings
from backend.web.fan import address, stars_said, to_thanks, token_of
from backend.web.fan_pages import page_of, spoken

pages = Blueprint("thanks", __name__, template_folder="templates")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What its giver sees of an answer: itself, what may be said yet, and what came of it."""

    given: OwnAnswer | None
    may_reopen: bool = False
    anew: AskView | None = None
    question: Question | None = None


@pages.get("/r/<code>/thanks")
def show(code: str) -> AnyResponse:
    """Show the answer to whoever gave it, and what happened since."""
    known = _known(code)
    if known.given is None:
        return redirect(address("fan.show_question", code), code=303)
    return _page(code, known, saved="saved" in request.args)


@pages.post("/r/<code>/thanks")
def change(code: str) -> AnyResponse:
    """Keep what the fan adds or changes."""
    now, token = clock.now(), token_of(code)
    known = _known(code)
    if known.given is None:
        raise CorrectionClosed
    comment = request.form.get("comment", "").replace("\r\n", "\n")
    try:
        given = GivenAnswer(stars=stars_said(), reason=_reason(), comment=comment)
    except Invalid:
        # What cannot be kept is shown again without it: a browser would not have sent it.
        page = _page(code, known, refused=True)
        page.status_code = Invalid.status
        return page
    until_won(partial(_correct, code, given, token, now))
    return to_thanks(code, saved="yes")


@pages.post("/r/<code>/unsolved")
def say_unsolved(code: str) -> AnyResponse:
    """Ask for somebody else, who had no part in it, and lead on to where that is followed."""
    token = until_won(partial(_reopen, code, token_of(code)))
    return redirect(spoken("asking.follow", token=token), code=303)


def _known(code: str) -> _Known:
    now, key = clock.now(), _key()
    with reading() as session:
        given = ratings.find_own_answer(
            session, code=code, correction_token=token_of(code), now=now
        )
        if given is None:
            return _Known(given=None)
        anew = reopenings.find_anew(session, code=code, code_key=key, now=now)
        return _Known(
            given=given,
            may_reopen=reopenings.may_reopen_rated(session, code=code, now=now) and not anew,
            anew=following.show(session, token=anew, code_key=key, now=now) if anew else None,
            question=suggestions.find_question(session, code=code, code_key=key, now=now),
        )


def _correct(code: str, given: GivenAnswer, token: str, now: datetime) -> None:
    said = request.form.get("suggested", "")
    with transaction() as session:
        ratings.correct(session, code=code, correction_token=token, given=given, now=now)
        if said in {"yes", "no"}:
            suggestions.keep(
                session,
                code=code,
                correction_token=token,
                suggested=said == "yes",
                code_key=_key(),
                now=now,
            )


def _reopen(code: str, correction_token: str) -> str:
    with transaction() as session:
        return reopenings.say_rating_unsolved(
            session,
            code=code,
            correction_token=correction_token,
            code_key=_key(),
            now=clock.now(),
            asker=see_asker(),
        )


def _reason() -> Reason | None:
    """Return the reason of the form, None where nothing is chosen; raises Invalid."""
    said = request.form.get("reason", "")
    if said and said not in set(Reason):
        raise Invalid(errors={"reason": ["Must be one of the choices."]})
    return Reason(said) if said else None


def _page(code: str, known: _Known, **words: Any) -> Response:
    return page_of(
        "thanks",
        here=address("thanks.show", code).partition("?")[0],
        action=address("thanks.change", code),
        known=known,
        given=known.given,
        organisation_id=known.given.organisation_id if known.given else None,
        unsolved=address("thanks.say_unsolved", code) if known.may_reopen else None,
        follow=spoken("asking.follow", token=known.anew.token) if known.anew else None,
        longest_comment=LONGEST_COMMENT,
        **words,
    )


def _key() -> bytes:
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    return settings.secrets.code_key
