"""What fans ask for themselves, as it is sent and answered; and what is printed for it."""

import marshmallow as ma

from backend.engagement.rules import Category
from backend.engagement.rules.asks import LONGEST_NOTE, LONGEST_SEAT, AskState
from backend.foundation.fields import In, Instant, Out, SecretOut, Str, choice


class AskIn(In):
    """What a fan needs, where the code hangs."""

    id = ma.fields.UUID(
        required=True,
        metadata={"description": "Made by the client, at random, and told to nobody else."},
    )
    place_code = Str(
        longest=100, shortest=1, required=True, metadata={"description": "What the QR ends in."}
    )
    category = choice(Category, required=True)
    seat = Str(longest=LONGEST_SEAT, allow_none=True)
    note = Str(longest=LONGEST_NOTE, allow_none=True)


class AskOut(SecretOut):
    """How far it is; whoever has the token is the fan."""

    token = Str(required=True, metadata={"description": "What it is followed by."})
    url = Str(required=True, metadata={"description": "The page that shows the same."})
    state = choice(AskState, required=True)
    category = choice(Category, required=True)
    seat = Str(longest=LONGEST_SEAT, required=True, allow_none=True)
    note = Str(longest=LONGEST_NOTE, required=True, allow_none=True)
    place = Str(required=True)
    event_name = Str(required=True)
    first_name = Str(
        required=True,
        allow_none=True,
        metadata={"description": "Of who is on the way, or was there."},
    )
    asked_at = Instant(required=True)
    changed_at = Instant(required=True)
    look_again_seconds = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={
            "description": "When to look again, with the ETag; it grows while nothing happens."
            " Null: there will be no news."
        },
    )
    rating_code = Str(
        required=True,
        allow_none=True,
        metadata={"description": "Once it is done, until it is used."},
    )
    rated = ma.fields.Boolean(required=True)
    again = ma.fields.Boolean(
        required=True, metadata={"description": "It was opened anew for somebody else."}
    )
    can_cancel = ma.fields.Boolean(required=True)
    can_reopen = ma.fields.Boolean(required=True)


class UnsolvedIn(In):
    """That it was not solved, from whoever has rated it."""

    code = Str(longest=60, shortest=1, required=True, metadata={"description": "Of the rating."})
    correction_token = Str(
        longest=100, required=True, metadata={"description": "From the rating's answer."}
    )


class AskVersionOut(Out):
    """Which printed codes of a venue are good from now on."""

    venue_id = ma.fields.UUID(required=True)
    version = ma.fields.Integer(required=True)
