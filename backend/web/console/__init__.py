"""The HR console: a module for each page; ``frames`` holds what the pages stand in."""

from backend.web.console import (
    adjustments,
    appeals,
    audit,
    bias,
    boards,
    budget,
    deeds,
    exports,
    figures,
    follow_ups,
    payroll,
    redemptions,
    reviews,
    rewards,
    rules,
    seasons,
    sign_in,
)
from backend.web.console.frames import pages

__all__ = [
    "adjustments",
    "appeals",
    "audit",
    "bias",
    "boards",
    "budget",
    "deeds",
    "exports",
    "figures",
    "follow_ups",
    "pages",
    "payroll",
    "redemptions",
    "reviews",
    "rewards",
    "rules",
    "seasons",
    "sign_in",
]
