"""Greetings, and the tallies that count an employee's evening."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, bindparam, cast, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.engagement.models import Greeting, Tally
from backend.engagement.queries.actions import instant_of
from backend.engagement.queries.tallies import Evening
from backend.engagement.rules import COUNTING
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import Prepared

_COUNTERS = tuple(column.key for column in Tally.__table__.columns if column.default is not None)
_KEY = ("organisation_id", "event_id", "employee_id")

# Every greeting runs these, so they are statements on the driver's cursor.
_LOCK_TALLY = Prepared(
    upsert(Tally)
    .values({key: bindparam(key) for key in _KEY} | dict.fromkeys(_COUNTERS, 0))
    # Changing nothing takes the row's lock all the same.
    .on_conflict_do_update(index_elements=_KEY, set_={"greetings": Tally.greetings})
    .returning(Tally.paid_greetings, cast(Tally.last_greeted_at, String))
)
_COUNT = Prepared(
    update(Tally)
    .where(*(getattr(Tally, key) == bindparam(f"its_{key}") for key in _KEY))
    .values(
        greetings=Tally.greetings + bindparam("more_greetings"),
        fans_greeted=Tally.fans_greeted + bindparam("more_fans"),
        paid_greetings=Tally.paid_greetings + bindparam("more_paid"),
        last_greeted_at=bindparam("last_at", type_=Tally.last_greeted_at.type),
    )
)
_ADD = PreparedInsert(Greeting)


@dataclass(frozen=True, kw_only=True, slots=True)
class Increase:
    """What greetings add to a tally; ``last_at`` is the latest that counts now."""

    greetings: int
    fans: int
    paid: int
    last_at: datetime


def lock_tally_cursor(session: Session, evening: Evening) -> Any:
    """Lock a tally, made if missing, without waiting; read the answer with `read_tally`."""
    return _LOCK_TALLY.run(session, **_key_of(evening))


def read_tally(cursor: Any) -> tuple[int, datetime | None]:
    """Return how many greetings of a locked tally were paid, and when the last one counted."""
    ((paid, last_at),) = cursor.fetchall()
    return paid, instant_of(last_at)


def list_counted_instants(
    session: Session, evening: Evening, *, since: datetime, until: datetime
) -> list[datetime]:
    """Return when the greetings of an evening that count took place, in order."""
    return list(
        session.scalars(
            select(Greeting.greeted_at)
            .where(
                Greeting.organisation_id == evening.organisation_id,
                Greeting.event_id == evening.event_id,
                Greeting.employee_id == evening.employee_id,
                Greeting.outcome.in_(COUNTING),
                Greeting.greeted_at.between(since, until),
            )
            .order_by(Greeting.greeted_at)
        )
    )


def add_to_tally(session: Session, evening: Evening, increase: Increase) -> None:
    """Count greetings in a tally that this transaction has locked."""
    _COUNT.run(
        session,
        **{f"its_{key}": value for key, value in _key_of(evening).items()},
        more_greetings=increase.greetings,
        more_fans=increase.fans,
        more_paid=increase.paid,
        last_at=increase.last_at,
    )


def add_greetings(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep greetings; a lost race for an id is a unique violation."""
    _ADD.run(session, rows)


def find_tally(session: Session, evening: Evening) -> Tally | None:
    """Return somebody's evening so far, None when nothing was done."""
    return session.get(Tally, (evening.organisation_id, evening.event_id, evening.employee_id))


def _key_of(evening: Evening) -> dict[str, UUID]:
    return {key: getattr(evening, key) for key in _KEY}
