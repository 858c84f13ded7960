"""What is told to fans of what they asked for: bounds, and what is too little to be told."""

import base64
import hashlib
import re
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

LONGEST_ASKED, LONGEST_DONE, LONGEST_WHY = 200, 500, 280
# Fewer than these could be told to be somebody in particular.
LEAST_SHOWN = 5
MOST_SHOWN_WHYS = 5
MOST_SHOWN_ENTRIES = 50
# Of one entry: an arena in its break, and no machine that answers all night.
MOST_ANSWERS, ANSWERED_WITHIN = 2_000, timedelta(minutes=10)
_TAIL = 8


class Works(StrEnum):
    """Whether what was done works for a fan."""

    YES = "yes"
    NOT_YET = "not_yet"


def slug_of(venue_id: UUID, code: str) -> str:
    """Return the name of a venue in public addresses: codes alone are an organisation's own."""
    words = re.findall(r"[a-z0-9]+", code.lower())
    digest = hashlib.sha256(venue_id.bytes).digest()
    return "-".join([*words, base64.b32encode(digest).decode()[:_TAIL].lower()])


def shown_count(count: int) -> int | None:
    """Return ``count``, or None where it is too small to be shown."""
    return count if count >= LEAST_SHOWN else None
