"""The day on which a season's points expire, as it is sent and answered."""

import marshmallow as ma

from backend.foundation.fields import Day, In, Instant, Int, Out


class PointsExpiryIn(In):
    """The last day on which the points of a season can be spent, at the venue."""

    expires_on = Day(required=True)
    seen_version = Int(
        low=0,
        high=2**31 - 1,
        required=True,
        metadata={"description": "The version that you saw; 0 where no day was set."},
    )


class PointsExpiryOut(Out):
    """When the points of a season expire: after this day, unless they were spent."""

    season_id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
    expires_on = ma.fields.Date(required=True)
    begun_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When they began to expire; from then on the day stays."},
    )
