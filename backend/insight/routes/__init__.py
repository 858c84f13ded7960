"""Boards, the programme's figures and simulations over HTTP."""

from backend.insight.routes import budgets, figures, seasons, simulations, traces

BLUEPRINTS = (
    figures.routes,
    seasons.routes,
    simulations.routes,
    traces.routes,
    budgets.routes,
)
