"""Boards, the programme's figures, coverage and simulations over HTTP."""

from backend.insight.routes import coverage, figures, simulations

BLUEPRINTS = (figures.routes, coverage.routes, simulations.routes)
