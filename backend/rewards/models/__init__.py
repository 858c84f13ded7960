"""The tables of rewards."""

from backend.rewards.models.books import (
    Account,
    Balance,
    LedgerEntry,
    LedgerTransaction,
    PendingConfirmation,
    PointsOnTheWay,
    RuleVersion,
    Standing,
    TransactionKind,
)
from backend.rewards.models.catalogue import (
    Redemption,
    RedemptionApproval,
    RedemptionHistory,
    Reward,
)

__all__ = [
    "Account",
    "Balance",
    "LedgerEntry",
    "LedgerTransaction",
    "PendingConfirmation",
    "PointsOnTheWay",
    "Redemption",
    "RedemptionApproval",
    "RedemptionHistory",
    "Reward",
    "RuleVersion",
    "Standing",
    "TransactionKind",
]
