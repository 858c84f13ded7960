"""What a simulation takes and gives over HTTP."""

import re
from typing import Any

import marshmallow as ma

from backend.foundation.fields import In, Int, Out, Str, choice
from backend.insight.rules import HIGHEST_CENTS_PER_POINT, MOST_MOVERS
from backend.rewards.rules import SourceKind
from backend.rewards.schemas.points import RulesDocument

_CURRENCY = re.compile(r"[A-Z]{3}")


class SimulationIn(In):
    """A draft of rules, the season to try it on, and, to see its cost, what a point costs."""

    document = ma.fields.Nested(RulesDocument(), required=True)
    season_id = ma.fields.UUID(required=True)
    cents_per_point = Int(low=0, high=HIGHEST_CENTS_PER_POINT)
    currency = Str(
        longest=3,
        shortest=3,
        metadata={"description": "ISO 4217, for instance USD; together with `cents_per_point`."},
    )

    @ma.validates_schema
    def a_whole_rate(self, given: dict[str, Any], **_: object) -> None:
        """Refuse cents of no currency, and a currency without cents."""
        if ("cents_per_point" in given) != ("currency" in given):
            raise ma.ValidationError("Say both or neither.", "currency")
        if "currency" in given and not _CURRENCY.fullmatch(given["currency"]):
            raise ma.ValidationError("Must be three capital letters.", "currency")


class WorthOut(Out):
    """Points, and cents where a rate was given."""

    points = ma.fields.Integer(required=True)
    cents = ma.fields.Integer(required=True, allow_none=True)


class ComparisonOut(Out):
    """What was earned, what the draft would have given, and how much more that is."""

    now = ma.fields.Nested(WorthOut(), required=True)
    draft = ma.fields.Nested(WorthOut(), required=True)
    difference = ma.fields.Nested(WorthOut(), required=True)


class SourceOut(Out):
    """One kind of work, compared."""

    source_kind = choice(SourceKind, required=True)
    now = ma.fields.Nested(WorthOut(), required=True, attribute="points.now")
    draft = ma.fields.Nested(WorthOut(), required=True, attribute="points.draft")
    difference = ma.fields.Nested(WorthOut(), required=True, attribute="points.difference")


class MoverOut(Out):
    """An employee whose points the draft changes."""

    employee_id = ma.fields.UUID(required=True)
    name = ma.fields.String(required=True, attribute="person.name")
    badge_number = ma.fields.String(required=True, attribute="person.badge_number")
    department = ma.fields.String(required=True, attribute="person.department")
    now = ma.fields.Nested(WorthOut(), required=True, attribute="points.now")
    draft = ma.fields.Nested(WorthOut(), required=True, attribute="points.draft")
    difference = ma.fields.Nested(WorthOut(), required=True, attribute="points.difference")


class MovementOut(Out):
    """How many of those who earned anything in either case gain, lose or stay as they are."""

    gain = ma.fields.Integer(required=True)
    lose = ma.fields.Integer(required=True)
    stay = ma.fields.Integer(required=True)


def _movers(which: str) -> ma.fields.Field[Any]:
    return ma.fields.List(
        ma.fields.Nested(MoverOut()),
        required=True,
        metadata={"description": f"At most {MOST_MOVERS}, those who {which} most first."},
    )


class SimulationOut(Out):
    """What a draft would have changed in a season.

    ``most_per_shift`` bounds what a cheat with one friend could earn in one shift by the draft.
    """

    season_id = ma.fields.UUID(required=True)
    season = Str(required=True)
    cents_per_point = ma.fields.Integer(
        required=True, allow_none=True, attribute="rate.cents_per_point", dump_default=None
    )
    currency = Str(required=True, allow_none=True, attribute="rate.currency", dump_default=None)
    total = ma.fields.Nested(ComparisonOut(), required=True)
    sources = ma.fields.List(ma.fields.Nested(SourceOut()), required=True)
    employees = ma.fields.Nested(MovementOut(), required=True)
    most_gained = _movers("gain")
    most_lost = _movers("lose")
    most_per_shift = ma.fields.Nested(WorthOut(), required=True)
