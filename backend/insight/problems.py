"""What boards and figures refuse."""

from backend.foundation.problems import NotFound


class NoSeasonYet(NotFound):
    """No programme season has begun."""


class SeasonUnknown(NotFound):
    """There is no such season here."""


class EventUnknown(NotFound):
    """There is no such event here."""


class VenueUnknown(NotFound):
    """There is no such venue here."""


class DepartmentUnknown(NotFound):
    """There is no such department here."""
