"""What a season may cost: set by HR, and held by the last approval of what is asked for or given.

Whoever sets a budget, or commits money or points of a season, waits for a turn, so that two
approvals at once never exceed it, and none slips by while the first budget is being set. The turn
comes after the redemption's row is in hand, and after an adjustment is booked. An approval touches
no ledger; where a declined one is asked for anew, its hold, with the balances of its person, comes
before the turn, and nobody who has a turn of a budget waits for a balance.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation import audit
from backend.foundation.actor import Actor
from backend.foundation.db import take_turn
from backend.rewards import queries
from backend.rewards.models import Redemption, SeasonBudget
from backend.rewards.problems import (
    BudgetBelowCommitted,
    BudgetChanged,
    BudgetCurrencyInUse,
    BudgetExceeded,
    BudgetInOtherCurrency,
    PointsBudgetExceeded,
)
from backend.rewards.queries import BudgetFacts, BudgetView, RedemptionFacts
from backend.rewards.rules import RedemptionStatus
from backend.venues.queries import find_current_season, get_season


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a budget is to be: points, and cents of one currency."""

    points: int
    cents: int
    currency: str


def set_budget(
    session: Session,
    *,
    actor: Actor,
    season_id: UUID,
    wanted: Wanted,
    seen_version: int,
    now: datetime,
) -> BudgetFacts:
    """Set the budget of a season that is still at ``seen_version``, 0 where there is none.

    Raises SeasonNotFound, BudgetChanged, BudgetBelowCommitted, BudgetCurrencyInUse.
    """
    owner = actor.organisation_id
    get_season(session, organisation_id=owner, season_id=season_id)
    _take_turn(session, owner, season_id)
    row = session.get(SeasonBudget, (owner, season_id), populate_existing=True)
    version = row.version if row else 0
    if version != seen_version:
        raise BudgetChanged(version=version)
    _refuse_below(session, owner, season_id, wanted=wanted, before=row)
    if row is None:
        row = SeasonBudget(organisation_id=owner, season_id=season_id)
        session.add(row)
    row.version = version + 1
    row.points, row.cents, row.currency = wanted.points, wanted.cents, wanted.currency
    session.flush()
    detail = {name: getattr(row, name) for name in ("version", "points", "cents", "currency")}
    audit.record(
        session, actor=actor, act="budget.set", subject_id=season_id, now=now, detail=detail
    )
    return queries.budget_facts(row)


def commit_cents(session: Session, redemption: Redemption, *, cents: int) -> None:
    """Make sure that the season's budget holds ``cents`` more for ``redemption``.

    The redemption, or the payroll line that pays it, is in hand. Where no budget was set everything
    goes. Raises BudgetExceeded, BudgetInOtherCurrency.
    """
    owner, season_id = redemption.organisation_id, redemption.season_id
    if season_id is None or cents <= 0:
        return
    _take_turn(session, owner, season_id)
    found = _budgets(session, owner, {season_id}).get(season_id)
    if found is None:
        return
    budget, left = found
    if budget.currency != redemption.currency:
        raise BudgetInOtherCurrency(currency=budget.currency)
    if cents > left:
        raise BudgetExceeded(left_cents=left, wanted_cents=cents, currency=budget.currency)


def commit_points(
    session: Session, *, organisation_id: UUID, season_id: UUID | None, points: int
) -> None:
    """Make sure that the season's budget holds ``points`` that were just booked to be given.

    What is earned is owed, whatever a budget says; what HR gives is not. Raises
    PointsBudgetExceeded.
    """
    if season_id is None or points <= 0:
        return
    _take_turn(session, organisation_id, season_id)
    of_season: dict[str, Any] = {"organisation_id": organisation_id, "season_id": season_id}
    left = find_left_points(session, **of_season)
    if left is not None and left < 0:
        raise PointsBudgetExceeded(left_points=max(0, left + points), wanted_points=points)


def find_left_points(session: Session, *, organisation_id: UUID, season_id: UUID) -> int | None:
    """Return how many points are left of a season's budget, below zero where it gave more.

    None where no budget was set.
    """
    found = queries.find_budgets(
        session, organisation_id=organisation_id, season_ids=[season_id]
    ).get(season_id)
    if found is None:
        return None
    issued = queries.sum_issued(session, organisation_id=organisation_id, season_id=season_id)
    return found.points - issued


def find_charged_season(session: Session, *, organisation_id: UUID, now: datetime) -> UUID | None:
    """Return the season that began last: what is given at ``now`` is charged to its budget."""
    season = find_current_season(session, organisation_id=organisation_id, now=now)
    return season.id if season else None


def beside(
    session: Session, *, organisation_id: UUID, redemptions: Sequence[RedemptionFacts]
) -> list[RedemptionFacts]:
    """Return ``redemptions``, each with the budget that it is or would be charged to, if any."""
    season_ids = {one.season_id for one in redemptions if one.season_id}
    budgets = _budgets(session, organisation_id, season_ids)
    return [
        replace(one, budget=_view(one, *budgets[one.season_id]))
        if one.season_id in budgets
        else one
        for one in redemptions
    ]


def _budgets(
    session: Session, organisation_id: UUID, season_ids: Collection[UUID]
) -> dict[UUID, tuple[BudgetFacts, int]]:
    """Return the budgets of these seasons, each with the cents that are left of it."""
    budgets = queries.find_budgets(session, organisation_id=organisation_id, season_ids=season_ids)
    spendings = queries.list_spending(
        session, organisation_id=organisation_id, season_ids=budgets.keys()
    )
    return {
        season_id: (
            one,
            one.cents
            - queries.committed_cents(spendings, season_id=season_id, currency=one.currency),
        )
        for season_id, one in budgets.items()
    }


def _view(redemption: RedemptionFacts, budget: BudgetFacts, left: int) -> BudgetView | None:
    if redemption.status not in (RedemptionStatus.ASKED, *queries.COMMITTED):
        return None
    cents = redemption.value_cents if redemption.status is RedemptionStatus.ASKED else 0
    after = left - cents
    return BudgetView(
        currency=budget.currency,
        left_cents=left,
        after_this_cents=after,
        enough=not cents or (after >= 0 and redemption.currency == budget.currency),
    )


def _refuse_below(
    session: Session,
    organisation_id: UUID,
    season_id: UUID,
    *,
    wanted: Wanted,
    before: SeasonBudget | None,
) -> None:
    spendings = queries.list_spending(
        session, organisation_id=organisation_id, season_ids=[season_id]
    )

    def committed(currency: str) -> int:
        return queries.committed_cents(spendings, season_id=season_id, currency=currency)

    if before and before.currency != wanted.currency and committed(before.currency):
        raise BudgetCurrencyInUse(currency=before.currency)
    if wanted.cents < committed(wanted.currency):
        raise BudgetBelowCommitted(
            committed_cents=committed(wanted.currency), currency=wanted.currency
        )


def _take_turn(session: Session, organisation_id: UUID, season_id: UUID) -> None:
    take_turn(session, organisation_id, f"budget of {season_id}")
