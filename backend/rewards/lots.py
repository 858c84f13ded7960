"""Which points were spent: an employee's ledger, replayed with the oldest points going first.

Points that become available are a *lot*, known by the transaction that gave them: an accrual once
it is settled, or an adjustment. A hold pins points of the oldest lots to its redemption; they are
given back to their lots, or paid. What is taken away leaves its own lot first, then the oldest.
Where what is reversed is spent already, other points go instead; they come back if it does.
Points that others gave back, or that came late, are *kept* for some time: they do not expire with
the rest of their lot. Arithmetic only: no database, no clock.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

Parts = dict[UUID, int]
# Until when, and how many points.
Keep = tuple[datetime, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Movement:
    """What one transaction changed in an employee's accounts, but for pending points.

    ``lot_id`` is the transaction that gave the points: of the settlement of an accrual the accrual,
    else itself. ``redemption_id`` is there where points are held, given back or paid,
    ``reverses_id`` where a lot is taken back, ``first_from`` where some lots lose before others:
    what expires, ``at`` an instant. What becomes available does not expire before ``kept_until``.
    """

    lot_id: UUID
    available: int = 0
    held: int = 0
    paid: int = 0
    debt: int = 0
    redemption_id: UUID | None = None
    reverses_id: UUID | None = None
    first_from: Collection[UUID] = ()
    at: datetime | None = None
    kept_until: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Left:
    """What is left of some lots, and how much of it is kept until when, the first instant first."""

    points: int
    kept: Mapping[datetime, int]

    def due(self, at: datetime) -> int:
        """Return how many points nothing keeps for longer than ``at``."""
        return self.points - sum(points for until, points in self.kept.items() if until > at)


@dataclass(kw_only=True, slots=True)
class Attribution:
    """Where points are, by the transactions that gave them.

    ``available`` is what is left of each lot, the oldest first, and ``expired`` what of it expired;
    ``held`` and ``paid`` are what is pinned to each redemption that is open, or was paid. A
    redemption that was given back has none. ``kept`` is until when how many points of a lot were to
    be kept, spent since then or not.
    """

    available: Parts = field(default_factory=dict)
    held: dict[UUID, Parts] = field(default_factory=dict)
    paid: dict[UUID, Parts] = field(default_factory=dict)
    expired: Parts = field(default_factory=dict)
    kept: dict[UUID, list[Keep]] = field(default_factory=dict)

    def left_of(self, lots: Collection[UUID]) -> Left:
        """Return what is available of ``lots``; what was spent of them was not what is kept."""
        points, kept = 0, dict[datetime, int]()
        for lot in self.available.keys() & lots:
            points += (loose := self.available[lot])
            for until, wanted in sorted(self.kept.get(lot, ()), reverse=True):
                part = min(wanted, loose)
                loose -= part
                kept[until] = kept.get(until, 0) + part
        return Left(points=points, kept={until: kept[until] for until in sorted(kept)})

    def spent_on(self, redemption_id: UUID) -> Parts:
        """Return the points that are pinned to a redemption, the oldest first."""
        return self.held.get(redemption_id) or self.paid.get(redemption_id) or {}


def replay(movements: Iterable[Movement]) -> Attribution:
    """Attribute points by all ``movements`` of one employee, in the order of their effects."""
    lots = _Lots()
    for movement in movements:
        lots.move(movement)
    return Attribution(
        available={lot: points for lot, points in lots.left.items() if points},
        held=lots.held,
        paid=lots.paid,
        expired=lots.expired,
        kept=lots.kept,
    )


class _Lots:
    """Lots in the making; an empty one stays in its place, for what is given back to it."""

    def __init__(self) -> None:
        self.left: Parts = {}
        self.held: dict[UUID, Parts] = {}
        self.paid: dict[UUID, Parts] = {}
        self.expired: Parts = {}
        self.kept: dict[UUID, list[Keep]] = {}
        # By reversed lot: which others gave points in its place.
        self._instead: dict[UUID, Parts] = {}
        # Debts that nothing has repaid yet, the oldest first, and whose reversal made them.
        self._debts: list[tuple[UUID | None, int]] = []
        # Points that are gone before they came, and to where. Two processes that make ids in one
        # millisecond may leave a hold in front of the settlement that it lives on.
        self._owing: list[tuple[Parts, int]] = []
        # Ends of redemptions in front of their holds, where a clock was put back between the two.
        self._ended: dict[UUID, Movement] = {}

    def move(self, movement: Movement) -> None:
        if movement.redemption_id is not None:
            self._move_held(movement, movement.redemption_id)
        elif movement.available > 0 or movement.debt > 0:
            self._repay(movement.lot_id, movement.debt)
            self._add(movement.lot_id, movement.available, until=movement.kept_until)
        else:
            self._take_away(movement)

    def _take_away(self, movement: Movement) -> None:
        points, lot = -movement.available, movement.reverses_id
        instead: Parts = self.expired if movement.first_from else {}
        if movement.at is not None:
            points -= self._expire(points, movement.first_from, at=movement.at)
        if lot is not None:
            own = min(points, self.left.get(lot, 0))
            self.left[lot] = self.left.get(lot, 0) - own
            points -= own
            instead = self._instead.setdefault(lot, {})
        self._take(points, into=instead, first=movement.first_from)
        if movement.debt:
            self._debts.append((lot, -movement.debt))

    def _move_held(self, movement: Movement, redemption_id: UUID) -> None:
        if movement.held > 0:
            self._take(movement.held, into=self.held.setdefault(redemption_id, {}), first=())
            movement = self._ended.pop(redemption_id, movement)
        elif redemption_id not in self.held:
            self._ended[redemption_id] = movement
        if movement.held < 0 and redemption_id in self.held:
            self._end(movement, self.held.pop(redemption_id), redemption_id)

    def _end(self, movement: Movement, pinned: Parts, redemption_id: UUID) -> None:
        if movement.paid:
            self.paid[redemption_id] = pinned
            return
        self._owing = [one for one in self._owing if one[0] is not pinned]
        self._give_back(pinned, repaying=movement.debt, until=movement.kept_until)

    def _give_back(self, pinned: Parts, *, repaying: int, until: datetime | None) -> None:
        reversed_lots = {lot for lot, _ in self._debts}
        for lot in sorted(pinned, key=lambda lot: lot not in reversed_lots):
            repaid = min(repaying, pinned[lot])
            self._repay(lot, repaid)
            self._add(lot, pinned[lot] - repaid, until=until)
            repaying -= repaid

    def _repay(self, lot: UUID, points: int) -> None:
        """Let points of ``lot`` repay debts: its own first, and then in the place of others."""
        self._debts.sort(key=lambda debt: debt[0] != lot)
        while points and self._debts:
            owner, owed = self._debts.pop(0)
            part = min(points, owed)
            points -= part
            if part < owed:
                self._debts.insert(0, (owner, owed - part))
            if owner not in (None, lot):
                instead = self._instead[owner]
                instead[lot] = instead.get(lot, 0) + part

    def _add(self, lot: UUID, points: int, *, until: datetime | None) -> None:
        """Let points of ``lot`` be available; what went in their place comes back for them."""
        instead = self._instead.get(lot, {})
        for other in list(instead):
            part = min(points, instead[other])
            instead[other] -= part
            points -= part
            if part:
                self._add(other, part, until=until)
        while self._owing and points:
            into, owed = self._owing.pop(0)
            part = min(points, owed)
            into[lot] = into.get(lot, 0) + part
            points -= part
            if part < owed:
                self._owing.insert(0, (into, owed - part))
        self.left[lot] = self.left.get(lot, 0) + points
        if until is not None and points:
            self.kept.setdefault(lot, []).append((until, points))

    def _expire(self, points: int, lots: Collection[UUID], *, at: datetime) -> int:
        """Let at most ``points`` of ``lots`` that are not kept any more expire; return how many."""
        before = points
        for lot in [lot for lot in self.left if lot in lots]:
            kept = sum(part for until, part in self.kept.get(lot, ()) if until > at)
            part = min(points, max(0, self.left[lot] - kept))
            if part:
                self.left[lot] -= part
                self.expired[lot] = self.expired.get(lot, 0) + part
                points -= part
        return before - points

    def _take(self, points: int, *, into: Parts, first: Collection[UUID]) -> None:
        for lot in (*(one for one in self.left if one in first), *self.left):
            if not points:
                return
            part = min(points, self.left[lot])
            if part:
                self.left[lot] -= part
                into[lot] = into.get(lot, 0) + part
                points -= part
        if points:
            self._owing.append((into, points))
