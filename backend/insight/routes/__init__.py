"""Boards, the programme's figures and simulations over HTTP."""

from backend.insight.routes import budgets, figures, simulations, traces

BLUEPRINTS = (figures.routes, simulations.routes, traces.routes, budgets.routes)
