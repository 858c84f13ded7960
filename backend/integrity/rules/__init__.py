"""How an action's time is judged: the server's clock decides, the phone only says how long ago."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

OLDEST = timedelta(hours=72)
TOLERANCE = timedelta(seconds=5)


class Verdict(StrEnum):
    """How far an action may be believed."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    REJECTED = "rejected"


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgedTime:
    """When something happened by the server's clock, and how far to believe it."""

    at: datetime
    verdict: Verdict


def judge_time(*, phone_at: datetime, sent_at: datetime, received_at: datetime) -> JudgedTime:
    """Judge the moment ``phone_at`` of an action sent at ``sent_at``, both by the phone's clock.

    A wrong phone clock does no harm: only the time between the two is taken from it and counted
    back from ``received_at``, the server's clock. An action from the phone's own future happened
    now, unverified; one more than 72 hours old is rejected.
    """
    age = sent_at - phone_at
    if age < -TOLERANCE:
        return JudgedTime(at=received_at, verdict=Verdict.UNVERIFIED)
    at = received_at - max(age, timedelta())
    verdict = Verdict.REJECTED if age > OLDEST else Verdict.VERIFIED
    return JudgedTime(at=at, verdict=verdict)
