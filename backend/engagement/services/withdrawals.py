"""Withdrawals: what waited for a supervisor and is not given, and why.

A gesture waits only while its request is in hand of who asked for it: whatever ends that
withdraws it in the same transaction. The request is locked first, then the gesture.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from backend.engagement.models import Gesture, Request
from backend.engagement.problems import GestureNotWaiting, NotYourGesture, OwnGesture
from backend.engagement.queries import gestures as queries
from backend.engagement.queries.gestures import GestureView, view_of
from backend.engagement.rules.gestures import GestureState, Withdrawal
from backend.engagement.services.steps import InHand
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import written_out
from backend.foundation.prepared import Prepared
from backend.notify.messages import MessageKind
from backend.notify.services import messages

_withdraw = (
    update(Gesture)
    .where(
        Gesture.organisation_id == bindparam("its_organisation"),
        Gesture.request_id == bindparam("its_request"),
        Gesture.state == written_out(GestureState.WAITING),
    )
    .values(
        state=GestureState.WITHDRAWN,
        withdrawn_at=bindparam("at", type_=Gesture.withdrawn_at.type),
        withdrawal=bindparam("why", type_=Gesture.withdrawal.type),
    )
)
_ALL = Prepared(_withdraw)
_BESIDES = Prepared(_withdraw.where(Gesture.employee_id != bindparam("its_giver")))


def end_all(session: Session, *, request: Request, why: Withdrawal, at: datetime) -> None:
    """Withdraw what waits for a request whose row is locked and that is not in hand any more."""
    values = {"its_organisation": request.organisation_id, "its_request": request.id}
    _ALL.run(session, **values, at=at, why=why)


def end_besides(session: Session, *, request: Request, giver_id: UUID, at: datetime) -> None:
    """Withdraw what waits for a request that is handed over to ``giver_id``, but for their own."""
    values = {"its_organisation": request.organisation_id, "its_request": request.id}
    _BESIDES.run(session, **values, its_giver=giver_id, at=at, why=Withdrawal.REQUEST_OVER)


def lock_waiting(
    session: Session, *, organisation_id: UUID, gesture_id: UUID
) -> tuple[InHand, Gesture]:
    """Lock a gesture and its request first, so that the two do not end apart.

    Raises GestureNotFound.
    """
    key = {"organisation_id": organisation_id, "gesture_id": gesture_id}
    request_id = queries.get_gesture(session, **key).request_id
    held = InHand.of(session, organisation_id=organisation_id, request_id=request_id)
    return held, queries.lock_gesture(session, **key)


def take_back(session: Session, *, actor: Actor, gesture_id: UUID, now: datetime) -> GestureView:
    """Take back what one has asked a supervisor for; again gets the same answer.

    Raises GestureNotFound, NotYourGesture and GestureNotWaiting.
    """
    _, row = lock_waiting(session, organisation_id=actor.organisation_id, gesture_id=gesture_id)
    if row.employee_id != actor.employee_id:
        raise NotYourGesture
    if row.withdrawal is not Withdrawal.TAKEN_BACK:
        _end(row, actor, Withdrawal.TAKEN_BACK, now)
        session.flush()
    return view_of(row)


def decline(
    session: Session, *, actor: Actor, gesture_id: UUID, reason: str, now: datetime
) -> GestureView:
    """Decline what somebody else asked for, and say why; its giver is told.

    Whoever did gets the same answer again. Raises GestureNotFound, OwnGesture and
    GestureNotWaiting.
    """
    _, row = lock_waiting(session, organisation_id=actor.organisation_id, gesture_id=gesture_id)
    if row.employee_id == actor.employee_id:
        raise OwnGesture
    if row.withdrawal is Withdrawal.DECLINED and row.withdrawn_by == actor.employee_id:
        return view_of(row)
    _end(row, actor, Withdrawal.DECLINED, now)
    row.decline_reason = reason
    session.flush()
    detail = {"cents": row.cents, "currency": row.currency, "reason": reason}
    audit.record(
        session, actor=actor, act="gesture.declined", subject_id=row.id, now=now, detail=detail
    )
    messages.send(
        session,
        organisation_id=row.organisation_id,
        recipients=[row.employee_id],
        kind=MessageKind.GESTURE_DECLINED,
        subject_id=row.id,
        now=now,
    )
    return view_of(row)


def _end(row: Gesture, actor: Actor, why: Withdrawal, now: datetime) -> None:
    if row.state is not GestureState.WAITING:
        raise GestureNotWaiting
    row.state, row.withdrawal = GestureState.WITHDRAWN, why
    row.withdrawn_at, row.withdrawn_by = now, actor.employee_id
