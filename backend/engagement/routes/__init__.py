"""The API of the main job."""

from backend.engagement.routes import greetings, ratings, request_steps, sync

BLUEPRINTS = (greetings.routes, request_steps.routes, ratings.routes, sync.routes)
