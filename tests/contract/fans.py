"""What fans do in the evening of the contract."""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from backend.engagement.rules.heard import Works, slug_of
from backend.engagement.services import heard_pages, places
from backend.foundation import clock
from backend.foundation.db import transaction
from backend.settings import Settings

if TYPE_CHECKING:
    from tests.contract.evening import Caller, Cast

WISH = "0192f0a0-0000-4000-8000-000000000040"


def say_unsolved(caller: "Caller", code: str, correction_token: str) -> None:
    """Let a fan say on the page of ratings that it was not solved, and change their mind."""
    unsolved = {"code": code, "correction_token": correction_token}
    anew = caller.call("reopenRated", body=unsolved).get_json()
    caller.call("cancelAsk", ask_token=anew["token"])


def ask(caller: "Caller", cast: "Cast", usher: str, hr: str) -> None:
    """Let a fan ask from the code of the gate, whom the usher did not help the first time."""
    settings: Settings = caller.app.extensions["on_the_spot.settings"]
    gate_id = cast.arena.gate_id
    caller.call("printAskSheet", token=hr, place_id=gate_id, paper="letter")
    code = places.place_code(gate_id, version=1, code_key=settings.secrets.code_key)
    wish = {"id": WISH, "place_code": code, "category": "accessibility", "seat": "Lift 2"}
    ask = caller.call("askForHelp", body=wish).get_json()["token"]
    opened = caller.call("listSomeRequests", token=usher).get_json()["items"]
    [request_id] = [one["id"] for one in opened if one["opened_by"] is None]
    caller.call("acceptRequest", token=usher, request_id=request_id)
    caller.call("resolveRequest", token=usher, request_id=request_id)
    caller.call("reopenAsk", ask_token=ask)
    caller.call("followAsk", ask_token=ask)
    caller.call("cancelAsk", ask_token=ask)
    caller.call("renewAskCodes", token=hr, venue_id=cast.arena.venue_id)


def keep(caller: "Caller", hr: str) -> None:
    """Let HR say for how long what fans wrote is kept."""
    caller.call("getRetention", token=hr)
    caller.call("setRetention", token=hr, body={"word_days": 180, "signal_days": 30})


def hear(caller: "Caller", cast: "Cast", hr: str) -> None:
    """Let HR tell what was done, a fan say that it does not work yet, and HR show why."""
    venue_id = cast.arena.venue_id
    words = {"asked": "Shorter queues for food", "done": "Two more stands upstairs."}
    written = {"venue_id": str(venue_id), "category": "food_and_drink", **words}
    entry = caller.call("writeHeardEntry", token=hr, body=written).get_json()
    other = {"seen_version": 1, "done": "Three more stands upstairs."}
    caller.call("changeHeardEntry", token=hr, entry_id=entry["id"], body=other)
    device, slug = "a-device", slug_of(venue_id, "ARENA")
    at: dict[str, Any] = {"slug": slug, "entry_id": UUID(entry["id"]), "device": device}
    with caller.app.app_context(), transaction() as session:
        heard_pages.answer(session, **at, works=Works.NOT_YET, now=clock.now())
        heard_pages.say_why(session, **at, why="They close at half time.", now=clock.now())
    [why] = caller.call("listHeardWhys", token=hr).get_json()["items"]
    decision = {"decision": "show", "reason": "Fair, and names nobody."}
    caller.call("decideHeardWhy", token=hr, answer_id=why["id"], body=decision)
    caller.call("listHeardEntries", token=hr)
    caller.call("withdrawHeardEntry", token=hr, entry_id=entry["id"])
