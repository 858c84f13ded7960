"""The tables of rewards."""

from backend.rewards.models.books import (
    Account,
    Balance,
    LateMovement,
    LedgerEntry,
    LedgerSeal,
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
    "LateMovement",
    "LedgerEntry",
    "LedgerSeal",
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
