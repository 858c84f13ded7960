"""Greetings, and the tallies that count an employee's evening."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from backend.engagement.models import Greeting, Tally
from backend.engagement.queries.tallies import Evening
from backend.engagement.rules import COUNTING
from backend.foundation.inserts import PreparedInsert
from backend.foundation.prepared import Prepared

_COUNTERS = tuple(column.key for column in Tally.__table__.columns if column.default is not None)
_KEY = ("organisation_id", "event_id", "employee_id")

_COUNTED = ("greetings", "fans_greeted", "paid_greetings")
_NEW_TALLY = upsert(Tally).values(
    {key: bindparam(key) for key in (*_KEY, *_COUNTED)}
    | dict.fromkeys(set(_COUNTERS) - set(_COUNTED), 0)
    | {"last_greeted_at": bindparam("last_greeted_at", type_=Tally.last_greeted_at.type)}
)
# Every greeting runs these, so they are statements on the driver's cursor.
_COUNT = Prepared(
    _NEW_TALLY.on_conflict_do_update(
        index_elements=_KEY,
        set_={
            **{name: getattr(Tally, name) + _NEW_TALLY.excluded[name] for name in _COUNTED},
            "last_greeted_at": _NEW_TALLY.excluded.last_greeted_at,
        },
        # Whoever counted since the tally was read has used up what this was judged by.
        where=Tally.greetings == bindparam("seen"),
    ),
    must_write=True,
)
_ADD = PreparedInsert(Greeting)


@dataclass(frozen=True, kw_only=True, slots=True)
class Increase:
    """What greetings add to a tally that counted ``seen`` of them when it was read.

    ``last_at`` is the latest that counts now.
    """

    seen: int
    greetings: int
    fans: int
    paid: int
    last_at: datetime


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
    """Count greetings in a tally; raises RaceLost where it is no longer as it was ``seen``."""
    _COUNT.run(
        session,
        organisation_id=evening.organisation_id,
        event_id=evening.event_id,
        employee_id=evening.employee_id,
        greetings=increase.greetings,
        fans_greeted=increase.fans,
        paid_greetings=increase.paid,
        last_greeted_at=increase.last_at,
        seen=increase.seen,
    )


def add_greetings(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Keep greetings; a lost race for an id is a unique violation."""
    _ADD.run(session, rows)


def find_tally(session: Session, evening: Evening) -> Tally | None:
    """Return somebody's evening so far, None when nothing was done."""
    return session.get(Tally, (evening.organisation_id, evening.event_id, evening.employee_id))
