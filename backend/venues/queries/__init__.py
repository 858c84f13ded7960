"""Reads of venues for every domain above: what is where, what is on, who is on duty."""

from backend.venues.queries.duty import Duty, ShiftFacts, find_duty, list_duties, list_shifts
from backend.venues.queries.events import (
    AFTER_END,
    BEFORE_DOORS,
    EventFacts,
    EventFilter,
    SeasonFacts,
    find_event_on,
    get_event,
    get_season,
    list_events,
    list_seasons,
)
from backend.venues.queries.places import (
    PostFacts,
    VenueFacts,
    ZoneFacts,
    get_post,
    get_venue,
    get_zone,
    list_posts,
    list_venues,
    list_zones,
)

__all__ = [
    "AFTER_END",
    "BEFORE_DOORS",
    "Duty",
    "EventFacts",
    "EventFilter",
    "PostFacts",
    "SeasonFacts",
    "ShiftFacts",
    "VenueFacts",
    "ZoneFacts",
    "find_duty",
    "find_event_on",
    "get_event",
    "get_post",
    "get_season",
    "get_venue",
    "get_zone",
    "list_duties",
    "list_events",
    "list_posts",
    "list_seasons",
    "list_shifts",
    "list_venues",
    "list_zones",
]
