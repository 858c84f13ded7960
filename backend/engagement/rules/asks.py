"""What fans may ask for themselves: how much of it, how often to look, how often anew."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

LONGEST_SEAT, LONGEST_NOTE = 40, 280
# Of one place, whoever it is that asks: a block of a thousand seats has a few wishes at a time,
# and more than these nobody could see to. It is also the most that a prank can put on a place.
MOST_WAITING = 25
MOST_ASKED, ASKED_WITHIN = 40, timedelta(minutes=10)
# Whoever was not helped by three people needs a supervisor, not a fourth.
MOST_REOPENINGS = 2
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
# After so long without news, look again after so many seconds.
_PATIENCE = (
    (timedelta(minutes=1), 8),
    (timedelta(minutes=3), 15),
    (timedelta(minutes=10), 30),
    (timedelta(minutes=30), 60),
)
_LONGEST_WAIT = 120


class AskState(StrEnum):
    """How far what a fan asked for has come."""

    RECEIVED = "received"
    ON_THE_WAY = "on_the_way"
    DONE = "done"
    CANCELLED = "cancelled"
    CLOSED = "closed"


GOING_ON = frozenset({AskState.RECEIVED, AskState.ON_THE_WAY})


@dataclass(frozen=True, kw_only=True, slots=True)
class PrintedPlace:
    """A place as it is on the sheet that hangs there; ``label`` is the organisation's own code."""

    organisation: str
    venue: str
    name: str
    label: str
    zone: str | None
    code: str


def look_again_seconds(state: AskState, *, since: datetime, now: datetime) -> int | None:
    """Return when to look again for news, None when there will be none.

    The longer nothing has happened ``since`` the last news, the longer it is.
    """
    if state not in GOING_ON:
        return None
    waited = now - since
    return next((seconds for bound, seconds in _PATIENCE if waited < bound), _LONGEST_WAIT)


def window_of(now: datetime, *, length: timedelta) -> datetime:
    """Return when the while of ``length`` began in which ``now`` is."""
    return now - (now - _EPOCH) % length
