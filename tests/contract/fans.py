"""What fans do in the evening of the contract."""

from typing import TYPE_CHECKING

from backend.engagement.services import places
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
