"""An employee's timeline: everything that happened around them, in one order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.insight.queries import happenings as told
from backend.insight.queries.timelines import WantedLines, list_marks
from backend.insight.rules.timelines import Happening, Mark
from backend.rewards.rules import AdjustmentKind, AdjustmentStatus, RedemptionStatus

# Steps of a redemption that give its points back.
GIVEN_BACK = frozenset(
    {RedemptionStatus.DECLINED, RedemptionStatus.CANCELLED, RedemptionStatus.EXPIRED}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line of a timeline, and what it tells: one of the classes of `queries.happenings`."""

    mark: Mark
    told: Any

    @property
    def actor_id(self) -> UUID | None:
        """Return who did it, where that is not the employee."""
        found: UUID | None = getattr(self.told, "actor_id", None)
        return found

    @property
    def points(self) -> int | None:
        """Return what it meant for their points as things stand, None where it moved none.

        What a reversal took is taken off the lines of the work that had earned it.
        """
        kind, it = self.mark.kind, self.told
        if kind in {Happening.REQUEST, Happening.RATING}:
            points: int = it.points
            return points
        if kind is Happening.REDEMPTION:
            if it.step is RedemptionStatus.ASKED:
                return -int(it.points)
            return int(it.points) if it.step in GIVEN_BACK else None
        if kind is Happening.ADJUSTMENT and it.status is AdjustmentStatus.APPLIED:
            return int(it.points) if it.kind is AdjustmentKind.AMOUNT else None
        return -int(it.points) if kind is Happening.EXPIRY else None


def list_lines(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: WantedLines,
    before: tuple[datetime, UUID, int] | None,
    limit: int,
) -> list[Line]:
    """Return at most ``limit`` lines of an employee's timeline, the newest first.

    It takes one statement for their places and at most three for each kind that is among them,
    however long the employee has been here.
    """
    marks = list_marks(
        session, organisation_id=organisation_id, wanted=wanted, before=before, limit=limit
    )
    known = _told(session, organisation_id, wanted, marks)
    return [Line(mark=mark, told=known[mark.kind][_key(mark)]) for mark in marks]


def _key(mark: Mark) -> Any:
    return (mark.id, mark.number) if mark.kind is Happening.REDEMPTION else mark.id


def _told(
    session: Session, organisation_id: UUID, wanted: WantedLines, marks: Sequence[Mark]
) -> dict[Happening, Mapping[Any, Any]]:
    owner: dict[str, Any] = {"organisation_id": organisation_id}
    whose = owner | {"employee_id": wanted.employee_id}
    others = wanted.employee_id not in wanted.not_about
    tellers: Mapping[Happening, tuple[Any, dict[str, Any]]] = {
        Happening.EVENING: (told.tell_evenings, whose | {"with_ratings": others}),
        Happening.REQUEST: (told.tell_requests, whose),
        Happening.RATING: (told.tell_ratings, whose),
        Happening.REDEMPTION: (told.tell_redemptions, owner),
        Happening.ADJUSTMENT: (told.tell_adjustments, whose),
        Happening.APPEAL: (told.tell_appeals, owner),
        Happening.EXPIRY: (told.tell_expiries, owner),
        Happening.ACT: (told.tell_acts, owner),
    }
    return {
        kind: tell(session, **asked, ids={mark.id for mark in marks if mark.kind is kind})
        for kind, (tell, asked) in tellers.items()
        if any(mark.kind is kind for mark in marks)
    }
