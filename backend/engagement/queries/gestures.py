"""Reads of gestures, of their kinds, and of what is left to give."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_
from sqlalchemy.orm import Session, aliased

from backend.engagement.models import Gesture, GestureCap, GestureKind, GestureSpending
from backend.engagement.problems import GestureKindNotFound, GestureNotFound
from backend.engagement.queries.tallies import Evening
from backend.engagement.rules.gestures import (
    GestureCategory,
    GestureState,
    Withdrawal,
    left_of,
    seat_key,
)
from backend.foundation.db import take_turn
from backend.identity.permissions import Role


@dataclass(frozen=True, kw_only=True, slots=True)
class KindFacts:
    """Something that may be given; without ``cents`` the giver says how much."""

    id: UUID
    name: str
    category: GestureCategory
    cents: int | None
    currency: str
    active: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CapFacts:
    """How much somebody with ``role`` may give at one event."""

    role: Role
    currency: str
    cents: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Authority:
    """What somebody may give at an event in one currency, and has given."""

    currency: str
    cap_cents: int
    spent_cents: int

    @property
    def left_cents(self) -> int:
        """Return what is left."""
        return left_of(self.cap_cents, self.spent_cents)


@dataclass(frozen=True, kw_only=True, slots=True)
class GestureView:
    """A gesture as it stands."""

    id: UUID
    request_id: UUID
    event_id: UUID
    employee_id: UUID
    kind_id: UUID
    kind_name: str
    category: GestureCategory
    cents: int
    currency: str
    seat: str | None
    state: GestureState
    asked_at: datetime
    given_at: datetime | None
    allowed_by: UUID | None
    withdrawn_at: datetime | None
    withdrawal: Withdrawal | None
    withdrawn_by: UUID | None
    decline_reason: str | None
    claimed_at: datetime | None
    claimed_by: UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RepeatedView:
    """A gesture, and how many were given to its seat in the season, this one included."""

    gesture: GestureView
    repeats: int


@dataclass(frozen=True, kw_only=True, slots=True)
class WantedGestures:
    """Which gestures to list; None does not restrict."""

    event_id: UUID | None = None
    employee_id: UUID | None = None
    seat: str | None = None
    state: GestureState | None = None


def kind_of(row: GestureKind) -> KindFacts:
    """Return the facts in ``row``."""
    return KindFacts(**{name: getattr(row, name) for name in KindFacts.__dataclass_fields__})


def view_of(row: Gesture) -> GestureView:
    """Return the gesture in ``row``."""
    return GestureView(**{name: getattr(row, name) for name in GestureView.__dataclass_fields__})


def get_kind(session: Session, *, organisation_id: UUID, kind_id: UUID) -> KindFacts:
    """Return a kind of gesture; raises GestureKindNotFound."""
    row = session.get(GestureKind, (organisation_id, kind_id))
    if row is None:
        raise GestureKindNotFound
    return kind_of(row)


def lock_kind(session: Session, *, organisation_id: UUID, kind_id: UUID) -> GestureKind:
    """Return the row of a kind of gesture in hand; raises GestureKindNotFound."""
    key = (organisation_id, kind_id)
    row = session.get(GestureKind, key, populate_existing=True, with_for_update=True)
    if row is None:
        raise GestureKindNotFound
    return row


def list_kinds(
    session: Session,
    *,
    organisation_id: UUID,
    active: bool | None = None,
    after: tuple[str, UUID] | None = None,
    limit: int | None = None,
) -> list[KindFacts]:
    """Return kinds of gestures by name, those after the (name, id) of ``after``."""
    query = select(GestureKind).where(GestureKind.organisation_id == organisation_id)
    if active is not None:
        query = query.where(GestureKind.active == active)
    if after is not None:
        name, kind_id = after
        query = query.where(
            (GestureKind.name > name) | ((GestureKind.name == name) & (GestureKind.id > kind_id))
        )
    rows = session.scalars(query.order_by(GestureKind.name, GestureKind.id).limit(limit))
    return [kind_of(row) for row in rows]


def list_caps(session: Session, *, organisation_id: UUID) -> list[CapFacts]:
    """Return every cap, by role and currency."""
    columns = (GestureCap.role, GestureCap.currency, GestureCap.cents)
    rows = session.execute(select(*columns).where(GestureCap.organisation_id == organisation_id))
    caps = [CapFacts(**row._mapping) for row in rows]
    return sorted(caps, key=lambda cap: (cap.role, cap.currency))


def lock_caps(session: Session, *, organisation_id: UUID) -> list[CapFacts]:
    """Return every cap in hand, by role and currency."""
    take_turn(session, organisation_id, "gesture caps")
    return list_caps(session, organisation_id=organisation_id)


def list_authorities(
    session: Session, evening: Evening, *, roles: Collection[Role]
) -> list[Authority]:
    """Return what somebody with ``roles`` may give in an evening, by currency.

    Of several roles the one with the most counts.
    """
    caps: dict[str, int] = {}
    for cap in list_caps(session, organisation_id=evening.organisation_id):
        if cap.role in roles:
            caps[cap.currency] = max(cap.cents, caps.get(cap.currency, 0))
    rows = session.execute(
        select(GestureSpending.currency, GestureSpending.spent_cents).where(
            GestureSpending.organisation_id == evening.organisation_id,
            GestureSpending.event_id == evening.event_id,
            GestureSpending.employee_id == evening.employee_id,
        )
    )
    spent = dict(rows.all())
    return [
        Authority(
            currency=currency,
            cap_cents=caps.get(currency, 0),
            spent_cents=spent.get(currency, 0),
        )
        for currency in sorted(caps.keys() | spent.keys())
    ]


def get_gesture(session: Session, *, organisation_id: UUID, gesture_id: UUID) -> GestureView:
    """Return a gesture; raises GestureNotFound."""
    row = session.get(Gesture, (organisation_id, gesture_id), populate_existing=True)
    if row is None:
        raise GestureNotFound
    return view_of(row)


def lock_gesture(session: Session, *, organisation_id: UUID, gesture_id: UUID) -> Gesture:
    """Return the row of a gesture in hand; raises GestureNotFound."""
    key = (organisation_id, gesture_id)
    row = session.get(Gesture, key, populate_existing=True, with_for_update=True)
    if row is None:
        raise GestureNotFound
    return row


def list_gestures(
    session: Session,
    *,
    organisation_id: UUID,
    wanted: WantedGestures,
    before: tuple[datetime, UUID] | None,
    limit: int,
) -> list[RepeatedView]:
    """Return gestures, the newest first, each with how often its seat had one in the season.

    ``before`` is the (asked_at, id) of the row before the first one wanted.
    """
    query = (
        select(Gesture, _repeats().label("repeats"))
        .where(Gesture.organisation_id == organisation_id)
        .order_by(Gesture.asked_at.desc(), Gesture.id.desc())
        .limit(limit)
    )
    if wanted.event_id is not None:
        query = query.where(Gesture.event_id == wanted.event_id)
    if wanted.employee_id is not None:
        query = query.where(Gesture.employee_id == wanted.employee_id)
    if wanted.seat is not None:
        query = query.where(Gesture.seat_key == seat_key(wanted.seat))
    if wanted.state is not None:
        query = query.where(Gesture.state == wanted.state)
    if before is not None:
        at, gesture_id = before
        older = (Gesture.asked_at == at) & (Gesture.id < gesture_id)
        query = query.where((Gesture.asked_at < at) | older)
    return [
        RepeatedView(gesture=view_of(row), repeats=repeats or 0)
        for row, repeats in session.execute(query)
    ]


def list_waiting(
    session: Session,
    *,
    organisation_id: UUID,
    venue_id: UUID,
    besides: UUID,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[RepeatedView]:
    """Return what waits at a venue for a supervisor ``besides`` its giver, the oldest first.

    Each with how often its seat had something in the season. ``after`` is the (asked_at, id) of
    the row before the first one wanted.
    """
    query = (
        select(Gesture, _repeats().label("repeats"))
        .where(
            Gesture.organisation_id == organisation_id,
            Gesture.venue_id == venue_id,
            Gesture.state == GestureState.WAITING,
            Gesture.employee_id != besides,
        )
        .order_by(Gesture.asked_at, Gesture.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Gesture.asked_at, Gesture.id) > tuple_(*after))
    return [
        RepeatedView(gesture=view_of(row), repeats=repeats or 0)
        for row, repeats in session.execute(query)
    ]


def _repeats() -> Select[int]:
    """Return how many gestures were given to the seat of a gesture in its season and venue."""
    other = aliased(Gesture)
    return (
        select(func.count())
        .where(
            other.organisation_id == Gesture.organisation_id,
            other.season_id == Gesture.season_id,
            other.venue_id == Gesture.venue_id,
            other.seat_key == Gesture.seat_key,
            other.state == GestureState.GIVEN,
        )
        .correlate(Gesture)
    )
