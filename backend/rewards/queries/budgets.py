"""Reads of what a season may cost, and of what it has cost."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from backend.rewards.models import (
    Adjustment,
    AdjustmentEnd,
    AdjustmentPart,
    PayrollCorrection,
    PayrollCorrectionDecision,
    PayrollLine,
    PointsOnTheWay,
    Redemption,
    SeasonBudget,
    Standing,
)
from backend.rewards.rules import (
    AdjustmentKind,
    AdjustmentStatus,
    RedemptionStatus,
    season_board,
)
from backend.venues.queries import list_event_ids

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


def sum_issued(session: Session, *, organisation_id: UUID, season_id: UUID) -> int:
    """Return the points that a season has given until now: earned at its events, and adjusted.

    Net of what was taken back, and with what is on its way to the boards: in one statement, since
    it arrives at any time.
    """
    earned = select(func.sum(Standing.points)).where(
        Standing.organisation_id == organisation_id, Standing.board == season_board(season_id)
    )
    events = list_event_ids(session, organisation_id=organisation_id, season_id=season_id)
    coming = select(func.sum(PointsOnTheWay.points)).where(
        PointsOnTheWay.organisation_id == organisation_id, PointsOnTheWay.event_id.in_(events)
    )
    adjusted = (
        select(func.sum(AdjustmentPart.points))
        .join(
            Adjustment,
            (Adjustment.organisation_id == AdjustmentPart.organisation_id)
            & (Adjustment.id == AdjustmentPart.adjustment_id),
        )
        .join(
            AdjustmentEnd,
            (AdjustmentEnd.organisation_id == AdjustmentPart.organisation_id)
            & (AdjustmentEnd.adjustment_id == AdjustmentPart.adjustment_id),
        )
        .where(
            Adjustment.organisation_id == organisation_id,
            Adjustment.season_id == season_id,
            Adjustment.kind == AdjustmentKind.AMOUNT,
            AdjustmentEnd.status == AdjustmentStatus.APPLIED,
        )
    )
    parts = session.execute(
        select(*[part.scalar_subquery() for part in (earned, coming, adjusted)])
    ).one()
    return sum(int(points or 0) for points in parts)


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
