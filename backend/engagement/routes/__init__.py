"""The API of the main job."""

from backend.engagement.routes import cards, gestures, greetings, ratings, request_steps, sync

BLUEPRINTS = (
    greetings.routes,
    request_steps.routes,
    gestures.routes,
    cards.routes,
    ratings.routes,
    sync.routes,
)
