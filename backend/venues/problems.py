"""What can be wrong with venues, events and shifts."""

from backend.foundation.problems import Conflict, Invalid, NotFound


class VenueNotFound(NotFound):
    """There is no such venue here."""


class ZoneNotFound(NotFound):
    """There is no such zone here."""


class PostNotFound(NotFound):
    """There is no such post here."""


class SeasonNotFound(NotFound):
    """There is no such season here."""


class EventNotFound(NotFound):
    """There is no such event here."""


class SeasonNameTaken(Conflict):
    """Another season has this name."""


class SeasonsOverlap(Conflict):
    """Another season covers some of these days."""


class EventCodeTaken(Conflict):
    """Another event has this code."""


class SeasonRefused(Invalid):
    """This cannot be a season; see errors."""


class EventBegun(Conflict):
    """The event has begun, so its day and its season stay: points count by them."""


class EventRefused(Invalid):
    """This cannot be an event; see errors."""
