"""Boards, the programme's figures, costs and simulations over HTTP."""

from backend.insight.routes import gesture_costs, simulations

# What gestures cost stands beside the figures, on the same routes.
BLUEPRINTS = (gesture_costs.routes, simulations.routes)
