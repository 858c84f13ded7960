"""The HR console: a module for each page; ``frames`` holds what the pages stand in."""

from backend.web.console import (
    audit,
    budget,
    figures,
    payroll,
    redemptions,
    rewards,
    rules,
    sign_in,
)
from backend.web.console.frames import pages

__all__ = [
    "audit",
    "budget",
    "figures",
    "pages",
    "payroll",
    "redemptions",
    "rewards",
    "rules",
    "sign_in",
]
