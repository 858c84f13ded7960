"""The addresses of rewards."""

from backend.rewards.routes.budgets import routes as budgets
from backend.rewards.routes.catalogue import routes as catalogue
from backend.rewards.routes.payroll import routes as payroll
from backend.rewards.routes.payroll_corrections import routes as payroll_corrections
from backend.rewards.routes.points import routes as points
from backend.rewards.routes.redemptions import routes as redemptions
from backend.rewards.routes.rules import routes as rules

BLUEPRINTS = (points, rules, catalogue, redemptions, payroll, payroll_corrections, budgets)
