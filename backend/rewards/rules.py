"""Rules as data: what is worth how many points, and how points are split."""

from enum import StrEnum


class SourceKind(StrEnum):
    """What earned points."""

    GREETING = "greeting"
    REQUEST = "request"
    RATING = "rating"
