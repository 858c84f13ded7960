"""What the next batch pays of what waits, the oldest first, and what is left out of it, and why.

What is left out takes no place in the batch. It is read in parts, so that nothing that waits long
is in the way of the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from backend.identity.queries import EmployeeFacts, list_employees_by_id
from backend.rewards import queries
from backend.rewards.models import Redemption
from backend.rewards.problems import SourcesUnknown
from backend.rewards.services.approvals import Changed, find_changed
from backend.rewards.services.payroll_lines import Earned, find_earned
from backend.rewards.workweeks import MOST_LINES

Reason = Changed | type[SourcesUnknown]


class _Read(Protocol):
    """Reads a part of what waits."""

    def __call__(
        self, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Redemption]: ...


@dataclass(kw_only=True, slots=True)
class Payables:
    """The payments of a batch, each with whom it is for and what earned it; what is left out."""

    payments: list[tuple[Redemption, EmployeeFacts, Earned]] = field(default_factory=list)
    left_out: dict[UUID, Reason] = field(default_factory=dict)

    @property
    def room(self) -> int:
        """Return how many lines the batch has left."""
        return MOST_LINES - len(self.payments)


def foresee(
    session: Session, *, organisation_id: UUID, currency: str, now: datetime
) -> dict[UUID, Earned]:
    """Return what earned each redemption that a batch would pay; nothing where the books say none.

    It reads thousands of entries for each employee, so it is done while nobody waits: what is held
    for a redemption was given by the same work later.
    """
    due: dict[str, Any] = {"organisation_id": organisation_id, "currency": currency, "now": now}
    sound = _list_sound(session, organisation_id, partial(queries.list_unpaid, session, **due), {})
    foreseen: dict[UUID, Earned] = {}
    room = MOST_LINES
    while rows := list(islice(sound, room)):
        earned = find_earned(session, organisation_id=organisation_id, redemptions=rows)
        foreseen |= {row.id: earned.get(row.id, {}) for row in rows}
        room -= len(earned)
    return foreseen


def choose(
    session: Session,
    *,
    organisation_id: UUID,
    currency: str,
    now: datetime,
    foreseen: Mapping[UUID, Earned],
) -> Payables:
    """Return what the next batch pays, in hand; what is not in ``foreseen`` is looked up."""
    due: dict[str, Any] = {"organisation_id": organisation_id, "currency": currency, "now": now}
    chosen = Payables()
    sound = _list_sound(
        session, organisation_id, partial(queries.lock_unpaid, session, **due), chosen.left_out
    )
    while rows := list(islice(sound, chosen.room)):
        new = [row for row in rows if row.id not in foreseen]
        looked_up = find_earned(session, organisation_id=organisation_id, redemptions=new)
        people = list_employees_by_id(
            session,
            organisation_id=organisation_id,
            employee_ids={row.employee_id for row in rows},
        )
        for row in rows:
            earned = foreseen.get(row.id) or looked_up.get(row.id)
            if earned:
                chosen.payments.append((row, people[row.employee_id], earned))
            else:
                chosen.left_out[row.id] = SourcesUnknown
    return chosen


def _list_sound(
    session: Session, organisation_id: UUID, read: _Read, left_out: dict[UUID, Reason]
) -> Iterator[Redemption]:
    """Yield what waits, but what by today's numbers is not approved, which is ``left_out``."""
    after = None
    while True:
        rows = read(after=after, limit=MOST_LINES)
        changed = find_changed(session, organisation_id=organisation_id, redemptions=rows)
        left_out.update(changed)
        yield from (row for row in rows if row.id not in changed)
        if len(rows) < MOST_LINES:
            return
        after = rows[-1].asked_at, rows[-1].id
