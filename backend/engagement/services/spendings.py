"""Spending on gestures: counted per employee, event and currency, never above the cap."""

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from backend.engagement.models import GestureSpending
from backend.engagement.queries import gestures as queries
from backend.engagement.queries.gestures import Authority
from backend.engagement.queries.tallies import Evening
from backend.foundation.actor import Actor
from backend.foundation.prepared import Prepared
from backend.identity.permissions import held_with

_KEY = ("organisation_id", "event_id", "employee_id", "currency")
_new = insert(GestureSpending).values(
    {name: bindparam(name) for name in (*_KEY, "spent_cents", "cap_cents")}
)
_total = GestureSpending.spent_cents + _new.excluded.spent_cents
# The one statement that decides: whoever waited for another here adds to what that one has left.
_SPEND = Prepared(
    _new.on_conflict_do_update(
        index_elements=_KEY,
        set_={"spent_cents": _total, "cap_cents": _new.excluded.cap_cents},
        where=_total <= _new.excluded.cap_cents,
    ).returning(GestureSpending.spent_cents)
)


def authority_of(session: Session, evening: Evening, *, actor: Actor, currency: str) -> Authority:
    """Return what ``actor`` may give in an evening; without a cap it is nothing."""
    held = queries.list_authorities(session, evening, roles=held_with(actor.permissions))
    nothing = Authority(currency=currency, cap_cents=0, spent_cents=0)
    return next((one for one in held if one.currency == currency), nothing)


def spend(session: Session, evening: Evening, *, cents: int, currency: str, cap_cents: int) -> bool:
    """Count ``cents`` if that stays within the cap; tell whether it did."""
    if cents > cap_cents:
        return False
    spent = _SPEND.run(
        session,
        organisation_id=evening.organisation_id,
        event_id=evening.event_id,
        employee_id=evening.employee_id,
        currency=currency,
        spent_cents=cents,
        cap_cents=cap_cents,
    )
    return spent.fetchone() is not None
