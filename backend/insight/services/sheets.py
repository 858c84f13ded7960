"""What a board's page consists of, in whichever order it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from backend.insight.rules import Board, BoardOrder
from backend.venues.rules import ZoneKind

Place = tuple[int, UUID]
"""Where a page begins: behind these points, or this index, and this employee."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AtPosts:
    """How long somebody worked in evenings that count for a class of posts."""

    post_class: ZoneKind
    worked_minutes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Fair:
    """What somebody's place in the fair order was found by; what was counted is for HR only.

    ``index`` is in thousandths of what is usual at such posts.
    """

    index: int
    worked_minutes: int
    helped: int | None
    good: int | None
    posts: Sequence[AtPosts]


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a board; ``badge_number`` is None for readers who are not HR.

    ``fair`` is None for who has not worked the minimum, and on pages that are read without it.
    """

    rank: int
    employee_id: UUID
    name: str
    badge_number: str | None
    department: str
    points: int
    greetings: int
    resolved: int
    ratings: int | None
    five_star: int | None
    fair: Fair | None


@dataclass(frozen=True, kw_only=True, slots=True)
class UsualThere:
    """What is usual in a class of posts, and how strongly it draws whoever is there.

    The strengths are the hours, and the ratings, that the usual counts for beside somebody's own.
    """

    post_class: ZoneKind
    people: int
    worked_minutes: int
    helped_per_hour: float
    hours_of_usual: float
    good_share: float | None
    ratings_of_usual: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fairness:
    """How a fair order came about: who is in it, and, for HR, what was usual.

    ``left_out`` have worked, and less than the minimum.
    """

    minimum_minutes: int
    left_out: int
    usual: Sequence[UsualThere]


@dataclass(frozen=True, kw_only=True, slots=True, eq=False, weakref_slot=True)
class Sheet:
    """The part of a page that all its readers share; ``everybody`` when it is one of HR's.

    HR's ``lines``, by employee, are one more than was asked for, if there are more.
    """

    board: Board
    order: BoardOrder
    everybody: bool
    lines: dict[UUID, Line]
    fairness: Fairness | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BoardPage:
    """A page of a board, and the reader's own line; None where they are not on this board.

    ``my_minutes`` is what the reader has worked, where that decides whether they are.
    """

    sheet: Sheet
    me: Line | None
    my_minutes: int | None = None
