"""What may be a venue, an event or a shift: arithmetic on instants and numbers."""

from enum import StrEnum


class ZoneKind(StrEnum):
    """What a part of a venue is; posts of one kind are compared with each other."""

    GATE = "gate"
    CONCOURSE = "concourse"
    SECTION = "section"
    SUITE = "suite"
    PARKING = "parking"
    OTHER = "other"
