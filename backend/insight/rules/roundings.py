"""What is told of protected groups is rounded, so that sums do not say who is in which.

Who knows what each person was rated, worked and earned, as HR does, could else try which people
make up a sum; and the same report before and after one person's group was changed would give that
person's figures as a difference. Shares keep as much as a person reads in them.
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

PEOPLE_TO, RATINGS_TO, POINTS_TO, HOURS_TO = 5, 10, 100, 10
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
        people=_to(figures.people, PEOPLE_TO),
        good=_share(figures.good),
        held=_share(figures.held),
    )


def _share(share: Share) -> Share:
    return Share(
        share=round(share.share, SHARE_DECIMALS),
        low=round(share.low, SHARE_DECIMALS),
        high=round(share.high, SHARE_DECIMALS),
        count=_to(share.count, RATINGS_TO),
        out_of=_to(share.out_of, RATINGS_TO),
    )


def _hours(figures: HourFigures) -> HourFigures:
    return HourFigures(
        people=_to(figures.people, PEOPLE_TO),
        points=_to(figures.points, POINTS_TO),
        seconds=_to(figures.seconds, HOURS_TO * HOUR),
        an_hour=_ratio(figures.an_hour),
    )


def _ratio(ratio: Ratio) -> Ratio:
    return Ratio(
        value=round(ratio.value, RATIO_DECIMALS),
        low=None if ratio.low is None else round(ratio.low, RATIO_DECIMALS),
        high=None if ratio.high is None else round(ratio.high, RATIO_DECIMALS),
    )


def _to(number: int, step: int) -> int:
    """Return the multiple of ``step`` nearest to ``number``, a half rounded up."""
    return (number + step // 2) // step * step
