"""Reads of what a season may cost, and of what it has cost."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from backend.rewards.models import (
    PayrollCorrection,
    PayrollCorrectionDecision,
    PayrollLine,
    Redemption,
    SeasonBudget,
)
from backend.rewards.rules import RedemptionStatus

# What somebody may still count on, or has had. Money is promised by the last approval.
COMMITTED = (RedemptionStatus.APPROVED, RedemptionStatus.FULFILLED)


@dataclass(frozen=True, kw_only=True, slots=True)
class BudgetFacts:
    """The wallet of a season as it is now."""

    season_id: UUID
    version: int
    points: int
    cents: int
    currency: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Spending:
    """What the redemptions of a season at one status come to, in one currency."""

    season_id: UUID
    status: RedemptionStatus
    currency: str
    cents: int
    points: int


def find_budgets(
    session: Session, *, organisation_id: UUID, season_ids: Collection[UUID]
) -> dict[UUID, BudgetFacts]:
    """Return the budgets of those of these seasons that have one."""
    rows = session.scalars(
        select(SeasonBudget)
        .where(
            SeasonBudget.organisation_id == organisation_id,
            SeasonBudget.season_id.in_(season_ids),
        )
        .execution_options(populate_existing=True)
    )
    return {row.season_id: budget_facts(row) for row in rows}


def budget_facts(row: SeasonBudget) -> BudgetFacts:
    """Return the facts in ``row``."""
    return BudgetFacts(**{name: getattr(row, name) for name in BudgetFacts.__dataclass_fields__})


def list_spending(
    session: Session, *, organisation_id: UUID, season_ids: Collection[UUID]
) -> list[Spending]:
    """Return what the redemptions of these seasons come to, by status and currency.

    What payroll was told to pay more or less for one of them counts with it, once approved.
    """
    key = (Redemption.season_id, Redemption.status, Redemption.currency)
    of_seasons = (
        Redemption.organisation_id == organisation_id,
        Redemption.season_id.in_(season_ids),
    )
    asked = select(*key, func.sum(Redemption.value_cents), func.sum(Redemption.points))
    corrected = (
        select(*key, func.sum(PayrollCorrection.amount_cents), literal(0))
        .join(
            PayrollLine,
            (PayrollLine.organisation_id == Redemption.organisation_id)
            & (PayrollLine.redemption_id == Redemption.id),
        )
        .join(
            PayrollCorrection,
            (PayrollCorrection.organisation_id == PayrollLine.organisation_id)
            & (PayrollCorrection.line_id == PayrollLine.id),
        )
        .join(
            PayrollCorrectionDecision,
            (PayrollCorrectionDecision.organisation_id == PayrollCorrection.organisation_id)
            & (PayrollCorrectionDecision.correction_id == PayrollCorrection.id)
            & PayrollCorrectionDecision.approved,
        )
    )
    return [
        Spending(
            season_id=season_id,
            status=status,
            currency=currency,
            cents=int(cents),
            points=int(points),
        )
        for query in (asked, corrected)
        for season_id, status, currency, cents, points in session.execute(
            query.where(*of_seasons).group_by(*key).order_by(*key)
        )
        if season_id
    ]


def committed_cents(spendings: Iterable[Spending], *, season_id: UUID, currency: str) -> int:
    """Return what is committed of a season's ``spendings`` in one currency."""
    return sum(
        one.cents
        for one in spendings
        if (one.season_id, one.currency) == (season_id, currency) and one.status in COMMITTED
    )
