"""An arena in which gestures may be given: kinds, caps, and people who give, allow and pay."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.engagement.models import GestureSpending
from backend.engagement.queries.gestures import CapFacts, KindFacts
from backend.engagement.rules import Category, Moment
from backend.engagement.rules.gestures import GestureCategory
from backend.engagement.services import gesture_kinds, gestures, requests
from backend.engagement.services.gestures import NewGesture
from backend.engagement.services.requests import NewRequest
from backend.foundation import clock
from backend.foundation.actor import Actor
from backend.foundation.db import new_id, reading, transaction
from backend.identity.permissions import Role
from backend.identity.rules import PayBasis
from backend.insight import verify
from tests.engagement.stories import Evening, make_evening
from tests.factories import make_employee, make_shift
from tests.http import headers_for

CODE_KEY = b"0" * 32
CAP = 3_000
BEER = 1_200


@dataclass(kw_only=True)
class Generosity:
    """Ushers may give 30 dollars each at an event; a beer is 12, an upgrade what it costs."""

    app: Flask
    evening: Evening
    hr: Actor
    lead: Actor
    beer: KindFacts
    upgrade: KindFacts
    _headers: dict[UUID, dict[str, str]] = field(default_factory=dict)

    def headers(self, who: Actor) -> dict[str, str]:
        """Return the headers of ``who``, signed in once."""
        if who.employee_id not in self._headers:
            self._headers[who.employee_id] = headers_for(self.app, who)
        return self._headers[who.employee_id]

    def call(self, who: Actor, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the API; return status and answer."""
        answer = self.app.test_client().open(
            f"/v1{path}", method=method, json=body, headers=self.headers(who)
        )
        return answer.status_code, answer.json

    def give(self, who: Actor, request_id: UUID, kind: KindFacts, **said: Any) -> tuple[int, Any]:
        """Give something; return status and answer."""
        body = {"id": str(uuid4()), "kind_id": str(kind.id)} | said
        return self.call(who, "POST", f"/requests/{request_id}/gestures", body)

    def left(self, who: Actor) -> int:
        """Return what ``who`` has left in cents."""
        status, mine = self.call(who, "GET", "/me/gestures")
        assert status == 200
        [authority] = mine["authorities"]
        assert authority["left_cents"] == authority["cap_cents"] - authority["spent_cents"]
        return int(authority["left_cents"])

    def helping(self, who: Actor, *, seat: str | None = None) -> UUID:
        """Let ``who`` have a request in hand; return its id."""
        with self.app.app_context(), transaction() as session:
            return in_hand(session, who, seat=seat)

    def spent(self) -> dict[UUID, int]:
        """Return the stored counters."""
        owner = self.evening.organisation_id
        with self.app.app_context(), reading() as session:
            rows = session.execute(
                select(GestureSpending.employee_id, GestureSpending.spent_cents).where(
                    GestureSpending.organisation_id == owner
                )
            )
            return dict(rows.all())

    def must_hold(self) -> None:
        """Assert that everything holds that must."""
        with self.app.app_context(), reading() as session:
            owner = self.evening.organisation_id
            assert list(verify.verify(session, organisation_id=owner)) == []


def in_hand(session: Session, who: Actor, *, seat: str | None = None) -> UUID:
    """Let ``who`` open and take a request; return its id."""
    moment = Moment.present(clock.now())
    new = NewRequest(id=new_id(), category=Category.SEATING, seat=seat)
    opened = requests.open_request(session, actor=who, new=new, moment=moment)
    requests.accept(session, actor=who, request_id=opened.id, moment=moment)
    return opened.id


def give(
    session: Session,
    who: Actor,
    kind: KindFacts,
    *,
    cents: int | None = None,
    allowed_by: Actor | None = None,
) -> None:
    """Let ``who`` give something for a request of their own, beyond a cap if somebody allows it."""
    new = NewGesture(
        id=new_id(),
        request_id=in_hand(session, who),
        kind_id=kind.id,
        amount_cents=cents,
        needs_supervisor=allowed_by is not None,
    )
    now = clock.now()
    moment = Moment.present(now)
    gestures.give_once(session, actor=who, new=new, moment=moment, code_key=CODE_KEY)
    if allowed_by:
        gestures.allow(session, actor=allowed_by, gesture_id=new.id, now=now)


def make_kind(session: Session, hr: Actor, name: str, **given: Any) -> KindFacts:
    """Make a kind of gesture, a drink in dollars unless ``given`` otherwise."""
    drink = {"category": GestureCategory.DRINK, "cents": BEER, "currency": "USD"}
    return gesture_kinds.create(
        session, actor=hr, given=drink | {"name": name} | given, now=clock.now()
    )


def set_caps(session: Session, hr: Actor, **cents: int) -> None:
    """Let roles give so many cents each at an event, in dollars."""
    caps = [CapFacts(role=Role(role), currency="USD", cents=most) for role, most in cents.items()]
    gesture_kinds.put_caps(session, actor=hr, caps=caps, now=clock.now())


def make_generosity(app: Flask) -> Generosity:
    """Commit an evening that is on now, with kinds, caps, HR, and a supervisor on shift."""
    with app.app_context(), transaction() as session:
        evening = make_evening(session, now=clock.now())
        hr = make_employee(
            session, evening.arena, name="Harper Reed", roles=(Role.EMPLOYEE, Role.HR)
        )
        roles = (Role.EMPLOYEE, Role.SUPERVISOR)
        lead = make_employee(session, evening.arena, name="Lee Lead", roles=roles)
        make_shift(session, evening.arena, lead)
        beer = make_kind(session, hr, "Beer")
        upgrade = make_kind(
            session, hr, "Better seats", category=GestureCategory.UPGRADE, cents=None
        )
        set_caps(session, hr, employee=CAP)
    return Generosity(app=app, evening=evening, hr=hr, lead=lead, beer=beer, upgrade=upgrade)


def make_salaried_lead(session: Session, evening: Evening) -> Actor:
    """Make a supervisor who is on duty whenever an event is on."""
    roles = (Role.EMPLOYEE, Role.SUPERVISOR)
    basis = PayBasis.SALARIED
    return make_employee(session, evening.arena, roles=roles, pay_basis=basis)
