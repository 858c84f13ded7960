"""The tables of rewards."""

from backend.rewards.models.adjustments import (
    Adjustment,
    AdjustmentEnd,
    AdjustmentPart,
    Appeal,
    AppealDecision,
)
from backend.rewards.models.books import (
    Account,
    Balance,
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
    "Adjustment",
    "AdjustmentEnd",
    "AdjustmentPart",
    "Appeal",
    "AppealDecision",
    "Balance",
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
