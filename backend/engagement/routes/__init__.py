"""The API of the main job."""

from backend.engagement.routes import (
    asks,
    cards,
    covers,
    follow_ups,
    gestures,
    greetings,
    heard,
    ratings,
    request_steps,
    retentions,
    reviews,
    shifts,
    sync,
)

BLUEPRINTS = (
    greetings.routes,
    request_steps.routes,
    covers.routes,
    follow_ups.routes,
    gestures.routes,
    cards.routes,
    ratings.routes,
    reviews.routes,
    shifts.routes,
    retentions.routes,
    asks.routes,
    heard.routes,
    sync.routes,
)
