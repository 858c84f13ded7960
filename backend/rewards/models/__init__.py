"""The tables of rewards."""

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
from backend.rewards.models.budgets import SeasonBudget
from backend.rewards.models.catalogue import (
    Redemption,
    RedemptionApproval,
    RedemptionHistory,
    Reward,
)
from backend.rewards.models.expiries import PointsExpiry, PointsToExpire
from backend.rewards.models.payroll import (
    PayrollAcknowledgement,
    PayrollBatch,
    PayrollCarriedCorrection,
    PayrollCorrection,
    PayrollCorrectionDecision,
    PayrollFile,
    PayrollLine,
    PayrollLineSource,
    PayrollLineWeek,
)

__all__ = [
    "Account",
    "Balance",
    "LedgerEntry",
    "LedgerSeal",
    "LedgerTransaction",
    "PayrollAcknowledgement",
    "PayrollBatch",
    "PayrollCarriedCorrection",
    "PayrollCorrection",
    "PayrollCorrectionDecision",
    "PayrollFile",
    "PayrollLine",
    "PayrollLineSource",
    "PayrollLineWeek",
    "PendingConfirmation",
    "PointsExpiry",
    "PointsOnTheWay",
    "PointsToExpire",
    "Redemption",
    "RedemptionApproval",
    "RedemptionHistory",
    "Reward",
    "RuleVersion",
    "SeasonBudget",
    "Standing",
    "TransactionKind",
]
