"""How a season stands, over HTTP, and what came too late for it."""

from typing import Any

import marshmallow as ma

from backend.foundation.fields import Instant, Out, Str, choice
from backend.foundation.pages import PageArgs
from backend.insight.rules import LateKind
from backend.venues.rules import SeasonStatus


class WaitingOut(Out):
    """What is not settled yet: what a closing ends, and points that wait for their time."""

    requests = ma.fields.Integer(required=True, metadata={"description": "Open, or in hand."})
    invitations = ma.fields.Integer(
        required=True, metadata={"description": "Rating codes that can still be used."}
    )
    held_ratings = ma.fields.Integer(
        required=True,
        metadata={"description": "Ratings that nobody has decided on; they lapse with it."},
    )
    points = ma.fields.Integer(required=True, metadata={"description": "Pending points."})
    points_due_at = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "When the last of them are confirmed; null without any."},
    )


class SnapshotLineOut(Out):
    """A snapshot of a season, by the hash of its document."""

    number = ma.fields.Integer(required=True)
    made_at = Instant(required=True)
    sha256 = ma.fields.String(required=True, metadata={"description": "In hexadecimal."})


class WishOut(Out):
    """Somebody's wish to reopen the season, which another person may approve."""

    asked_by = ma.fields.UUID(required=True)
    asked_at = Instant(required=True)
    reason = Str(required=True)
    expires_at = Instant(required=True)


class SeasonStandingOut(Out):
    """A season, and how far its closing is."""

    id = ma.fields.UUID(required=True, attribute="season.id")
    name = Str(required=True, attribute="season.name")
    starts_on = ma.fields.Date(required=True, attribute="season.starts_on")
    ends_on = ma.fields.Date(required=True, attribute="season.ends_on")
    status = choice(SeasonStatus, required=True, attribute="season.status")
    closes_at = Instant(
        required=True,
        allow_none=True,
        attribute="season.closes_at",
        metadata={"description": "From then on what is new does not count; null while open."},
    )
    freezes_at = Instant(
        required=True,
        allow_none=True,
        attribute="season.freezes_at",
        metadata={"description": "From then on nothing moves boards and figures; null while open."},
    )
    waiting = ma.fields.Nested(WaitingOut(), required=True)
    snapshots = ma.fields.List(
        ma.fields.Nested(SnapshotLineOut()),
        required=True,
        metadata={"description": "The newest first."},
    )
    reopening = ma.fields.Nested(WishOut(), required=True, allow_none=True)


class LateArgs(PageArgs):
    """Which of what came too late."""

    kind = choice(LateKind)
    event_id = ma.fields.UUID()
    employee_id = ma.fields.UUID()


class LateLineOut(Out):
    """Something that came after its season was closed: kept, and not counted."""

    kind = choice(
        LateKind,
        required=True,
        metadata={
            "description": "greeting; request opened; resolution of a request; rating; points that"
            " moved in the books alone, such as a reversal."
        },
    )
    id = ma.fields.UUID(
        required=True,
        metadata={
            "description": "Of the greeting, request (also of a resolution), rating or transaction."
        },
    )
    event_id = ma.fields.UUID(required=True)
    employee_id = ma.fields.UUID(required=True)
    at = Instant(required=True, metadata={"description": "When it was done."})
    received_at = Instant(required=True, metadata={"description": "When it came."})
    points = ma.fields.Integer(
        required=True, metadata={"description": "That moved in the books; else 0."}
    )


class LateOut(Out):
    """A page of what came too late, in the order it came, and how much of each kind there is."""

    counts: Any = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    items = ma.fields.List(ma.fields.Nested(LateLineOut()), required=True)
    next_cursor = ma.fields.String(required=True, allow_none=True)


class SnapshotHeadOut(Out):
    """Where the sealed books ended."""

    number = ma.fields.Integer(required=True)
    hash = ma.fields.String(required=True)


class SnapshotOut(Out):
    """What a season came to. The bytes of this answer are what was hashed."""

    frozen: Any = ma.fields.Dict(
        keys=ma.fields.String(),
        required=True,
        metadata={
            "description": "Counts of season and events; boards of [employee, rank, points]."
        },
    )
    late: Any = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer(), required=True)
    ledger_head = ma.fields.Nested(SnapshotHeadOut(), required=True, allow_none=True)
