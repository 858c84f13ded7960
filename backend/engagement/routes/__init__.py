"""The API of the main job."""

from backend.engagement.routes import greetings, ratings, request_steps

BLUEPRINTS = (greetings.routes, request_steps.routes, ratings.routes)
