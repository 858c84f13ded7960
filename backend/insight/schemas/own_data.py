"""An employee's own copy of everything, as it is answered."""

import marshmallow as ma

from backend.foundation.fields import Instant, Out


class OwnDataOut(Out):
    """Everything that is kept about the caller."""

    made_at = Instant(required=True)
    employee = ma.fields.Dict(required=True, metadata={"description": "As HR has entered them."})
    parts = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.List(ma.fields.Dict()),
        required=True,
        metadata={
            "description": "Rows by what they are about: greetings, points, sessions and so on;"
            " new parts may be added."
        },
    )
