"""The HR console: a module for each page; ``frames`` holds what the pages stand in."""

from backend.web.console import (
    adjustments,
    appeals,
    audit,
    boards,
    budget,
    comments,
    deeds,
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
    "boards",
    "budget",
    "comments",
    "deeds",
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
