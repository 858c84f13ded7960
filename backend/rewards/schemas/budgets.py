"""The budget of a season as it is sent and answered."""

import marshmallow as ma

from backend.foundation.fields import In, Int, Out, Str
from backend.rewards.rules import MOST_BUDGET_CENTS, MOST_BUDGET_POINTS
from backend.rewards.schemas.catalogue import currency_code


class SeasonBudgetIn(In):
    """What a season may cost: points, and cents of one currency."""

    points = Int(low=0, high=MOST_BUDGET_POINTS, required=True)
    cents = Int(low=0, high=MOST_BUDGET_CENTS, required=True)
    currency = currency_code(required=True)
    seen_version = Int(
        low=0,
        high=2**31 - 1,
        required=True,
        metadata={"description": "The version that you saw; 0 where no budget was set."},
    )


class SeasonBudgetOut(Out):
    """The budget of a season. Cents are never exceeded; earned points are never refused."""

    season_id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    points = ma.fields.Integer(required=True)
    cents = ma.fields.Integer(required=True)
    currency = Str(required=True)
