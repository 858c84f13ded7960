"""The fair order: who does most for fans in an hour, compared with others at such posts.

An evening counts for the class of the post of its longest shift. In each class somebody
is a multiple of what is usual there: confirmed help per worked hour, times the share of good
ratings, both drawn to the class by `formulas`. Who worked in several classes is the mean of those
multiples, weighed by hours: nobody gains or loses by where they are sent.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from uuid import UUID

from backend.insight.rules import BoardKind
from backend.insight.rules.formulas import Prior, fit_rates, fit_shares
from backend.venues.rules import ZoneKind

HOUR = 3_600
USUAL = 1_000
# Shorter than that an order would be one of luck: about an hour of an evening, three evenings of
# a season. Our own choice; what is left of luck above it, shrinkage takes out.
MINIMUM_SECONDS = {
    BoardKind.EVENT: HOUR,
    BoardKind.WEEK: 3 * HOUR,
    BoardKind.MONTH: 6 * HOUR,
    BoardKind.SEASON: 12 * HOUR,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cell:
    """What somebody did in the evenings that count for one class of posts.

    ``helped`` is an evening's confirmed resolutions, or its good ratings where there were more:
    cards are rated without a request.
    """

    employee_id: UUID
    post_class: ZoneKind
    seconds: int
    helped: int
    ratings: int
    good: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Usual:
    """What is usual in a class of posts: helped fans in an hour, and the share of good ratings."""

    post_class: ZoneKind
    people: int
    seconds: int
    rate: Prior
    share: Prior | None


def usual_of(cells: Iterable[Cell]) -> dict[ZoneKind, Usual]:
    """Return what is usual in each class in which somebody worked."""
    by_class: dict[ZoneKind, list[Cell]] = {}
    for cell in cells:
        if cell.seconds > 0:
            by_class.setdefault(cell.post_class, []).append(cell)
    usual = {}
    for kind, there in by_class.items():
        rate = fit_rates([(cell.helped, cell.seconds / HOUR) for cell in there])
        if rate is not None:
            usual[kind] = Usual(
                post_class=kind,
                people=len(there),
                seconds=sum(cell.seconds for cell in there),
                rate=rate,
                share=fit_shares([(cell.good, cell.ratings) for cell in there]),
            )
    return usual


def index_of(cells: Sequence[Cell], usual: Mapping[ZoneKind, Usual]) -> int:
    """Return how much more than usual somebody with these ``cells`` does; 1000 is the usual.

    A whole number of thousandths, so that what is the same but for rounding shares a rank. The
    ``cells`` have more than 0 seconds.
    """
    seconds = sum(cell.seconds for cell in cells)
    parts = (cell.seconds * _multiple(cell, usual[cell.post_class]) for cell in cells)
    return round(USUAL * fsum(parts) / seconds)


def _multiple(cell: Cell, usual: Usual) -> float:
    rate = _relative(usual.rate, cell.helped, cell.seconds / HOUR)
    return rate * _relative(usual.share, cell.good, cell.ratings)


def _relative(prior: Prior | None, count: int, exposure: float) -> float:
    """Return a shrunk figure as a multiple of the prior's mean; 1 where nobody has any."""
    if prior is None or not prior.mean:
        return 1.0
    return prior.shrink(count, exposure) / prior.mean
