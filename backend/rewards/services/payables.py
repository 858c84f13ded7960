"""What the next batch pays of what waits, the oldest first, and what is left out of it, and why.

What is left out takes no place in the batch. It is read in parts, so that nothing that waits long
is in the way of the rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from backend.identity.queries import EmployeeFacts
from backend.rewards import queries
from backend.rewards.models import Redemption
from backend.rewards.problems import SourcesUnknown
from backend.rewards.queries import DueCorrection
from backend.rewards.services.approvals import Changed, find_changed_corrections, judge
from backend.rewards.services.payroll_lines import Earned, find_earned
from backend.rewards.workweeks import MOST_LINES

Reason = Changed | type[SourcesUnknown]
_Row = TypeVar("_Row")


class _Read(Protocol):
    """Reads a part of the redemptions that wait."""

    def __call__(
        self, *, after: tuple[datetime, UUID] | None, limit: int
    ) -> Sequence[Redemption]: ...


class _ReadCorrections(Protocol):
    """Reads a part of the corrections that wait."""

    def __call__(self, *, after: UUID | None, limit: int) -> Sequence[DueCorrection]: ...


@dataclass(kw_only=True, slots=True)
class Payables:
    """The payments of a batch, each with whom it is for and what earned it, and its corrections.

    What is left out of either is named.
    """

    payments: list[tuple[Redemption, EmployeeFacts, Earned]] = field(default_factory=list)
    corrections: list[DueCorrection] = field(default_factory=list)
    left_out: dict[UUID, Reason] = field(default_factory=dict)
    left_out_corrections: set[UUID] = field(default_factory=set)

    @property
    def room(self) -> int:
        """Return how many lines the batch has left."""
        return MOST_LINES - len(self.payments) - len(self.corrections)


@dataclass(kw_only=True, slots=True)
class Due:
    """What waits for a batch in one currency."""

    currency: str
    bonuses: int = 0
    corrections: int = 0
    cents: int = 0


def sum_due(session: Session, *, organisation_id: UUID, now: datetime) -> tuple[list[Due], int]:
    """Return what waits, by currency, and how much of what was approved is left out.

    Whether the books explain it is not looked at: that takes the books of everybody.
    """
    owner = organisation_id
    due: dict[str, Due] = {}
    unpaid = partial(queries.list_unpaid, session, organisation_id=owner, currency=None, now=now)
    moved: dict[UUID, Reason] = {}
    for row, _ in _list_sound(session, owner, unpaid, moved):
        one = due.setdefault(row.currency, Due(currency=row.currency))
        one.bonuses += 1
        one.cents += row.value_cents
    approved = partial(queries.list_due_corrections, session, organisation_id=owner)
    undone: set[UUID] = set()
    for correction in _list_sound_corrections(session, owner, approved, undone):
        one = due.setdefault(correction.currency, Due(currency=correction.currency))
        one.corrections += 1
        one.cents += correction.amount_cents
    return sorted(due.values(), key=lambda one: one.currency), len(moved) + len(undone)


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
    while rows := [row for row, _ in islice(sound, room)]:
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
    due: dict[str, Any] = {"organisation_id": organisation_id, "currency": currency}
    chosen = Payables()
    unpaid = partial(queries.lock_unpaid, session, **due, now=now)
    sound = _list_sound(session, organisation_id, unpaid, chosen.left_out)
    while rows := list(islice(sound, chosen.room)):
        new = [row for row, _ in rows if row.id not in foreseen]
        looked_up = find_earned(session, organisation_id=organisation_id, redemptions=new)
        for row, person in rows:
            earned = foreseen.get(row.id) or looked_up.get(row.id)
            if earned:
                chosen.payments.append((row, person, earned))
            else:
                chosen.left_out[row.id] = SourcesUnknown
    approved = partial(queries.lock_due_corrections, session, **due)
    corrections = _list_sound_corrections(
        session, organisation_id, approved, chosen.left_out_corrections
    )
    chosen.corrections += islice(corrections, chosen.room)
    return chosen


def _list_sound(
    session: Session, organisation_id: UUID, read: _Read, left_out: dict[UUID, Reason]
) -> Iterator[tuple[Redemption, EmployeeFacts]]:
    """Yield what waits with whom it is for, as judged; ``left_out`` is what nobody approved so."""

    def read_on(last: Redemption | None) -> Sequence[Redemption]:
        return read(after=(last.asked_at, last.id) if last else None, limit=MOST_LINES)

    for rows in _in_parts(read_on):
        changed, people = judge(session, organisation_id=organisation_id, redemptions=rows)
        left_out.update(changed)
        yield from ((row, people[row.employee_id]) for row in rows if row.id not in changed)


def _list_sound_corrections(
    session: Session, organisation_id: UUID, read: _ReadCorrections, left_out: set[UUID]
) -> Iterator[DueCorrection]:
    """Yield the corrections that wait, but what nobody approved so, which is ``left_out``."""

    def read_on(last: DueCorrection | None) -> Sequence[DueCorrection]:
        return read(after=last.id if last else None, limit=MOST_LINES)

    for rows in _in_parts(read_on):
        changed = find_changed_corrections(
            session, organisation_id=organisation_id, corrections=rows
        )
        left_out.update(changed)
        yield from (row for row in rows if row.id not in changed)


def _in_parts(read_on: Callable[[_Row | None], Sequence[_Row]]) -> Iterator[Sequence[_Row]]:
    """Yield what ``read_on`` finds behind the last row that it found, until there is no more."""
    last = None
    while True:
        rows = read_on(last)
        yield rows
        if len(rows) < MOST_LINES:
            return
        last = rows[-1]
