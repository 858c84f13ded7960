"""The HR console: a module for each page; ``frames`` holds what the pages stand in."""

from backend.web.console import (
    adjustments,
    appeals,
    audit,
    boards,
    budget,
    deeds,
    figures,
    payroll,
    people,
    people_imports,
    person,
    redemptions,
    rewards,
    rules,
    seasons,
    sign_in,
    slips,
)
from backend.web.console.frames import pages

__all__ = [
    "adjustments",
    "appeals",
    "audit",
    "boards",
    "budget",
    "deeds",
    "figures",
    "pages",
    "payroll",
    "people",
    "people_imports",
    "person",
    "redemptions",
    "rewards",
    "rules",
    "seasons",
    "sign_in",
    "slips",
]
