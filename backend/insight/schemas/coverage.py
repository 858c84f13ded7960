"""The supervisors' board as it is answered."""

import marshmallow as ma

from backend.engagement.rules import Category, PostState
from backend.foundation.fields import In, Instant, Out, Str, choice
from backend.venues.rules import ZoneKind


class CoverageArgs(In):
    """Which event; left out, it is the one that is on."""

    event_id = ma.fields.UUID()


class EventNameOut(Out):
    """An event by name."""

    id = ma.fields.UUID(required=True)
    name = Str(required=True)
    ends_at = Instant(required=True)


class NamedOut(Out):
    """A post by name."""

    id = ma.fields.UUID(required=True)
    code = Str(required=True)
    name = Str(required=True)


class ZoneNameOut(NamedOut):
    """A zone by name and kind."""

    kind = choice(ZoneKind, required=True)


class PersonOut(Out):
    """Somebody by name."""

    id = ma.fields.UUID(required=True)
    name = Str(required=True)


class AtPostOut(PersonOut):
    """Somebody whose shift is at this post now."""

    away = ma.fields.Boolean(required=True, metadata={"description": "Helping elsewhere."})


class AwayOut(Out):
    """Somebody away from a post: for what, who was asked, who stands in."""

    cover_id = ma.fields.UUID(required=True)
    since = Instant(required=True)
    request_id = ma.fields.UUID(required=True)
    category = choice(Category, required=True)
    left_by = ma.fields.Nested(PersonOut, required=True)
    asked = ma.fields.Nested(PersonOut, required=True, allow_none=True)
    asked_at = Instant(required=True, allow_none=True)
    escalated_at = Instant(required=True, allow_none=True)
    covered_by = ma.fields.Nested(PersonOut, required=True, allow_none=True)
    covered_at = Instant(required=True, allow_none=True)


class PostLineOut(Out):
    """A post with a shift now."""

    post = ma.fields.Nested(NamedOut, required=True)
    zone = ma.fields.Nested(ZoneNameOut, required=True)
    state = choice(
        PostState,
        required=True,
        metadata={
            "description": "covered: everybody is there. helping: somebody is away, and a colleague"
            " stands in. uncovered: somebody is away, and nobody has come yet."
        },
    )
    since = Instant(required=True, allow_none=True)
    people = ma.fields.List(ma.fields.Nested(AtPostOut), required=True)
    away = ma.fields.List(ma.fields.Nested(AwayOut), required=True)


class WaitingLineOut(Out):
    """An open request, and when more people were told of it since it has been open."""

    id = ma.fields.UUID(required=True)
    zone = ma.fields.Nested(ZoneNameOut, required=True)
    category = choice(Category, required=True)
    seat = Str(required=True, allow_none=True)
    note = Str(required=True, allow_none=True)
    opened_at = Instant(required=True)
    since = Instant(required=True, metadata={"description": "Open since then, or open again."})
    near_at = Instant(required=True, allow_none=True)
    supervisors_at = Instant(required=True, allow_none=True)


class CoverageOut(Out):
    """Posts and open requests of an event that is on; without one, none."""

    event = ma.fields.Nested(EventNameOut, required=True, allow_none=True)
    events = ma.fields.List(
        ma.fields.Nested(EventNameOut),
        required=True,
        metadata={"description": "Every event that is on."},
    )
    posts = ma.fields.List(ma.fields.Nested(PostLineOut), required=True)
    requests = ma.fields.List(ma.fields.Nested(WaitingLineOut), required=True)
