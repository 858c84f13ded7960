"""A rating on a phone of staff, and what HR makes of it."""

from collections.abc import Callable
from uuid import UUID

from flask import Flask
from werkzeug.test import TestResponse

from backend.engagement.services import packs, ratings
from backend.engagement.services.ratings import GivenAnswer
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import transaction
from backend.settings import Settings
from tests.engagement.suspects import phone


def hold(app: Flask, *, hr: Actor, pack_id: UUID) -> None:
    """Let the first card of a pack be rated on a phone of staff."""
    settings: Settings = app.extensions["on_the_spot.settings"]
    with app.app_context(), transaction() as session:
        key = settings.secrets.code_key
        printed = packs.get_printed(session, actor=hr, pack_id=pack_id, code_key=key)
        ratings.receive(
            session,
            code=printed.cards[0].code,
            given=GivenAnswer(stars=5),
            sighting=phone(staff=True),
            now=clock.now(),
        )


def review(call: Callable[..., TestResponse], hr: str) -> None:
    """Let HR look at it, and accept it."""
    [waiting] = call("listHeldRatings", token=hr).get_json()["items"]
    which = {"token": hr, "rating_id": waiting["rating_id"]}
    call("getHeldRating", **which)
    call("askAboutRating", **which, body={"question": "Who was at the gate with the usher?"})
    judgement = {
        "decision": "accepted",
        "reason": "The fan had no phone, and an usher lent theirs.",
        "seen_version": waiting["version"],
    }
    call("decideReview", **which, body=judgement)
