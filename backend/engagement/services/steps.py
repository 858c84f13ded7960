"""One step of a request: who may take it, how far it is believed, and its line in the history."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from backend.engagement.models import CreditShare, Request, RequestStep
from backend.engagement.problems import (
    RequestAlreadyTaken,
    RequestClosed,
    RequestNotInHand,
    SomebodyElseNeeded,
)
from backend.engagement.queries.hands import get_taken_at
from backend.engagement.queries.requests import (
    get_shares,
    list_former,
    list_shares,
    lock_request,
)
from backend.engagement.rules import ENDED, Moment, Status, Step
from backend.foundation.actor import Actor
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import Prepared
from backend.identity.permissions import Permission
from backend.integrity.rules import Verdict
from backend.venues.problems import SeasonClosed
from backend.venues.queries import Duty, find_duty, recall_event

_WORSE = (Verdict.VERIFIED, Verdict.UNVERIFIED, Verdict.REJECTED)
_STEPS, _SHARES = PreparedInsert(RequestStep), PreparedInsert(CreditShare)


def worse(one: Verdict, other: Verdict) -> Verdict:
    """Return the worse of two verdicts."""
    return max(one, other, key=_WORSE.index)


def supervises(actor: Actor) -> bool:
    """Tell whether ``actor`` answers for the requests of others."""
    return actor.may(Permission.SEE_ALL_REQUESTS)


def believed(duty: Duty | None, moment: Moment) -> Verdict:
    """Return how far a step is believed: what hourly staff do off duty is never verified."""
    if duty is None:
        return worse(moment.verdict, Verdict.UNVERIFIED)
    return moment.verdict


def verdict_of_opening(session: Session, row: Request) -> Verdict:
    """Return how far a request is believed that is put back: as when it was opened.

    What was done with it since is undone, and costs the next one nothing.
    """
    opened = select(RequestStep.detail).where(
        RequestStep.organisation_id == row.organisation_id,
        RequestStep.request_id == row.id,
        RequestStep.number == 1,
    )
    detail = session.scalar(opened) or {}
    return Verdict(detail.get("verdict", Verdict.VERIFIED))


def refuse_late(session: Session, row: Request, moment: Moment) -> None:
    """Raise SeasonClosed for what comes after the season of a request was closed."""
    event = recall_event(session, organisation_id=row.organisation_id, event_id=row.event_id)
    if event.is_late(moment.now):
        raise SeasonClosed


def has_cancelled(session: Session, row: Request, *, actor: Actor, by: Step) -> bool:
    """Tell whether a request is cancelled, and ``actor`` did so, ``by`` this step."""
    mine = select(RequestStep.number).where(
        RequestStep.organisation_id == row.organisation_id,
        RequestStep.request_id == row.id,
        RequestStep.step == by,
        RequestStep.employee_id == actor.employee_id,
    )
    return row.status is Status.CANCELLED and session.scalar(mine) is not None


def list_besides(session: Session, row: Request) -> set[UUID]:
    """Return who had a part in what a request reopens, and so cannot take it."""
    if row.reopens_id is None:
        return set()
    owner = row.organisation_id
    former = list_former(session, organisation_id=owner, request_id=row.reopens_id)
    shares = list_shares(session, organisation_id=owner, request_ids=former)
    return {who for held in shares.values() for who in held}


def refuse_former(session: Session, row: Request, employee_id: UUID) -> None:
    """Raise SomebodyElseNeeded for who had a part in what a request reopens."""
    if employee_id in list_besides(session, row):
        raise SomebodyElseNeeded


def left_post(duty: Duty | None, zone_id: UUID) -> UUID | None:
    """Return the post that somebody on ``duty`` leaves to go to ``zone_id``, if it is elsewhere."""
    return duty.post_id if duty and duty.zone_id != zone_id else None


@dataclass(kw_only=True)
class InHand:
    """A request whose row is locked, and who holds how much of its credit."""

    session: Session
    row: Request
    shares: dict[UUID, int]

    @classmethod
    def lock(cls, session: Session, *, actor: Actor, request_id: UUID) -> "InHand":
        """Lock a request of the actor's organisation; raises RequestNotFound."""
        return cls.of(session, organisation_id=actor.organisation_id, request_id=request_id)

    @classmethod
    def of(cls, session: Session, *, organisation_id: UUID, request_id: UUID) -> "InHand":
        """Lock a request of an organisation; raises RequestNotFound."""
        owned = {"organisation_id": organisation_id, "request_id": request_id}
        row = lock_request(session, **owned)
        return cls(session=session, row=row, shares=get_shares(session, **owned))

    def must_be_accepted(self, moment: Moment) -> None:
        """Raise unless somebody has it in hand: SeasonClosed, RequestClosed, RequestNotInHand."""
        refuse_late(self.session, self.row, moment)
        if self.row.status in ENDED:
            raise RequestClosed
        if self.row.status is not Status.ACCEPTED:
            raise RequestNotInHand

    def followed_by(self, moment: Moment) -> Moment:
        """Return when somebody did something with it, which cannot be before it was in hand."""
        taken_at = get_taken_at(self.session, request=self.row)
        return moment.following(max(taken_at, self.row.opened_at))

    def judged(self, *, actor: Actor, moment: Moment) -> Verdict:
        """Return how far it is believed once ``actor`` did something with it, which may earn."""
        duty = find_duty(self.session, actor=actor, at=moment.at)
        return worse(self.row.verdict, believed(duty, self.followed_by(moment)))

    def hold(self, shares: dict[UUID, int]) -> None:
        """Let ``shares``, which sum to 100 or are none, be the credit from now on."""
        key = {"organisation_id": self.row.organisation_id, "request_id": self.row.id}
        self.session.execute(delete(CreditShare).filter_by(**key))
        credit(self.session, self.row, shares)
        self.shares = shares


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """What is written into the history."""

    step: Step
    employee_id: UUID | None
    moment: Moment
    other_id: UUID | None = None
    detail: dict[str, Any] = field(default_factory=dict)

    def too_late(self) -> "Mark":
        """Return the mark of a step that came after the season was closed, and says which."""
        return replace(self, step=Step.SEASON_CLOSED, detail={"step": self.step})


