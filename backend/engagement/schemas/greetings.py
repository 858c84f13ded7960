"""Greetings as they are sent and answered."""

from typing import Any

import marshmallow as ma

from backend.engagement.rules import LARGEST_PARTY, Answer, Outcome
from backend.engagement.schemas.requests import RequestIn, RequestOut
from backend.foundation.fields import Bool, In, Instant, Int, Out, choice


class WishIn(RequestIn):
    """What the greeted fan needs; its request is opened in the same call."""

    class Meta(In.Meta):
        """A greeting says when, and which greeting it is."""

        exclude = ("greeting_id", "at", "sent_at")

    id = ma.fields.UUID(
        required=True, metadata={"description": "The request's id, made by the phone."}
    )
    take = Bool(
        load_default=True,
        metadata={"description": "Take it in hand at once; with five in hand it stays open."},
    )


class GreetingIn(In):
    """A party of fans that was greeted and asked "Can I do something for you?"."""

    party_size = Int(
        low=1, high=LARGEST_PARTY, load_default=1, metadata={"description": "How many people."}
    )
    answer = choice(Answer, load_default=Answer.NOTHING)
    zone_id = ma.fields.UUID(
        metadata={"description": "Where; left out, it is the zone of your post."}
    )
    request = ma.fields.Nested(
        WishIn(), metadata={"description": "What is needed, when the answer is help."}
    )
    at = Instant(metadata={"description": "When, by the phone's clock; left out, it is now."})
    sent_at = Instant(
        metadata={"description": "The phone's clock when sending; left out, it is `at`."}
    )

    @ma.validates_schema
    def _help_needs_a_request(self, body: dict[str, Any], **_: Any) -> None:
        wished = body.get("request") is not None
        if wished != (body["answer"] is Answer.HELP):
            raise ma.ValidationError(
                "Say what is needed exactly when the answer is help.", "request"
            )


class GreetingOut(Out):
    """What became of a greeting."""

    id = ma.fields.UUID(required=True)
    outcome = choice(
        Outcome,
        required=True,
        metadata={
            "description": "paid; unpaid by the rules; capped for this evening; too_soon after the"
            " one before; unverified, off duty or from a wrong clock; rejected, older than 72 h;"
            " season_closed, after the event's season was closed."
        },
    )
    points = ma.fields.Integer(required=True)
    counted = ma.fields.Boolean(
        required=True, metadata={"description": "Whether it is in the programme's figures."}
    )
    greeted_at = Instant(required=True)
    event_id = ma.fields.UUID(required=True, allow_none=True)
    zone_id = ma.fields.UUID(required=True, allow_none=True)
    request = ma.fields.Nested(RequestOut, required=True, allow_none=True)


class TallyOut(Out):
    """My evening in numbers."""

    event_id = ma.fields.UUID(required=True)
    event_name = ma.fields.String(required=True)
    greetings = ma.fields.Integer(
        required=True, metadata={"description": "Those in the programme's figures."}
    )
    fans_greeted = ma.fields.Integer(required=True)
    paid_greetings = ma.fields.Integer(required=True)
    accepted = ma.fields.Integer(required=True)
    resolved = ma.fields.Integer(required=True)
    ratings = ma.fields.Integer(
        required=True,
        metadata={"description": "As in /me/ratings: by fives, or all once the event is over."},
    )
    five_star = ma.fields.Integer(required=True)
