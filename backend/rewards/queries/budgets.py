"""Reads of what a season may cost, and of what it has cost."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.rewards.models import Redemption, SeasonBudget
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
    """Return what the redemptions of these seasons come to, by status and currency."""
    key = (Redemption.season_id, Redemption.status, Redemption.currency)
    rows = session.execute(
        select(
            *key,
            func.sum(Redemption.value_cents).label("cents"),
            func.sum(Redemption.points).label("points"),
        )
        .where(Redemption.organisation_id == organisation_id, Redemption.season_id.in_(season_ids))
        .group_by(*key)
        .order_by(*key)
    )
    return [
        Spending(
            season_id=row.season_id,
            status=row.status,
            currency=row.currency,
            cents=int(row.cents),
            points=int(row.points),
        )
        for row in rows
        if row.season_id
    ]


def committed_cents(spendings: Iterable[Spending], *, season_id: UUID, currency: str) -> int:
    """Return what is committed of a season's ``spendings`` in one currency."""
    return sum(
        one.cents
        for one in spendings
        if (one.season_id, one.currency) == (season_id, currency) and one.status in COMMITTED
    )
