"""Boards, the programme's figures, coverage and simulations over HTTP."""

from backend.insight.routes import (
    budgets,
    coverage,
    figures,
    seasons,
    simulations,
    traces,
)

BLUEPRINTS = (
    figures.routes,
    seasons.routes,
    coverage.routes,
    simulations.routes,
    traces.routes,
    budgets.routes,
)
