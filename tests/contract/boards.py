"""The boards of the contract's evening, in every order."""

from typing import Any
from uuid import UUID


def read(caller: Any, token: str, event_id: UUID) -> None:
    """Read the fair order of an event, of everybody and of the gates."""
    asked = {"kind": "event", "event_id": event_id, "order": "fair"}
    caller.call("getLeaderboard", token=token, **asked)
    caller.call("getLeaderboard", token=token, **asked, post_class="gate")
    caller.call("getLeaderboard", token=token, kind="season", post_class="gate")
