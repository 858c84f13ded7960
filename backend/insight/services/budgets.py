"""A season's budget beside what it has given and committed, and what it will come to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from backend.foundation.db import stand_still
from backend.insight.problems import NoSeasonYet
from backend.insight.queries import budgets
from backend.insight.queries.budgets import EventPoints, Offer, Outstanding
from backend.insight.rules import share
from backend.insight.rules.forecasts import Level, NoForecast, level_of
from backend.insight.services.forecasts import Forecast, Known, forecast
from backend.rewards.queries import (
    BudgetFacts,
    Spending,
    bound_available,
    count_expired,
    find_budgets,
    list_expiries,
    list_spending,
    sum_issued,
)
from backend.rewards.rules import RedemptionStatus
from backend.venues.queries import (
    SeasonFacts,
    find_current_season,
    get_season,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Used:
    """How much of a budget is used; without a budget there is neither share nor level."""

    share: float | None
    level: Level | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PointsSide:
    """What a season has given in points, and what employees have not spent, of every season."""

    issued: int
    redeemed: int
    outstanding: Outstanding
    used: Used


@dataclass(frozen=True, kw_only=True, slots=True)
class CentsSide:
    """What a season costs in one currency, by how far it has come; ``left`` needs a budget."""

    asked: int
    approved: int
    fulfilled: int
    left: int | None
    used: Used

    @property
    def committed(self) -> int:
        """Return what was promised: approved, or handed over."""
        return self.approved + self.fulfilled


@dataclass(frozen=True, kw_only=True, slots=True)
class Elsewhere:
    """What is committed in a currency that no budget is set in."""

    currency: str
    committed_cents: int


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpirySide:
    """When the season's points expire, how many have, and how many more will at most."""

    version: int
    expires_on: date
    begun_at: datetime | None
    expired: int
    at_most: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """Everything that is told of a season's budget; ``currency`` is that of all cents in it."""

    season: SeasonFacts
    budget: BudgetFacts | None
    currency: str | None
    points: PointsSide
    cents: CentsSide | None
    elsewhere: Sequence[Elsewhere]
    expiry: ExpirySide | None
    forecast: Forecast | None
    no_forecast: NoForecast | None


def read(
    session: Session, *, organisation_id: UUID, season_id: UUID | None, now: datetime
) -> Report:
    """Return what a season may cost, has cost, and will come to; by default the present one.

    Nothing may have been read in this transaction before: all figures are of one instant. Raises
    SeasonNotFound, NoSeasonYet.
    """
    stand_still(session)
    owner = organisation_id
    season = current = find_current_season(session, organisation_id=owner, now=now)
    if season_id is not None:
        season = get_season(session, organisation_id=owner, season_id=season_id)
    if season is None:
        raise NoSeasonYet
    season_id = season.id
    budget = find_budgets(session, organisation_id=owner, season_ids=[season_id]).get(season_id)
    spendings = list_spending(session, organisation_id=owner, season_ids=[season_id])
    events = budgets.list_event_points(session, organisation_id=owner, season_id=season_id, now=now)
    issued = sum_issued(session, organisation_id=owner, season_id=season_id)
    outstanding = budgets.get_outstanding(session, organisation_id=owner)
    offers = budgets.list_offers(session, organisation_id=owner, now=now)
    currency = _currency(budget, spendings, offers)
    cents = _cents(budget, spendings, currency) if currency else None
    why_not = _why_not(season, current, events)
    known = Known(
        events=events,
        outstanding=outstanding,
        spendings=[one for one in spendings if one.currency == currency],
        offers=[one for one in offers if one.currency == currency],
        left_cents=cents.left if cents else None,
    )
    return Report(
        season=season,
        budget=budget,
        currency=currency,
        points=_points(budget, spendings, issued, outstanding),
        cents=cents,
        elsewhere=_elsewhere(spendings, currency),
        expiry=_expiry(session, owner, season_id),
        forecast=None if why_not else forecast(known, currency=currency),
        no_forecast=why_not,
    )


def _currency(
    budget: BudgetFacts | None, spendings: Sequence[Spending], offers: Sequence[Offer]
) -> str | None:
    """Return the budget's currency, or the only one there is."""
    if budget:
        return budget.currency
    known = {one.currency for one in spendings} | {one.currency for one in offers}
    return known.pop() if len(known) == 1 else None


def _points(
    budget: BudgetFacts | None,
    spendings: Sequence[Spending],
    issued: int,
    outstanding: Outstanding,
) -> PointsSide:
    redeemed = sum(one.points for one in spendings if one.status is RedemptionStatus.FULFILLED)
    return PointsSide(
        issued=issued,
        redeemed=redeemed,
        outstanding=outstanding,
        used=_used(issued, budget.points if budget else None),
    )


def _cents(budget: BudgetFacts | None, spendings: Sequence[Spending], currency: str) -> CentsSide:
    def at(status: RedemptionStatus) -> int:
        here = [one for one in spendings if (one.status, one.currency) == (status, currency)]
        return sum(one.cents for one in here)

    approved, fulfilled = at(RedemptionStatus.APPROVED), at(RedemptionStatus.FULFILLED)
    whole = budget.cents if budget else None
    return CentsSide(
        asked=at(RedemptionStatus.ASKED),
        approved=approved,
        fulfilled=fulfilled,
        left=None if whole is None else whole - approved - fulfilled,
        used=_used(approved + fulfilled, whole),
    )


def _used(part: int, whole: int | None) -> Used:
    if whole is None:
        return Used(share=None, level=None)
    return Used(share=share(part, whole), level=level_of(part, whole))


def _elsewhere(spendings: Sequence[Spending], currency: str | None) -> list[Elsewhere]:
    sums: dict[str, int] = {}
    for one in spendings:
        if one.currency != currency and one.status in (
            RedemptionStatus.APPROVED,
            RedemptionStatus.FULFILLED,
        ):
            sums[one.currency] = sums.get(one.currency, 0) + one.cents
    return [
        Elsewhere(currency=other, committed_cents=cents) for other, cents in sorted(sums.items())
    ]


def _expiry(session: Session, organisation_id: UUID, season_id: UUID) -> ExpirySide | None:
    of_season = {"organisation_id": organisation_id, "season_id": season_id}
    for one in list_expiries(session, organisation_id=organisation_id):
        if one.season_id == season_id:
            expired = count_expired(
                session, organisation_id=organisation_id, season_ids=[season_id]
            )
            return ExpirySide(
                version=one.version,
                expires_on=one.expires_on,
                begun_at=one.begun_at,
                expired=expired.get(season_id, 0),
                at_most=0 if one.begun_at else bound_available(session, **of_season),
            )
    return None


def _why_not(
    season: SeasonFacts, current: SeasonFacts | None, events: Sequence[EventPoints]
) -> NoForecast | None:
    if season != current:
        return NoForecast.ANOTHER_SEASON
    return None if any(one.ended for one in events) else NoForecast.NO_EVENT_ENDED