def credit(session: Session, row: Request, shares: Mapping[UUID, int]) -> None:
    """Write down who holds how much of the credit for a request that nobody had any of."""
    key = {"organisation_id": row.organisation_id, "request_id": row.id}
    _SHARES.run(
        session,
        [{**key, "employee_id": who, "percent": percent} for who, percent in shares.items()],
    )


@cache
def _change(names: tuple[str, ...]) -> Prepared:
    """Return the statement that changes the columns ``names`` of a request as it was read."""
    columns = Request.__table__.columns
    asked = {
        columns[name] == bindparam(f"its_{name}", type_=columns[name].type)
        for name in ("organisation_id", "id", "status", "steps")
    }
    changed = {name: bindparam(f"new_{name}", type_=columns[name].type) for name in names}
    return Prepared(update(Request).where(*asked).values(changed))


def take(session: Session, row: Request, mark: Mark, **changes: Any) -> None:
    """Change ``row``, stored and here, if it still stands as it was read; write the step down.

    Raises RequestAlreadyTaken when somebody else changed it first.
    """
    changes["steps"] = row.steps + 1
    cursor = _change(tuple(sorted(changes))).run(
        session,
        its_organisation_id=row.organisation_id,
        its_id=row.id,
        its_status=row.status,
        its_steps=row.steps,
        **{f"new_{name}": value for name, value in changes.items()},
    )
    if cursor.rowcount != 1:
        raise RequestAlreadyTaken
    for name, value in changes.items():
        setattr(row, name, value)
    write(session, row, mark)


def write(session: Session, row: Request, mark: Mark) -> None:
    """Write ``mark`` down as the latest step of ``row``."""
    step = {
        "organisation_id": row.organisation_id,
        "request_id": row.id,
        "number": row.steps,
        "step": mark.step,
        "employee_id": mark.employee_id,
        "other_id": mark.other_id,
        "detail": mark.detail,
        "at": mark.moment.at,
        "recorded_at": mark.moment.now,
    }
    _STEPS.run(session, [step])
