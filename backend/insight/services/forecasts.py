"""The forecast of a season's end: what it rests on, what it says, and what it assumes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from backend.insight.queries.budgets import EventPoints, Offer, Outstanding
from backend.insight.rules.forecasts import (
    Estimate,
    Estimated,
    Price,
    cents_of,
    per_event,
    price_of,
    to_come,
    whole_points,
)
from backend.rewards.queries import COMMITTED, Spending
from backend.rewards.rules import RedemptionStatus

# What says how dear a point is: what was refused or taken back cost nothing.
_SPENT = (RedemptionStatus.ASKED, *COMMITTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a forecast rests on; spendings and offers are of one currency."""

    events: Sequence[EventPoints]
    outstanding: Outstanding
    spendings: Sequence[Spending]
    offers: Sequence[Offer]
    left_cents: int | None

    @property
    def asked_cents(self) -> int:
        """Return what is asked for and not decided yet."""
        return sum(one.cents for one in self.spendings if one.status is RedemptionStatus.ASKED)

    @property
    def open_points(self) -> int:
        """Return the points that nothing was asked for with."""
        return self.outstanding.pending + self.outstanding.available


@dataclass(frozen=True, kw_only=True, slots=True)
class Liability:
    """What points not spent yet will cost, in cents; None where no price is known."""

    expected: int | None
    highest: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Forecast:
    """What a season comes to at its end, with everything that it rests on."""

    events_ended: int
    events_left: int
    points_per_event: Estimate
    points_to_come: Estimated
    points_at_end: Estimated
    mean_cents_per_point: float | None
    highest_cents_per_point: float | None
    liability: Liability
    left_at_end: Liability
    assumptions: Sequence[str] = field(default_factory=list)


def forecast(known: Known, *, currency: str | None) -> Forecast | None:
    """Return what the season comes to; None where no event has ended."""
    ended = [one.points for one in known.events if one.ended]
    left = len(known.events) - len(ended)
    mean, coming = per_event(ended), to_come(ended, events=left)
    if mean is None or coming is None:
        return None
    already = sum(one.points for one in known.events if not one.ended)
    more = whole_points(coming, less=already)
    outstanding = known.open_points + known.outstanding.held
    spent = [one for one in known.spendings if one.status in _SPENT]
    price = price_of(
        spent=(sum(one.cents for one in spent), sum(one.points for one in spent)),
        offered=[(one.cents, one.points) for one in known.offers],
    )
    liability = _liability(known, more, price)
    return Forecast(
        events_ended=len(ended),
        events_left=left,
        points_per_event=mean,
        points_to_come=more,
        points_at_end=whole_points(coming, less=already, more=outstanding),
        mean_cents_per_point=_shown(price.mean),
        highest_cents_per_point=_shown(price.highest),
        liability=liability,
        left_at_end=_left(known, liability),
        assumptions=_assumptions(len(ended), left, known, price, currency),
    )


def _liability(known: Known, more: Estimated, price: Price) -> Liability:
    """Price what nobody asked for with yet, and add what was asked for as it stands.

    What is held for something approved is committed already, and not counted twice.
    """
    expected, highest = None, None
    if price.mean is not None:
        expected = cents_of(known.open_points + more.expected, price.mean) + known.asked_cents
    if price.highest is not None:
        most = more.expected if more.high is None else more.high
        highest = cents_of(known.open_points + most, price.highest) + known.asked_cents
    return Liability(expected=expected, highest=highest)


def _left(known: Known, liability: Liability) -> Liability:
    left = known.left_cents
    if left is None:
        return Liability(expected=None, highest=None)
    return Liability(
        expected=None if liability.expected is None else left - liability.expected,
        highest=None if liability.highest is None else left - liability.highest,
    )


def _shown(price: Fraction | None) -> float | None:
    return None if price is None else round(float(price), 4)


def _assumptions(
    ended: int, left: int, known: Known, price: Price, currency: str | None
) -> list[str]:
    """Return what the figures take for granted, as sentences."""
    said = [
        (
            f"Events ended: {ended}; left, one that is on included: {left}. Those left earn like"
            " those ended; points that they have earned already are not counted twice."
        )
    ]
    if ended > 1:
        said.append(
            "An interval holds 95 of 100 times if events are independent, alike and roughly"
            " normal: for k events left, by mean m and deviation s of n ended,"
            " k·m ± t·s·√(k + k²/n) with t of n − 1 degrees"
            " (Hahn and Meeker, Statistical Intervals, 1991)."
        )
    else:
        said.append("One event gives no interval.")
    said.append(
        "Points not spent yet count whatever season they are of; nothing is taken off for points"
        " that expire or are never spent."
    )
    if currency is None:
        return [*said, "Without a budget, and with several currencies, points have no price."]
    if price.mean is None:
        said.append("Nobody has asked for a reward this season, so that no mean price is known.")
    else:
        said.append(
            f"On average a point costs {float(price.mean):.2f} cents, as in this season's"
            " redemptions that stand."
        )
    if price.highest is not None:
        said.append(
            f"At most it costs {float(price.highest):.2f} cents, the dearest in the catalogue now"
            " or the mean; the highest liability takes the upper end of the interval, too."
        )
    asked = f"{known.asked_cents / 100:,.2f} {currency}"
    return [*said, f"What is asked for and not decided counts as it stands: {asked}."]
