"""What is told of protected groups is rounded, so that sums do not say who is in which.

Who knows what each person was rated, worked and earned, as HR does, could else try which people
make up a sum; and the same report before and after one person left, or worked a shift more, would
give that person's figures as a difference. Shares keep as much as a person reads in them; of
numbers only the order is told, which one person hardly ever changes.
"""

from dataclasses import replace

from backend.insight.rules.comparisons import (
    HOUR,
    Comparison,
    Group,
    HourFigures,
    RatingFigures,
    Share,
)
from backend.insight.rules.formulas import Ratio

# Decimals of a share of 1, and of points an hour.
SHARE_DECIMALS, RATIO_DECIMALS = 2, 1


def rounded(comparison: Comparison) -> Comparison:
    """Return ``comparison`` with every figure rounded, and nothing else changed."""
    return replace(
        comparison,
        groups=[_group(one) for one in comparison.groups],
        together=_group(comparison.together),
        everybody=_group(comparison.everybody),
    )


def _group(group: Group) -> Group:
    return replace(
        group,
        ratings=_ratings(group.ratings) if group.ratings else None,
        hours=_hours(group.hours) if group.hours else None,
    )


def _ratings(figures: RatingFigures) -> RatingFigures:
    return RatingFigures(
        people=order_of(figures.people),
        good=_share(figures.good),
        held=_share(figures.held),
    )


def _share(share: Share) -> Share:
    return Share(
        share=round(share.share, SHARE_DECIMALS),
        low=round(share.low, SHARE_DECIMALS),
        high=round(share.high, SHARE_DECIMALS),
        count=order_of(share.count),
        out_of=order_of(share.out_of),
    )


def _hours(figures: HourFigures) -> HourFigures:
    return HourFigures(
        people=order_of(figures.people),
        points=order_of(figures.points),
        seconds=order_of(figures.seconds // HOUR) * HOUR,
        an_hour=_ratio(figures.an_hour),
    )


def _ratio(ratio: Ratio) -> Ratio:
    return Ratio(
        value=round(ratio.value, RATIO_DECIMALS),
        low=None if ratio.low is None else round(ratio.low, RATIO_DECIMALS),
        high=None if ratio.high is None else round(ratio.high, RATIO_DECIMALS),
    )


def order_of(number: int) -> int:
    """Return the largest of 1, 3, 10, 30, 100 and so on that ``number`` reaches, 0 for none."""
    if number < 1:
        return 0
    tens: int = 10 ** (len(str(number)) - 1)
    return 3 * tens if number >= 3 * tens else tens
