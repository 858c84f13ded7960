"""For how long an organisation keeps what fans wrote, and signals."""

import marshmallow as ma

from backend.foundation.fields import In, Int, Out
from backend.integrity.rules.retentions import (
    LEAST_SIGNAL_DAYS,
    LEAST_WORD_DAYS,
    MOST_SIGNAL_DAYS,
    MOST_WORD_DAYS,
)

WORDS = "Comments, and seats and notes of requests; why something does not work yet for a fan."
SIGNALS = "What was seen of phones, hashed, and what fans say about suggested scores."


class RetentionIn(In):
    """How many days each is kept from now on; what is older is deleted, and stays so."""

    word_days = Int(
        low=LEAST_WORD_DAYS,
        high=MOST_WORD_DAYS,
        required=True,
        metadata={"description": WORDS},
    )
    signal_days = Int(
        low=LEAST_SIGNAL_DAYS,
        high=MOST_SIGNAL_DAYS,
        required=True,
        metadata={"description": SIGNALS},
    )


class RetentionOut(Out):
    """How many days each is kept."""

    word_days = ma.fields.Integer(required=True, metadata={"description": WORDS})
    signal_days = ma.fields.Integer(required=True, metadata={"description": SIGNALS})
