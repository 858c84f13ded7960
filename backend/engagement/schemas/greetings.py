"""Greetings as they are sent and answered."""

import marshmallow as ma

from backend.engagement.rules import LARGEST_PARTY, Answer, Outcome
from backend.foundation.fields import In, Instant, Int, Out, choice


class GreetingIn(In):
    """A party of fans that was greeted and asked "Can I do something for you?"."""

    party_size = Int(
        low=1, high=LARGEST_PARTY, load_default=1, metadata={"description": "How many people."}
    )
    answer = choice(Answer, load_default=Answer.NOTHING)
    zone_id = ma.fields.UUID(
        metadata={"description": "Where; left out, it is the zone of your post."}
    )
    at = Instant(metadata={"description": "When, by the phone's clock; left out, it is now."})
    sent_at = Instant(
        metadata={"description": "The phone's clock when sending; left out, it is `at`."}
    )


class GreetingOut(Out):
    """What became of a greeting."""

    id = ma.fields.UUID(required=True)
    outcome = choice(
        Outcome,
        required=True,
        metadata={
            "description": "paid; unpaid by the rules; capped for this evening; too_soon after the"
            " one before; unverified, off duty or from a wrong clock; rejected, older than 72 h."
        },
    )
    points = ma.fields.Integer(required=True)
    counted = ma.fields.Boolean(
        required=True, metadata={"description": "Whether it is in the programme's figures."}
    )
    greeted_at = Instant(required=True)
    event_id = ma.fields.UUID(required=True, allow_none=True)
    zone_id = ma.fields.UUID(required=True, allow_none=True)
