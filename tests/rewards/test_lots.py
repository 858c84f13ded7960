"""Which points were spent: the oldest first, nothing twice, to the last point."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.rewards.lots import Movement, replay
from backend.rewards.rules import repay, take_back
from tests.factories import NOW

A, B, C, R, S = (UUID(int=number) for number in range(1, 6))


def gives(lot: UUID, points: int, *, repaid: int = 0) -> Movement:
    return Movement(lot_id=lot, available=points - repaid, debt=repaid)


def holds(redemption: UUID, points: int) -> Movement:
    return Movement(lot_id=UUID(int=99), available=-points, held=points, redemption_id=redemption)


def releases(
    redemption: UUID, points: int, *, repaid: int = 0, kept_until: datetime | None = None
) -> Movement:
    return Movement(
        lot_id=UUID(int=98),
        kept_until=kept_until,
        available=points - repaid,
        held=-points,
        debt=repaid,
        redemption_id=redemption,
    )


def pays(redemption: UUID, points: int) -> Movement:
    return Movement(lot_id=UUID(int=97), held=-points, paid=points, redemption_id=redemption)


def reverses(lot: UUID, points: int, *, owed: int = 0) -> Movement:
    return Movement(lot_id=UUID(int=96), available=owed - points, debt=-owed, reverses_id=lot)


def takes(points: int, *first_from: UUID, at: datetime = NOW) -> Movement:
    return Movement(lot_id=UUID(int=95), available=-points, first_from=first_from, at=at)


@pytest.mark.parametrize(
    ("movements", "available", "held", "paid"),
    [
        ([gives(A, 5), gives(B, 5), holds(R, 7)], {B: 3}, {R: {A: 5, B: 2}}, {}),
        ([gives(A, 5), holds(R, 5), pays(R, 5), gives(B, 5)], {B: 5}, {}, {R: {A: 5}}),
        # Given back to its place by age, it goes first again.
        (
            [gives(A, 5), gives(B, 5), holds(R, 5), releases(R, 5), holds(S, 6)],
            {B: 4},
            {S: {A: 5, B: 1}},
            {},
        ),
        # A reversal takes its own points first, then the oldest.
        ([gives(A, 5), gives(B, 5), reverses(B, 5)], {A: 5}, {}, {}),
        ([gives(A, 5), gives(B, 5), holds(R, 8), reverses(B, 2)], {}, {R: {A: 5, B: 3}}, {}),
        # What is spent already is taken from others, and given back to them when it comes back.
        (
            [gives(A, 5), holds(R, 5), gives(B, 5), reverses(A, 5), releases(R, 5)],
            {B: 5},
            {},
            {},
        ),
        # With nothing left it is debt: its own points repay it before those held beside them.
        (
            [
                gives(A, 5),
                gives(B, 5),
                holds(R, 10),
                reverses(B, 5, owed=5),
                releases(R, 10, repaid=5),
            ],
            {A: 5},
            {},
            {},
        ),
        # Later points repay it, and are given back when the reversed ones come back.
        (
            [
                gives(A, 5),
                holds(R, 5),
                reverses(A, 5, owed=5),
                gives(B, 7, repaid=5),
                releases(R, 5),
            ],
            {B: 7},
            {},
            {},
        ),
        # What expires goes first, whatever its age.
        ([gives(A, 5), gives(B, 5), takes(5, B)], {A: 5}, {}, {}),
        ([gives(A, 5), gives(B, 5), takes(7, B)], {A: 3}, {}, {}),
        # Made in one millisecond by two processes, the hold may stand first.
        ([holds(R, 5), gives(A, 3), gives(B, 4)], {B: 2}, {R: {A: 3, B: 2}}, {}),
        ([holds(R, 5), releases(R, 5), gives(A, 5)], {A: 5}, {}, {}),
        # Where a clock was put back, the end may stand first, and what was asked for next.
        ([gives(A, 5), releases(R, 5), holds(R, 5)], {A: 5}, {}, {}),
        ([gives(A, 5), releases(R, 5), holds(S, 5), holds(R, 5)], {}, {S: {A: 5}}, {}),
        ([gives(A, 5), pays(R, 5), holds(R, 5), gives(B, 5)], {B: 5}, {}, {R: {A: 5}}),
    ],
)
def test_the_oldest_points_go_first(
    movements: list[Movement],
    available: dict[UUID, int],
    held: dict[UUID, dict[UUID, int]],
    paid: dict[UUID, dict[UUID, int]],
) -> None:
    found = replay(movements)
    assert (found.available, found.held, found.paid) == (available, held, paid)


SOON, LATE = NOW + timedelta(days=10), NOW + timedelta(days=20)


@pytest.mark.parametrize(
    ("movements", "points", "kept"),
    [
        ([gives(A, 9)], 9, {}),
        # What was given back is kept, and not the rest; what others have is another matter.
        ([gives(A, 9), gives(C, 9), holds(R, 4), releases(R, 4, kept_until=SOON)], 9, {SOON: 4}),
        # Spent is first what expires first.
        (
            [gives(A, 9), holds(R, 4), releases(R, 4, kept_until=SOON), holds(S, 5)],
            4,
            {SOON: 4},
        ),
        (
            [gives(A, 9), holds(R, 4), releases(R, 4, kept_until=SOON), holds(S, 7)],
            2,
            {SOON: 2},
        ),
        (
            [
                gives(A, 9),
                holds(R, 4),
                releases(R, 4, kept_until=SOON),
                holds(R, 7),
                releases(R, 7, kept_until=LATE),
            ],
            9,
            {SOON: 2, LATE: 7},
        ),
        # With what is kept for a redemption of two lots, each lot keeps its own.
        (
            [gives(A, 3), gives(B, 9), holds(R, 5), releases(R, 5, kept_until=SOON)],
            12,
            {SOON: 5},
        ),
        # What expires leaves the kept ones alone while they are kept.
        (
            [
                gives(A, 3),
                gives(B, 9),
                holds(R, 5),
                releases(R, 5, kept_until=SOON),
                takes(7, A, B),
            ],
            5,
            {SOON: 5},
        ),
        (
            [
                gives(A, 3),
                gives(B, 9),
                holds(R, 5),
                releases(R, 5, kept_until=SOON),
                takes(12, A, B, at=SOON),
            ],
            0,
            {},
        ),
    ],
)
def test_what_was_given_back_is_kept_for_its_time(
    movements: list[Movement], points: int, kept: dict[datetime, int]
) -> None:
    left = replay(movements).left_of([A, B])
    assert left.points == points
    assert {until: part for until, part in left.kept.items() if part} == kept
    assert left.due(NOW) == points - sum(kept.values())
    assert left.due(LATE) == points


@dataclass
class Books:
    """One employee's books, kept as the services keep them."""

    available: int = 0
    debt: int = 0
    lots: dict[UUID, int] = field(default_factory=dict)
    reversed: set[UUID] = field(default_factory=set)
    open: dict[UUID, int] = field(default_factory=dict)
    paid: dict[UUID, int] = field(default_factory=dict)
    movements: list[Movement] = field(default_factory=list)

    def do(self, act: str, number: int) -> None:
        """Do what can be done; what cannot is passed over, as it would be refused."""
        fresh = UUID(int=1_000 + len(self.movements))
        if act == "give":
            repaid, left = repay(number, debt=self.debt)
            self.lots[fresh] = number
            self._move(gives(fresh, number, repaid=repaid), available=left, debt=repaid)
        elif act == "hold" and 0 < number <= self.available:
            self.open[fresh] = number
            self._move(holds(fresh, number), available=-number)
        elif act in {"release", "pay"} and self.open:
            redemption = list(self.open)[number % len(self.open)]
            points = self.open.pop(redemption)
            if act == "pay":
                self.paid[redemption] = points
                self._move(pays(redemption, points))
            else:
                repaid, left = repay(points, debt=self.debt)
                back = releases(
                    redemption, points, repaid=repaid, kept_until=LATE if number % 2 else None
                )
                self._move(back, available=left, debt=repaid)
        elif act == "reverse" and self.lots.keys() - self.reversed:
            lot = sorted(self.lots.keys() - self.reversed)[
                number % len(self.lots.keys() - self.reversed)
            ]
            taken, owed = take_back(self.lots[lot], available=self.available)
            self.reversed.add(lot)
            self._move(reverses(lot, self.lots[lot], owed=owed), available=-taken, debt=-owed)
        elif act == "expire" and self.lots and self.available:
            lot = sorted(self.lots)[number % len(self.lots)]
            points = min(self.available, number + 1)
            self._move(takes(points, lot), available=-points)
        elif act == "correct":
            taken, owed = take_back(number, available=self.available)
            correction = Movement(lot_id=fresh, available=-taken, debt=-owed)
            self._move(correction, available=-taken, debt=-owed)

    def _move(self, movement: Movement, *, available: int = 0, debt: int = 0) -> None:
        self.movements.append(movement)
        self.available += available
        self.debt += debt


