"""A season's budget as a file: what it may cost, has cost, will come to, and what expires."""

from collections.abc import Iterator

from backend.foundation.spreadsheets import Cell, Cents, Row
from backend.identity.permissions import Permission
from backend.insight.services.budgets import CentsSide, ExpirySide, PointsSide, Report
from backend.insight.services.forecasts import Forecast
from backend.rewards.queries import BudgetFacts
from backend.web.console.budget import show_budget
from backend.web.console.frames import Reading
from backend.web.console.tables.shapes import Kind, Table, hundredths, percent


def _read_budget(reading: Reading) -> Table:
    report: Report | None = show_budget(reading)["report"]
    return Table(
        filter={"season": str(report.season.id)} if report else {},
        words={"Season": report.season.name} if report else {},
        header=("what", "value", "unit", "low", "high"),
        rows=_rows(report) if report else iter(()),
    )


def _rows(report: Report) -> Iterator[Row]:
    budget, currency = report.budget, report.currency
    yield from _points(report.points, budget)
    if report.cents:
        yield from _money(report.cents, budget, currency)
    for other in report.elsewhere:
        yield _row("committed_outside", Cents(other.committed_cents), other.currency)
    if report.expiry:
        yield from _expiry(report.expiry)
    if report.forecast:
        yield from _forecast(report.forecast, currency)


def _row(what: str, value: Cell, unit: str | None, low: Cell = None, high: Cell = None) -> Row:
    return (what, value, unit, low, high)


def _points(side: PointsSide, budget: BudgetFacts | None) -> Iterator[Row]:
    if budget:
        yield _row("points_budget", budget.points, "points")
        yield _row("points_left", budget.points - side.issued, "points")
        yield _row("points_given_of_budget", percent(side.used.share), "percent")
    yield _row("points_given", side.issued, "points")
    yield _row("points_redeemed", side.redeemed, "points")
    for name in ("pending", "available", "held"):
        yield _row(f"points_{name}", getattr(side.outstanding, name), "points")


def _money(side: CentsSide, budget: BudgetFacts | None, currency: str | None) -> Iterator[Row]:
    if budget:
        yield _row("money_budget", Cents(budget.cents), currency)
        yield _row("money_committed_of_budget", percent(side.used.share), "percent")
    if side.left is not None:
        yield _row("money_left", Cents(side.left), currency)
    yield _row("money_committed", Cents(side.committed), currency)
    yield _row("money_handed_over", Cents(side.fulfilled), currency)
    yield _row("money_approved", Cents(side.approved), currency)
    yield _row("money_asked_for", Cents(side.asked), currency)


def _expiry(side: ExpirySide) -> Iterator[Row]:
    yield _row("points_expire_on", side.expires_on, "day")
    yield _row("points_expired", side.expired, "points")
    if side.begun_at is None:
        yield _row("points_that_expire_at_most", side.at_most, "points")


def _forecast(ahead: Forecast, currency: str | None) -> Iterator[Row]:
    each, end, come = ahead.points_per_event, ahead.points_at_end, ahead.points_to_come
    yield _row("forecast_events_ended", ahead.events_ended, "events")
    yield _row("forecast_events_left", ahead.events_left, "events")
    bounds = (hundredths(each.low), hundredths(each.high))
    yield _row("forecast_points_per_event", hundredths(each.expected), "points", *bounds)
    yield _row("forecast_points_to_come", come.expected, "points", come.low, come.high)
    yield _row("forecast_points_at_end", end.expected, "points", end.low, end.high)
    mean, highest = ahead.mean_cents_per_point, ahead.highest_cents_per_point
    yield _row("cents_per_point_mean", hundredths(mean), "cents")
    yield _row("cents_per_point_highest", hundredths(highest), "cents")
    for what, owed in (("liability", ahead.liability), ("left_at_end", ahead.left_at_end)):
        expected, highest_cents = (
            None if cents is None else Cents(cents) for cents in (owed.expected, owed.highest)
        )
        yield _row(f"forecast_{what}", expected, currency)
        yield _row(f"forecast_{what}_at_highest_price", highest_cents, currency)


KINDS = {
    "budget": Kind(
        title="the budget",
        page="console.show_budget",
        kept=("season",),
        may=Permission.MANAGE_BUDGETS,
        read=_read_budget,
        names_people=False,
    ),
}
