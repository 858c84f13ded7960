"""What can stand on an employee's timeline, and where."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Happening(StrEnum):
    """A kind of line of a timeline."""

    EVENING = "evening"
    REQUEST = "request"
    RATING = "rating"
    REDEMPTION = "redemption"
    ADJUSTMENT = "adjustment"
    APPEAL = "appeal"
    EXPIRY = "expiry"
    ACT = "act"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Where a line stands: at an instant, by the id of what it tells, and its number there.

    A redemption has a line for each of its steps; everything else has one, numbered 0.
    """

    kind: Happening
    at: datetime
    id: UUID
    number: int

    @property
    def place(self) -> tuple[datetime, UUID, int]:
        """Return what timelines are sorted by."""
        return self.at, self.id, self.number
