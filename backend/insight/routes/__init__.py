"""Boards, the programme's figures, comparisons, costs, coverage and simulations over HTTP."""

from backend.insight.routes import (
    budgets,
    comparisons,
    coverage,
    gesture_costs,
    own_data,
    seasons,
    simulations,
    traces,
)

# What gestures cost stands beside the figures, on the same routes.
BLUEPRINTS = (
    gesture_costs.routes,
    seasons.routes,
    coverage.routes,
    simulations.routes,
    traces.routes,
    budgets.routes,
    comparisons.routes,
    own_data.routes,
)
