"""The page that a code in the building opens: what do you need? And the one that follows it.

Asking takes the code of a place, following the token of the ask; nobody is signed in. Opening
either records nothing.
"""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from backend.engagement.problems import IdAlreadyUsed
from backend.engagement.rules import Category
from backend.engagement.rules.asks import LONGEST_NOTE, LONGEST_SEAT
from backend.engagement.services import asks, following, places, reopenings
from backend.engagement.services.asks import Asked, NewAsk
from backend.engagement.services.following import AskView
from backend.foundation import clock
from backend.foundation.db import reading, transaction
from backend.foundation.problems import Invalid
from backend.foundation.races import until_won
from backend.integrity.guard import see_asker
from backend.settings import Settings
from backend.venues.queries import SiteFacts
from backend.web.assets import asset
from backend.web.fan_pages import page_of, spoken
from backend.web.heard import address_of_venue

pages = Blueprint("asking", __name__, template_folder="templates")


@pages.get("/ask")
@pages.get("/ASK", endpoint="show_typed")
def show_door() -> Response:
    """Say where codes are found."""
    return page_of("door", here=url_for("asking.show_door"))


@pages.get("/ask/<code>")
@pages.get("/ASK/<code>", endpoint="show_scanned")
def show_question(code: str) -> Response:
    """Ask what is needed, while an event is on."""
    with reading() as session:
        site, plain = places.get_site(session, code=code, code_key=_key())
        event = asks.get_event_here(session, site=site, now=clock.now())
    return _question(plain, site=site, event_name=event.name)


@pages.post("/ask/<code>")
def ask_for_help(code: str) -> AnyResponse:
    """Keep what was asked for, and lead on to where it is followed."""
    now, key = clock.now(), _key()
    with reading() as session:
        site, plain = places.get_site(session, code=code, code_key=key)
        event = asks.get_event_here(session, site=site, now=now)
    try:
        new = _said()
    except Invalid as refusal:
        page = _question(plain, site=site, event_name=event.name, refused=True)
        page.status_code = refusal.status
        return page
    try:
        asked = until_won(partial(_ask, plain, new))
    except IdAlreadyUsed:
        # A browser that went back and sends the page again, with something else in it.
        return redirect(spoken("asking.show_question", code=plain), code=303)
    return redirect(spoken("asking.follow", token=asked.token), code=303)


@pages.get("/ask/follow/<token>")
def follow(token: str) -> Response:
    """Show how far it is; asked again with its ETag, that nothing has changed."""
    with reading() as session:
        view = following.show(session, token=token, code_key=_key(), now=clock.now())
        heard = address_of_venue(view.site)
    page = _followed(view, heard)
    if view.rating_code is None:
        page.add_etag()
        page.make_conditional(request)
    return page


@pages.post("/ask/follow/<token>/cancel")
def cancel(token: str) -> AnyResponse:
    """Take it back."""
    until_won(partial(_cancel, token))
    return redirect(spoken("asking.follow", token=token), code=303)


@pages.post("/ask/follow/<token>/unsolved")
def reopen(token: str) -> AnyResponse:
    """Ask for somebody else."""
    until_won(partial(_reopen, token))
    return redirect(spoken("asking.follow", token=token), code=303)


def _key() -> bytes:
    settings: Settings = current_app.extensions["on_the_spot.settings"]
    return settings.secrets.code_key


def _said() -> NewAsk:
    """Return what the form says; raises Invalid."""
    form = request.form
    try:
        ask_id, category = UUID(form.get("id", "")), Category(form.get("category", ""))
    except ValueError as error:
        raise Invalid from error
    return NewAsk(id=ask_id, category=category, seat=form.get("seat"), note=form.get("note"))


def _ask(code: str, new: NewAsk) -> Asked:
    with transaction() as session:
        return asks.ask(
            session,
            code=code,
            new=new,
            code_key=_key(),
            now=clock.now(),
            asker=see_asker(),
        )


def _cancel(token: str) -> None:
    with transaction() as session:
        asks.cancel(session, token=token, now=clock.now())


def _reopen(token: str) -> None:
    with transaction() as session:
        reopenings.say_unsolved(session, token=token, now=clock.now(), asker=see_asker())


def _question(code: str, *, site: SiteFacts, **words: Any) -> Response:
    return page_of(
        "ask",
        organisation_id=site.organisation_id,
        place=site.name,
        here=url_for("asking.show_question", code=code),
        action=spoken("asking.ask_for_help", code=code),
        ask_id=uuid4(),
        needs=list(Category),
        said=request.form,
        longest_seat=LONGEST_SEAT,
        longest_note=LONGEST_NOTE,
        **words,
    )


def _followed(view: AskView, heard: str) -> Response:
    return page_of(
        "follow",
        here=url_for("asking.follow", token=view.token),
        scripted=asset("follow.js") if view.look_again_seconds else None,
        ask=view,
        look_again=spoken("asking.follow", token=view.token),
        cancel=spoken("asking.cancel", token=view.token),
        unsolved=spoken("asking.reopen", token=view.token),
        rate=spoken("fan.show_question", code=view.rating_code) if view.rating_code else None,
        anew=spoken("asking.show_question", code=view.place_code),
        heard=heard,
        organisation_id=view.site.organisation_id,
    )
