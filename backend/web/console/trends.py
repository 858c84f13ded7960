"""The two figures of the programme over events, as lines to draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from backend.insight.rules import FIVE_STAR_TARGET, GREETED_TARGET
from backend.insight.services.programme import EventFigures

# What the drawing measures; a page may stretch it.
WIDTH, HEIGHT = 1_000, 240


@dataclass(frozen=True, kw_only=True, slots=True)
class Dot:
    """The figure of one event: where it is drawn, and what it is."""

    x: float
    y: float
    name: str
    held_on: date
    share: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """One figure over events, from the ``floor`` to the ``ceiling`` of the drawing, as shares.

    ``band`` is the outline of the 95 % intervals, empty where there are none; ``target_y`` is
    where the programme's own figure lies.
    """

    title: str
    target: float
    target_y: float
    floor: float
    ceiling: float
    dots: Sequence[Dot]
    band: Sequence[tuple[float, float]]


def trends_of(events: Sequence[EventFigures]) -> list[Trend]:
    """Return the trends of both figures over ``events``, each where two of them have it."""
    greeted = _trend(
        "Fans greeted",
        GREETED_TARGET,
        [one for one in events if one.figures.greeted.share is not None],
        lambda one: (one.figures.greeted.share, None, None),
    )
    fives = _trend(
        "Five of five",
        FIVE_STAR_TARGET,
        [one for one in events if one.figures.five_star.share is not None],
        lambda one: (
            one.figures.five_star.share,
            one.figures.five_star.low,
            one.figures.five_star.high,
        ),
    )
    return [trend for trend in (greeted, fives) if len(trend.dots) > 1]


_Shares = tuple[float | None, float | None, float | None]


def _trend(
    title: str,
    target: float,
    events: Sequence[EventFigures],
    shares_of: Callable[[EventFigures], _Shares],
) -> Trend:
    """Draw what ``shares_of`` says of each event: its share, and the ends of its interval."""
    shares = [shares_of(one) for one in events]
    known = [share for of_one in shares for share in of_one if share is not None]
    # To the tenth below and above, so that a line is not drawn as steeper than it is for nothing.
    floor = int(min([target, *known]) * 10) / 10
    ceiling = max([1.0, *known])
    step = WIDTH / max(len(events) - 1, 1)

    def y_of(share: float) -> float:
        return round(HEIGHT * (ceiling - share) / (ceiling - floor or 1), 1)

    dots, above, below = [], [], []
    for number, (one, (share, low, high)) in enumerate(zip(events, shares, strict=True)):
        x = round(number * step, 1)
        if share is not None:
            dots.append(Dot(x=x, y=y_of(share), name=one.name, held_on=one.held_on, share=share))
        if low is not None and high is not None:
            above.append((x, y_of(high)))
            below.append((x, y_of(low)))
    return Trend(
        title=title,
        target=target,
        target_y=y_of(target),
        floor=floor,
        ceiling=ceiling,
        dots=dots,
        band=[*above, *below[::-1]],
    )
