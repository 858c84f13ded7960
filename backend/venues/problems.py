"""What can be wrong with venues, events and shifts."""

from backend.foundation.problems import Conflict, Invalid, NotFound


class VenueNotFound(NotFound):
    """There is no such venue here."""


class PlaceNotFound(NotFound):
    """There is no such venue, zone or post here."""


class ZoneNotFound(NotFound):
    """There is no such zone here."""


class PostNotFound(NotFound):
    """There is no such post here."""


class SeasonNotFound(NotFound):
    """There is no such season here."""


class EventNotFound(NotFound):
    """There is no such event here."""


class ShiftNotFound(NotFound):
    """There is no such shift here."""


class SeasonNameTaken(Conflict):
    """Another season has this name."""


class SeasonsOverlap(Conflict):
    """Another season covers some of these days."""


class EventCodeTaken(Conflict):
    """Another event has this code."""


class SeasonRefused(Invalid):
    """This cannot be a season; see errors."""


class EventBegun(Conflict):
    """The event has begun, so its day and season stay, and that it has: points count by them."""


class SeasonNotOver(Conflict):
    """The season is not over yet; it can be closed when its last day and its events are."""


class SeasonClosed(Conflict):
    """The season is closed: its boards and figures do not move any more."""


class SeasonOpen(Conflict):
    """The season is open."""


class ReopeningAsked(Conflict):
    """Somebody has asked already to reopen this season; another person can approve it."""


class ReopeningNotAsked(Conflict):
    """Nobody has asked to reopen this season within the last fourteen days."""


class OwnReopening(Conflict):
    """Nobody approves what they asked for themselves."""


class SnapshotNotFound(NotFound):
    """The season has no such snapshot."""


class EventRefused(Invalid):
    """This cannot be an event; see errors."""