ACTS = ("give", "give", "hold", "hold", "release", "pay", "reverse", "expire", "correct")
acts = st.sampled_from(ACTS)


@given(history=st.lists(st.tuples(acts, st.integers(1, 40)), max_size=60))
def test_after_any_history_every_point_is_in_one_place(history: list[tuple[str, int]]) -> None:
    books = Books()
    frozen: dict[UUID, dict[UUID, int]] = {}
    for act, number in history:
        books.do(act, number)
        found = replay(books.movements)
        assert sum(found.available.values()) == books.available
        assert {one: sum(parts.values()) for one, parts in found.held.items()} == books.open
        assert {one: sum(parts.values()) for one, parts in found.paid.items()} == books.paid
        used: dict[UUID, int] = {}
        for parts in (found.available, *found.held.values(), *found.paid.values()):
            for lot, points in parts.items():
                assert points > 0
                used[lot] = used.get(lot, 0) + points
        assert all(points <= books.lots[lot] for lot, points in used.items())
        left = found.left_of(list(books.lots))
        assert left.points == books.available
        assert 0 <= left.due(NOW) <= left.due(LATE) == books.available
        assert not found.available.keys() & books.reversed, "what is reversed is never spent again"
        # What was pinned once stays as it was.
        for redemption, parts in frozen.items():
            assert found.spent_on(redemption) in (parts, {})
        frozen = found.held | found.paid
