"""Gestures: given on the spot within one's own authority; beyond it a supervisor adds them.

The request is locked first, then its giver's spending, and neither while books are in hand.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.engagement.models import Gesture, Request
from backend.engagement.problems import (
    GestureAmountRefused,
    GestureKindWithdrawn,
    GestureNotFound,
    GestureNotWaiting,
    GestureOffDuty,
    NoEveningNow,
    NotInYourHands,
    OverGestureCap,
    OwnGesture,
)
from backend.engagement.queries import gestures as queries
from backend.engagement.queries.colleagues import list_supervisors_on_duty
from backend.engagement.queries.gestures import (
    Authority,
    GestureView,
    KindFacts,
    RepeatedView,
    view_of,
)
from backend.engagement.queries.hands import is_in_hands_of
from backend.engagement.queries.tallies import Evening
from backend.engagement.rules import ActionKind, Moment
from backend.engagement.rules.gestures import GestureState, seat_key
from backend.engagement.services import actions, pay, receipts, spendings
from backend.engagement.services.actions import CREATED, Action, Result
from backend.engagement.services.steps import InHand, refuse_late, supervises
from backend.engagement.services.withdrawals import lock_waiting
from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.identity.permissions import Permission, held_with
from backend.integrity.rules import Verdict
from backend.notify.messages import MessageKind
from backend.notify.services import messages
from backend.venues.queries import EventFacts, find_present_event, is_on_duty_at, recall_event


@dataclass(frozen=True, kw_only=True, slots=True)
class NewGesture:
    """What somebody wants to give, as a phone says it.

    ``amount_cents`` is for a kind without a price; with ``needs_supervisor`` what is more than is
    left waits for one instead of being refused.
    """

    id: UUID
    request_id: UUID
    kind_id: UUID
    amount_cents: int | None = None
    needs_supervisor: bool = False

    @classmethod
    def said(cls, gesture_id: UUID, body: Mapping[str, Any]) -> "NewGesture":
        """Make a gesture of what a phone said."""
        return cls(**{**body, "id": gesture_id})

    def action(self, moment: Moment) -> Action:
        """Return what the phone did at ``moment``."""
        kind = ActionKind.GIVE_GESTURE
        printed = actions.fingerprint_of(kind, asdict(self))
        return Action(id=self.id, kind=kind, fingerprint=printed, moment=moment)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnAuthority:
    """What somebody may still give at the event that is on, and the kinds to choose from."""

    event_id: UUID
    authorities: list[Authority]
    kinds: list[KindFacts]


def give_once(
    session: Session, *, actor: Actor, new: NewGesture, moment: Moment, code_key: bytes
) -> Result:
    """Give a gesture unless this phone did already; then return the first result."""

    def act() -> Result:
        given = give(session, actor=actor, new=new, moment=moment, code_key=code_key)
        return Result.of(given, status=CREATED)

    return actions.once(session, actor=actor, action=new.action(moment), act=act)


def give(
    session: Session, *, actor: Actor, new: NewGesture, moment: Moment, code_key: bytes
) -> GestureView:
    """Give something to the fan of a request in hand, or let it wait for a supervisor.

    Nobody approves what is within one's own authority. Raises RequestNotFound, SeasonClosed,
    RequestClosed, RequestNotInHand, NotInYourHands, GestureOffDuty, GestureKindNotFound,
    GestureKindWithdrawn, GestureAmountRefused, and OverGestureCap unless a supervisor is asked.
    """
    held = InHand.lock(session, actor=actor, request_id=new.request_id)
    held.must_be_accepted(moment)
    if not is_in_hands_of(session, actor=actor, request=held.row):
        raise NotInYourHands
    _must_be_on_duty(session, actor, held.row, held.followed_by(moment))
    kind = queries.get_kind(session, organisation_id=actor.organisation_id, kind_id=new.kind_id)
    if not kind.active:
        raise GestureKindWithdrawn
    cents = _price(kind, new.amount_cents)
    evening = pay.evening_of(held.row, actor.employee_id)
    own = spendings.authority_of(session, evening, actor=actor, currency=kind.currency)
    spent = spendings.spend(
        session, evening, cents=cents, currency=kind.currency, cap_cents=own.cap_cents
    )
    if not spent and not new.needs_supervisor:
        # Read again: whoever was quicker has left less than was there a moment ago.
        now_own = spendings.authority_of(session, evening, actor=actor, currency=kind.currency)
        raise OverGestureCap(**_shown(now_own))
    event = recall_event(
        session, organisation_id=evening.organisation_id, event_id=evening.event_id
    )
    row = Gesture(
        id=new.id,
        employee_id=actor.employee_id,
        venue_id=event.venue_id,
        state=GestureState.GIVEN if spent else GestureState.WAITING,
        code_hash=receipts.hash_of(receipts.code_of(new.id, code_key=code_key)),
        asked_at=moment.at,
        given_at=moment.at if spent else None,
        **_of_request(held.row),
        **_of_kind(kind, cents),
    )
    session.add(row)
    session.flush()
    if not spent:
        _ask_supervisors(session, row, now=moment.now)
    return view_of(row)


def allow(session: Session, *, actor: Actor, gesture_id: UUID, now: datetime) -> GestureView:
    """Add what somebody else asked for beyond their own authority; its giver is told.

    Of several who do one wins, and of those who end the request meanwhile: a gesture is for a fan
    who is still there. Raises GestureNotFound, OwnGesture, SeasonClosed and GestureNotWaiting.
    """
    held, row = lock_waiting(session, organisation_id=actor.organisation_id, gesture_id=gesture_id)
    if row.employee_id == actor.employee_id:
        raise OwnGesture
    refuse_late(session, held.row, Moment.present(now))
    if row.state is not GestureState.WAITING:
        raise GestureNotWaiting
    row.state, row.given_at, row.allowed_by = GestureState.GIVEN, now, actor.employee_id
    session.flush()
    detail = {"category": row.category, "cents": row.cents, "currency": row.currency}
    audit.record(
        session, actor=actor, act="gesture.allowed", subject_id=row.id, now=now, detail=detail
    )
    messages.send(
        session,
        organisation_id=row.organisation_id,
        recipients=[row.employee_id],
        kind=MessageKind.GESTURE_ALLOWED,
        subject_id=row.id,
        now=now,
    )
    return view_of(row)


def get_visible(session: Session, *, actor: Actor, gesture_id: UUID) -> GestureView:
    """Return a gesture to its giver or to who may allow it; raises GestureNotFound."""
    found = queries.get_gesture(
        session, organisation_id=actor.organisation_id, gesture_id=gesture_id
    )
    if found.employee_id != actor.employee_id and not actor.may(Permission.ALLOW_GESTURES):
        raise GestureNotFound
    return found


def list_waiting(
    session: Session,
    *,
    actor: Actor,
    venue_id: UUID | None,
    now: datetime,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[RepeatedView]:
    """Return what waits for a supervisor at a venue: the one named, or where ``actor`` is.

    That is where they are on duty, else where an event is on. Raises NoEveningNow.
    """
    if venue_id is None:
        venue_id = _evening_of(session, actor, now, None).venue_id
    return queries.list_waiting(
        session,
        organisation_id=actor.organisation_id,
        venue_id=venue_id,
        besides=actor.employee_id,
        after=after,
        limit=limit,
    )


def _evening_of(session: Session, actor: Actor, now: datetime, venue_id: UUID | None) -> EventFacts:
    event = find_present_event(session, actor=actor, at=now, venue_id=venue_id)
    if event is None:
        raise NoEveningNow
    return event


def get_own_authority(
    session: Session, *, actor: Actor, now: datetime, venue_id: UUID | None = None
) -> OwnAuthority:
    """Return what ``actor`` has left at the event that is on; raises NoEveningNow.

    ``venue_id`` is as in `find_duty`.
    """
    owner, event = actor.organisation_id, _evening_of(session, actor, now, venue_id)
    evening = Evening(organisation_id=owner, event_id=event.id, employee_id=actor.employee_id)
    return OwnAuthority(
        event_id=event.id,
        authorities=queries.list_authorities(session, evening, roles=held_with(actor.permissions)),
        kinds=queries.list_kinds(session, organisation_id=owner, active=True),
    )


def _must_be_on_duty(session: Session, actor: Actor, request: Request, moment: Moment) -> None:
    """Refuse what is not believed: money is not spent on what a phone merely says."""
    there = is_on_duty_at(session, actor=actor, event_id=request.event_id, at=moment.at)
    if moment.verdict is not Verdict.VERIFIED or not (there or supervises(actor)):
        raise GestureOffDuty


def _price(kind: KindFacts, amount_cents: int | None) -> int:
    if (kind.cents is None) == (amount_cents is None):
        message = "Say how much." if kind.cents is None else "This kind has its price."
        raise GestureAmountRefused(errors={"json": {"amount_cents": [message]}})
    return kind.cents or amount_cents or 0


def _of_request(request: Request) -> dict[str, Any]:
    return {
        "organisation_id": request.organisation_id,
        "request_id": request.id,
        "event_id": request.event_id,
        "season_id": request.season_id,
        "seat": request.seat,
        "seat_key": seat_key(request.seat),
    }


def _of_kind(kind: KindFacts, cents: int) -> dict[str, Any]:
    return {
        "kind_id": kind.id,
        "kind_name": kind.name,
        "category": kind.category,
        "cents": cents,
        "currency": kind.currency,
    }


def _shown(own: Authority) -> dict[str, Any]:
    return {"currency": own.currency, "cap_cents": own.cap_cents, "left_cents": own.left_cents}


def _ask_supervisors(session: Session, row: Gesture, *, now: datetime) -> None:
    on_duty = list_supervisors_on_duty(
        session, organisation_id=row.organisation_id, event_id=row.event_id, now=now
    )
    messages.send(
        session,
        organisation_id=row.organisation_id,
        recipients=[who for who in on_duty if who != row.employee_id],
        kind=MessageKind.GESTURE_ASKED,
        subject_id=row.id,
        now=now,
    )
