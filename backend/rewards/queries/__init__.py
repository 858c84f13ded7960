"""Reads of rules, books and points."""

from backend.rewards.queries.locks import (
    Accrual,
    lock_accruals,
    lock_balances,
    lock_due,
    lock_waiting,
)
from backend.rewards.queries.points import (
    Entry,
    Evening,
    Points,
    find_evening,
    find_next_due,
    get_points,
    list_entries,
)
from backend.rewards.queries.seals import LEDGER
from backend.rewards.queries.versions import (
    VersionFacts,
    find_current_number,
    forget_rules,
    get_rules,
    list_rule_versions,
    version_facts,
)

__all__ = [
    "LEDGER",
    "Accrual",
    "Entry",
    "Evening",
    "Points",
    "VersionFacts",
    "find_current_number",
    "find_evening",
    "find_next_due",
    "forget_rules",
    "get_points",
    "get_rules",
    "list_entries",
    "list_rule_versions",
    "lock_accruals",
    "lock_balances",
    "lock_due",
    "lock_waiting",
    "version_facts",
]
