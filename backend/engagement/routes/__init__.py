"""The API of the main job."""

from backend.engagement.routes import greetings

BLUEPRINTS = (greetings.routes,)
