"""A season's budget beside what it has cost, as it is answered."""

import marshmallow as ma

from backend.foundation.fields import Instant, Out, Str, choice
from backend.insight.rules.forecasts import Level, NoForecast


class BudgetOut(Out):
    """The wallet; its version is what a change must have seen."""

    version = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)
    cents = ma.fields.Integer(required=True)
    currency = Str(required=True)


class UsedOut(Out):
    """How much of the budget is used: near from 80 per cent, reached from 100; null without one."""

    share = ma.fields.Float(required=True, allow_none=True)
    level = choice(Level, required=True, allow_none=True)


class OutstandingOut(Out):
    """Points that are not spent yet, of every season."""

    pending = ma.fields.Integer(required=True)
    available = ma.fields.Integer(required=True)
    held = ma.fields.Integer(required=True)


class PointsSideOut(Out):
    """What the season has given, net of what was taken back. Earned points are never refused."""

    issued = ma.fields.Integer(required=True)
    redeemed = ma.fields.Integer(
        required=True,
        metadata={"description": "With what was handed over this season, of points of any season."},
    )
    outstanding = ma.fields.Nested(OutstandingOut(), required=True)
    used = ma.fields.Nested(UsedOut(), required=True)


class CentsSideOut(Out):
    """What the season costs; committed is what was approved or handed over."""

    asked = ma.fields.Integer(required=True)
    approved = ma.fields.Integer(required=True)
    fulfilled = ma.fields.Integer(required=True)
    committed = ma.fields.Integer(required=True)
    left = ma.fields.Integer(required=True, allow_none=True)
    used = ma.fields.Nested(UsedOut(), required=True)


class ElsewhereOut(Out):
    """What is committed in a currency in which there is no budget."""

    currency = Str(required=True)
    committed_cents = ma.fields.Integer(required=True)


class EstimateOut(Out):
    """What is expected, and a 95 per cent interval; null where nothing tells it."""

    expected = ma.fields.Float(required=True)
    low = ma.fields.Float(required=True, allow_none=True)
    high = ma.fields.Float(required=True, allow_none=True)


class EstimatedOut(Out):
    """What is expected in whole points, and a 95 per cent interval; null where nothing tells it."""

    expected = ma.fields.Integer(required=True)
    low = ma.fields.Integer(required=True, allow_none=True)
    high = ma.fields.Integer(required=True, allow_none=True)


class LiabilityOut(Out):
    """Cents at the mean price of a point, and at the highest; null where none is known."""

    expected = ma.fields.Integer(required=True, allow_none=True)
    highest = ma.fields.Integer(required=True, allow_none=True)


class ForecastOut(Out):
    """What the season comes to at its end, with what that rests on."""

    events_ended = ma.fields.Integer(required=True)
    events_left = ma.fields.Integer(required=True)
    points_per_event = ma.fields.Nested(EstimateOut(), required=True)
    points_to_come = ma.fields.Nested(EstimatedOut(), required=True)
    points_at_end = ma.fields.Nested(
        EstimatedOut(), required=True, metadata={"description": "Not spent yet, or still to come."}
    )
    mean_cents_per_point = ma.fields.Float(required=True, allow_none=True)
    highest_cents_per_point = ma.fields.Float(required=True, allow_none=True)
    liability = ma.fields.Nested(LiabilityOut(), required=True)
    left_at_end = ma.fields.Nested(
        LiabilityOut(),
        required=True,
        metadata={"description": "Cents left of the budget when the liability is paid."},
    )
    assumptions = ma.fields.List(ma.fields.String(), required=True)


class ExpirySideOut(Out):
    """When the season's points expire: after this day, unless they were spent."""

    version = ma.fields.Integer(required=True)
    expires_on = ma.fields.Date(required=True)
    begun_at = Instant(required=True, allow_none=True)
    expired = ma.fields.Integer(required=True)
    at_most = ma.fields.Integer(
        required=True,
        metadata={
            "description": "No more than so many will: what those who earned in the season have"
            " available, counted up to what they earned in it."
        },
    )


class BudgetReportOut(Out):
    """A season's budget, what it has given and committed, and what it will come to.

    All cents are in ``currency``: the budget's, or without one the only one there is.
    """

    season_id = ma.fields.UUID(required=True, attribute="season.id")
    season = Str(required=True, attribute="season.name")
    starts_on = ma.fields.Date(required=True, attribute="season.starts_on")
    ends_on = ma.fields.Date(required=True, attribute="season.ends_on")
    budget = ma.fields.Nested(BudgetOut(), required=True, allow_none=True)
    currency = Str(required=True, allow_none=True)
    points = ma.fields.Nested(PointsSideOut(), required=True)
    cents = ma.fields.Nested(CentsSideOut(), required=True, allow_none=True)
    elsewhere = ma.fields.List(ma.fields.Nested(ElsewhereOut()), required=True)
    expiry = ma.fields.Nested(
        ExpirySideOut(),
        required=True,
        allow_none=True,
        metadata={"description": "Null while no day was set: they never expire."},
    )
    forecast = ma.fields.Nested(ForecastOut(), required=True, allow_none=True)
    no_forecast = choice(NoForecast, required=True, allow_none=True)
