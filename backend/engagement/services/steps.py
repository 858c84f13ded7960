"""One step of a request: who may take it, how far it is believed, and its line in the history."""

from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, delete, update
from sqlalchemy.orm import Session

from backend.engagement.models import CreditShare, Request, RequestStep
from backend.engagement.problems import RequestAlreadyTaken, RequestClosed, RequestNotInHand
from backend.engagement.queries.requests import list_shares, lock_request
from backend.engagement.rules import Moment, Status, Step
from backend.foundation.actor import Actor
from backend.identity.permissions import Permission
from backend.integrity.rules import Verdict
from backend.venues.queries import Duty

_WORSE = (Verdict.VERIFIED, Verdict.UNVERIFIED, Verdict.REJECTED)
CLOSED = (Status.RESOLVED, Status.CANCELLED)


def worse(one: Verdict, other: Verdict) -> Verdict:
    """Return the worse of two verdicts."""
    return max(one, other, key=_WORSE.index)


def supervises(actor: Actor) -> bool:
    """Tell whether ``actor`` answers for the requests of others."""
    return actor.may(Permission.SEE_ALL_REQUESTS)


def believed(actor: Actor, duty: Duty | None, moment: Moment) -> Verdict:
    """Return how far a step is believed: what hourly staff do off duty is never verified."""
    if duty is None and not supervises(actor):
        return worse(moment.verdict, Verdict.UNVERIFIED)
    return moment.verdict


def left_post(duty: Duty | None, zone_id: UUID) -> UUID | None:
    """Return the post that somebody on ``duty`` leaves to go to ``zone_id``, if it is elsewhere."""
    return duty.post_id if duty and duty.zone_id != zone_id else None


@dataclass(kw_only=True)
class InHand:
    """A request whose row is locked, and who holds how much of its credit."""

    session: Session
    actor: Actor
    row: Request
    shares: dict[UUID, int]

    @classmethod
    def lock(cls, session: Session, *, actor: Actor, request_id: UUID) -> "InHand":
        """Lock a request of the actor's organisation; raises RequestNotFound."""
        owner = actor.organisation_id
        row = lock_request(session, organisation_id=owner, request_id=request_id)
        shares = list_shares(session, organisation_id=owner, request_ids=[request_id])
        return cls(session=session, actor=actor, row=row, shares=shares[request_id])

    def must_be_accepted(self) -> None:
        """Raise RequestClosed or RequestNotInHand unless somebody has it in hand."""
        if self.row.status in CLOSED:
            raise RequestClosed
        if self.row.status is not Status.ACCEPTED:
            raise RequestNotInHand

    def hold(self, shares: dict[UUID, int]) -> None:
        """Let ``shares``, which sum to 100 or are none, be the credit from now on."""
        key = {"organisation_id": self.row.organisation_id, "request_id": self.row.id}
        self.session.execute(delete(CreditShare).filter_by(**key))
        self.session.add_all(
            CreditShare(**key, employee_id=who, percent=percent) for who, percent in shares.items()
        )
        self.session.flush()
        self.shares = shares


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What is written into the history."""

    step: Step
    employee_id: UUID | None
    moment: Moment
    other_id: UUID | None = None
    detail: dict[str, Any] = field(default_factory=dict)


def take(session: Session, row: Request, mark: Mark, **changes: Any) -> None:
    """Change ``row`` if it still stands as it was read, and write the step down.

    Raises RequestAlreadyTaken when somebody else changed it first.
    """
    result = session.execute(
        update(Request)
        .where(
            Request.organisation_id == row.organisation_id,
            Request.id == row.id,
            Request.status == row.status,
            Request.steps == row.steps,
        )
        .values(steps=Request.steps + 1, **changes),
        execution_options={"synchronize_session": False},
    )
    if cast(CursorResult[Any], result).rowcount != 1:
        raise RequestAlreadyTaken
    session.refresh(row)
    write(session, row, mark)


def write(session: Session, row: Request, mark: Mark) -> None:
    """Write ``mark`` down as the latest step of ``row``."""
    session.add(
        RequestStep(
            organisation_id=row.organisation_id,
            request_id=row.id,
            number=row.steps,
            step=mark.step,
            employee_id=mark.employee_id,
            other_id=mark.other_id,
            detail=mark.detail,
            at=mark.moment.at,
            recorded_at=mark.moment.now,
        )
    )
    session.flush()
