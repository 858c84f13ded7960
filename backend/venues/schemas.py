"""What venues take and give over HTTP."""

import marshmallow as ma

from backend.foundation.fields import EARLIEST, LATEST, In, Instant, Int, Name, Out, Str, choice
from backend.foundation.pages import PageArgs
from backend.venues.rules import (
    LARGEST_ATTENDANCE,
    ReopeningStatus,
    SeasonStatus,
    ZoneKind,
)


def _given_day() -> ma.fields.Date:
    within = ma.validate.Range(EARLIEST.date(), LATEST.date())
    return ma.fields.Date(required=True, validate=within)


class PostOut(Out):
    """A place where somebody works."""

    id = ma.fields.UUID(required=True)
    code = Str(required=True)
    name = Str(required=True)


class ZoneOut(Out):
    """A part of a venue."""

    id = ma.fields.UUID(required=True)
    code = Str(required=True)
    name = Str(required=True)
    kind = choice(ZoneKind, required=True)


class ZoneWithPostsOut(ZoneOut):
    """A part of a venue, and the posts in it."""

    posts = ma.fields.List(ma.fields.Nested(PostOut()), required=True)


class VenueOut(Out):
    """An arena."""

    id = ma.fields.UUID(required=True)
    code = Str(required=True)
    name = Str(required=True)
    time_zone = Str(required=True, metadata={"description": "An IANA name."})
    capacity = ma.fields.Integer(required=True)
    command_centre_phone = Str(
        required=True,
        allow_none=True,
        metadata={"description": "Whom to call about safety; keep it where there is no network."},
    )


class VenueWithZonesOut(VenueOut):
    """An arena with its zones and posts."""

    zones = ma.fields.List(ma.fields.Nested(ZoneWithPostsOut()), required=True)


class VenuesOut(Out):
    """A page of venues by code."""

    items = ma.fields.List(ma.fields.Nested(VenueOut()), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class SeasonIn(In):
    """A programme season, first and last day included."""

    name = Name(shortest=1, longest=60, required=True)
    starts_on = _given_day()
    ends_on = _given_day()


class SeasonOut(Out):
    """A programme season, first and last day included."""

    id = ma.fields.UUID(required=True)
    name = Str(required=True)
    starts_on = ma.fields.Date(required=True)
    ends_on = ma.fields.Date(required=True)
    status = choice(SeasonStatus, required=True)
    closes_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "From then on what is new does not count; null while open."},
    )


class CloseIn(In):
    """Why a season is closed, if there is more to say than that it is over."""

    reason = Str(longest=500, shortest=1)


class ReopenIn(In):
    """Why a season should be reopened; it is put on record."""

    reason = Str(longest=500, shortest=1, required=True)


class ReopeningOut(Out):
    """Somebody's wish to reopen a season."""

    id = ma.fields.UUID(required=True)
    season_id = ma.fields.UUID(required=True)
    status = choice(ReopeningStatus, required=True)
    reason = Str(required=True)
    asked_by = ma.fields.UUID(required=True)
    asked_at = Instant(required=True)
    expires_at = Instant(required=True)
    approved_by = ma.fields.UUID(required=True, allow_none=True)
    approved_at = Instant(required=True, allow_none=True)


class SeasonsOut(Out):
    """A page of seasons, the newest first."""

    items = ma.fields.List(ma.fields.Nested(SeasonOut()), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class EventIn(In):
    """A game or concert; without ``season_id`` its day tells the season."""

    code = Name(shortest=1, longest=60, required=True)
    venue_id = ma.fields.UUID(required=True)
    season_id = ma.fields.UUID()
    name = Name(shortest=1, longest=160, required=True)
    doors_at = Instant(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    attendance = Int(low=0, high=LARGEST_ATTENDANCE)


class EventPatchIn(In):
    """What changes about an event; ``attendance`` null means that it is not known after all."""

    season_id = ma.fields.UUID()
    name = Name(shortest=1, longest=160)
    doors_at = Instant()
    starts_at = Instant()
    ends_at = Instant()
    attendance = Int(low=0, high=LARGEST_ATTENDANCE, allow_none=True)


class EventOut(Out):
    """A game or concert; ``held_on`` is the venue's own date."""

    id = ma.fields.UUID(required=True)
    code = Str(required=True)
    venue_id = ma.fields.UUID(required=True)
    season_id = ma.fields.UUID(required=True)
    name = Str(required=True)
    held_on = ma.fields.Date(required=True)
    time_zone = Str(required=True, metadata={"description": "An IANA name: the venue's."})
    doors_at = Instant(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)
    attendance = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "People through the gates; null while it is not known."},
    )


class EventsArgs(PageArgs):
    """Which events: those that start between two instants, both included."""

    since = Instant(data_key="from")
    until = Instant(data_key="to")


class EventsOut(Out):
    """A page of events by start."""

    items = ma.fields.List(ma.fields.Nested(EventOut()), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class ShiftsArgs(PageArgs):
    """Whose shifts: those of an event."""

    event_id = ma.fields.UUID(required=True)


class ShiftOut(Out):
    """An employee at a post during an event."""

    id = ma.fields.UUID(required=True)
    event_id = ma.fields.UUID(required=True)
    employee_id = ma.fields.UUID(required=True)
    post_id = ma.fields.UUID(required=True)
    starts_at = Instant(required=True)
    ends_at = Instant(required=True)


class ShiftsOut(Out):
    """A page of shifts by start."""

    items = ma.fields.List(ma.fields.Nested(ShiftOut()), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class WhereArgs(In):
    """Where the caller is."""

    venue_id = ma.fields.UUID(
        metadata={
            "description": "The venue where I am, if events are on at several and I have no shift."
        }
    )


class MyColleaguesArgs(PageArgs, WhereArgs):
    """Which page of colleagues, and where."""


class DutyOut(Out):
    """Where the caller is on duty now; all null when nowhere.

    Salaried staff without a shift have an event and neither post nor zone; what else is on at
    other venues is ``elsewhere``.
    """

    event = ma.fields.Nested(EventOut(), required=True, allow_none=True)
    shift_id = ma.fields.UUID(required=True, allow_none=True)
    post = ma.fields.Nested(PostOut(), required=True, allow_none=True)
    zone = ma.fields.Nested(ZoneOut(), required=True, allow_none=True)
    elsewhere = ma.fields.List(ma.fields.Nested(EventOut()), required=True)


class ColleagueOut(Out):
    """Somebody who is on duty beside the caller, and where."""

    employee_id = ma.fields.UUID(required=True)
    name = Str(required=True)
    post = ma.fields.Nested(PostOut(), required=True)
    zone = ma.fields.Nested(ZoneOut(), required=True)


class ColleaguesOut(Out):
    """A page of colleagues, those in the caller's own zone first."""

    items = ma.fields.List(ma.fields.Nested(ColleagueOut()), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class ImportOut(Out):
    """What became of the rows of a file; the last three add up to ``rows``."""

    rows = ma.fields.Integer(required=True)
    added = ma.fields.Integer(required=True)
    changed = ma.fields.Integer(required=True)
    unchanged = ma.fields.Integer(required=True)
