"""The API of the main job."""

from backend.engagement.routes import covers, follow_ups, greetings, ratings, request_steps, sync

BLUEPRINTS = (
    greetings.routes,
    request_steps.routes,
    covers.routes,
    follow_ups.routes,
    ratings.routes,
    sync.routes,
)
