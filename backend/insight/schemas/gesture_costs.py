"""What gestures cost as it is answered."""

import marshmallow as ma

from backend.engagement.rules.gestures import GestureCategory
from backend.foundation.fields import Out, choice


class GestureCostOut(Out):
    """What was given at one event in one category."""

    event_id = ma.fields.UUID(required=True)
    event_name = ma.fields.String(required=True)
    held_on = ma.fields.Date(required=True)
    category = choice(GestureCategory, required=True)
    currency = ma.fields.String(required=True)
    gestures = ma.fields.Integer(required=True)
    cents = ma.fields.Integer(required=True)
    allowed_cents = ma.fields.Integer(
        required=True, metadata={"description": "Of these, what a supervisor added beyond a cap."}
    )
    claimed = ma.fields.Integer(
        required=True, metadata={"description": "How many receipts were used."}
    )


class GestureCostsOut(Out):
    """The costs of an event or a season; of the two ids one is null."""

    event_id = ma.fields.UUID(required=True, allow_none=True)
    season_id = ma.fields.UUID(required=True, allow_none=True)
    items = ma.fields.List(ma.fields.Nested(GestureCostOut()), required=True)
    totals = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.Integer(),
        required=True,
        metadata={"description": "Cents by currency."},
    )
