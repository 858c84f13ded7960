"""Boards, the programme's figures and simulations over HTTP."""

from backend.insight.routes import budgets, figures, simulations

BLUEPRINTS = (figures.routes, simulations.routes, budgets.routes)
