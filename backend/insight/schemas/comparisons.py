"""What the bias report takes and gives over HTTP."""

import marshmallow as ma

from backend.foundation.fields import In, Instant, Out, choice
from backend.insight.rules.comparisons import Grouping, Showing


class BiasReportArgs(In):
    """A season; the one that began last when none is named."""

    season_id = ma.fields.UUID()


class CountedShareOut(Out):
    """A count out of so many, as a share of 1 with its score interval (Wilson 1927)."""

    share = ma.fields.Float(required=True)
    low = ma.fields.Float(required=True)
    high = ma.fields.Float(required=True)
    count = ma.fields.Integer(required=True)
    out_of = ma.fields.Integer(required=True)


class RatingFiguresOut(Out):
    """What fans said of a group's people."""

    people = ma.fields.Integer(
        required=True, metadata={"description": "How many of the group were rated."}
    )
    good = ma.fields.Nested(
        CountedShareOut(),
        required=True,
        metadata={"description": "Four or five stars, out of the ratings that count."},
    )
    held = ma.fields.Nested(
        CountedShareOut(),
        required=True,
        metadata={
            "description": "Ratings that were held for a person to decide, whatever was decided,"
            " out of all."
        },
    )


class HourFiguresOut(Out):
    """What a group's people with shifts earned in a worked hour."""

    people = ma.fields.Integer(
        required=True, metadata={"description": "How many of the group worked shifts."}
    )
    points = ma.fields.Integer(required=True)
    worked_minutes = ma.fields.Function(lambda one: one.seconds // 60, required=True)
    points_per_hour = ma.fields.Float(required=True, attribute="an_hour.value")
    low = ma.fields.Float(required=True, allow_none=True, attribute="an_hour.low")
    high = ma.fields.Float(
        required=True,
        allow_none=True,
        attribute="an_hour.high",
        metadata={"description": "By the ratio estimator's standard error (Cochran 1977)."},
    )


class GroupOut(Out):
    """A group with its figures; each is null where there is none, or it is withheld."""

    name = ma.fields.String(required=True)
    rating_showing = choice(Showing, required=True)
    ratings = ma.fields.Nested(RatingFiguresOut(), required=True, allow_none=True)
    hour_showing = choice(Showing, required=True)
    hours = ma.fields.Nested(HourFiguresOut(), required=True, allow_none=True)


class GroupComparisonOut(Out):
    """People grouped in one way, as they are now."""

    by = choice(Grouping, required=True)
    attribute = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={
            "description": "Which protected groups these are; their shares are rounded, and of"
            " numbers the order is told: 30 is 30 to 99."
        },
    )
    groups = ma.fields.List(ma.fields.Nested(GroupOut()), required=True)
    together = ma.fields.Nested(
        GroupOut(),
        required=True,
        metadata={"description": "Those that are withheld, as one group."},
    )
    everybody = ma.fields.Nested(GroupOut(), required=True)


class BiasReportOut(Out):
    """A season by every grouping, and by the protected groups that HR has imported for it.

    It says that groups differ, and never why.
    """

    season_id = ma.fields.UUID(required=True)
    season = ma.fields.String(required=True)
    read_at = Instant(required=True)
    fewest_people = ma.fields.Integer(
        required=True, metadata={"description": "Figures of fewer are withheld."}
    )
    fewest_ratings = ma.fields.Integer(
        required=True, metadata={"description": "Shares of fewer are withheld."}
    )
    confidence = ma.fields.Float(required=True)
    comparisons = ma.fields.List(ma.fields.Nested(GroupComparisonOut()), required=True)
