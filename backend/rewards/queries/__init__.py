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
from backend.rewards.queries.redemptions import (
    OPEN,
    RedemptionFacts,
    get_redemption,
    list_approvers,
    list_redemptions,
    lock_forgotten,
    lock_redemption,
    redemption_facts,
    sum_rolling_cents,
)
from backend.rewards.queries.rewards import (
    RewardFacts,
    get_reward,
    list_rewards,
    lock_reward,
    reward_facts,
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
from backend.rewards.queries.waiting import Awaited, count_awaited, list_by_deadline

__all__ = [
    "LEDGER",
    "OPEN",
    "Accrual",
    "Awaited",
    "Entry",
    "Evening",
    "Points",
    "RedemptionFacts",
    "RewardFacts",
    "VersionFacts",
    "count_awaited",
    "find_current_number",
    "find_evening",
    "find_next_due",
    "forget_rules",
    "get_points",
    "get_redemption",
    "get_reward",
    "get_rules",
    "list_approvers",
    "list_by_deadline",
    "list_entries",
    "list_redemptions",
    "list_rewards",
    "list_rule_versions",
    "lock_accruals",
    "lock_balances",
    "lock_due",
    "lock_forgotten",
    "lock_redemption",
    "lock_reward",
    "lock_waiting",
    "redemption_facts",
    "reward_facts",
    "sum_rolling_cents",
    "version_facts",
]
