"""The addresses of rewards."""

from backend.rewards.routes.points import routes as points
from backend.rewards.routes.rules import routes as rules

BLUEPRINTS = (points, rules)
