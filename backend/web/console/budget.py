"""HR's page of a season's budget: what it may cost, has cost, will come to; when points expire."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from flask import request

from backend.foundation.fields import EARLIEST, LATEST
from backend.foundation.problems import Invalid, Problem
from backend.identity.permissions import Permission
from backend.insight.problems import NoSeasonYet
from backend.insight.services import budgets as reports
from backend.insight.services.budgets import Report
from backend.rewards.problems import BudgetChanged
from backend.rewards.rules import MOST_BUDGET_CENTS, MOST_BUDGET_POINTS
from backend.rewards.services import budgets, expiries
from backend.rewards.services.budgets import Wanted
from backend.venues.queries import list_seasons
from backend.web.console.forms import first_errors
from backend.web.console.frames import Reading, Ways, acts, reads

USUAL_CURRENCY = "USD"
_MAY = Permission.MANAGE_BUDGETS
_WHOLE = re.compile(r"[0-9]{1,10}")
_MONEY = re.compile(r"([0-9]{1,8})(?:\.([0-9]{2}))?")
_CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A stretch of a bar: where it begins and how long it is, in thousandths of the whole."""

    kind: str
    start: int
    length: int


@reads("/hr/budget", may=_MAY, template="budget")
def show_budget(reading: Reading, refusal: Problem | None = None) -> dict[str, Any]:
    """Show what a season may cost, has cost, and will come to; and what was refused.

    Raises Invalid where there is no such season. Before any season there is no report.
    """
    said: Mapping[str, str] = request.form if refusal else request.args
    owner = reading.organisation_id
    try:
        report = reports.read(
            reading.session,
            organisation_id=owner,
            season_id=_season_of(said) if said.get("season") else None,
            now=reading.now,
        )
    except NoSeasonYet:
        return {"report": None}
    return {
        "report": report,
        "seasons": list_seasons(reading.session, organisation_id=owner),
        "bars": _bars(report),
        "values": _values(report, said, refusal),
        "errors": first_errors(refusal),
        "refusal": refusal,
        "about_expiry": refusal is not None and "expires_on" in said,
        "said": said,
        "status": refusal.status if refusal else 200,
        "most_points": MOST_BUDGET_POINTS,
    }


_WAYS = Ways(
    then="console.show_budget", otherwise="budget", refused=show_budget, carries=("season",)
)


@acts("/hr/budget", may=_MAY, ways=_WAYS)
def set_budget(acting: Reading) -> str:
    """Set the budget in the form; raises what `budgets.set_budget` does, and Invalid."""
    said = request.form
    budgets.set_budget(
        acting.session,
        actor=acting.reader,
        season_id=_season_of(said),
        wanted=_wanted(said),
        seen_version=_seen(said),
        now=acting.now,
    )
    return "budget_set"


@acts("/hr/budget/expiry", may=_MAY, ways=_WAYS)
def set_expiry(acting: Reading) -> str:
    """Set the day in the form; raises what `expiries.set_day` does, and Invalid."""
    said = request.form
    expiries.set_day(
        acting.session,
        actor=acting.reader,
        season_id=_season_of(said),
        expires_on=_day(said),
        seen_version=_seen(said),
        now=acting.now,
    )
    return "expiry_set"


def _day(said: Mapping[str, str]) -> date:
    try:
        day = date.fromisoformat(said.get("expires_on", ""))
    except ValueError as error:
        raise _refused("expires_on", "Choose a day.") from error
    if not EARLIEST.date() <= day < LATEST.date():
        raise _refused("expires_on", "Choose a day of this century.")
    return day


def _seen(said: Mapping[str, str]) -> int:
    seen = said.get("seen_version", "")
    if not _WHOLE.fullmatch(seen):
        raise _refused("seen_version", "Open the page again.")
    return int(seen)


def _season_of(said: Mapping[str, str]) -> UUID:
    try:
        return UUID(said.get("season", ""))
    except ValueError as error:
        raise _refused("season", "Choose a season.") from error


def _wanted(said: Mapping[str, str]) -> Wanted:
    points, money = said.get("points", ""), _MONEY.fullmatch(said.get("money", ""))
    currency = said.get("currency", "")
    if not _WHOLE.fullmatch(points) or int(points) > MOST_BUDGET_POINTS:
        raise _refused("points", f"Must be a whole number up to {MOST_BUDGET_POINTS:,}.")
    cents = int(money[1]) * 100 + int(money[2] or 0) if money else -1
    if not 0 <= cents <= MOST_BUDGET_CENTS:
        message = f"Must be an amount up to {MOST_BUDGET_CENTS // 100:,}, like 1500 or 1500.50."
        raise _refused("money", message)
    if not _CURRENCY.fullmatch(currency):
        raise _refused("currency", "Must be three capital letters.")
    return Wanted(points=int(points), cents=cents, currency=currency)


def _values(report: Report, said: Mapping[str, str], refusal: Problem | None) -> Mapping[str, str]:
    """Return what the form holds: what was typed, unless somebody else has set it meanwhile."""
    kept = refusal is not None and not isinstance(refusal, BudgetChanged)
    return said if kept and "expires_on" not in said else _form(report)


def _form(report: Report) -> dict[str, str]:
    budget = report.budget
    if budget is None:
        currency = report.currency or USUAL_CURRENCY
        return {"points": "", "money": "", "currency": currency, "seen_version": "0"}
    return {
        "points": str(budget.points),
        "money": f"{budget.cents // 100}.{budget.cents % 100:02}",
        "currency": budget.currency,
        "seen_version": str(budget.version),
    }


def _bars(report: Report) -> dict[str, list[Part]]:
    """Return the bars of points and of cents; what goes beyond the budget stretches the whole."""
    if report.budget is None or report.cents is None:
        return {}
    cents = report.cents
    return {
        "points": _bar(report.budget.points, used=report.points.issued),
        "cents": _bar(
            report.budget.cents,
            paid=cents.fulfilled,
            used=cents.approved,
            asked=cents.asked,
        ),
    }


def _bar(budget: int, **lengths: int) -> list[Part]:
    whole, start, parts = max(budget, sum(lengths.values()), 1), 0, []
    for kind, length in lengths.items():
        end = start + max(0, length)
        parts.append(
            Part(
                kind=kind,
                start=1_000 * start // whole,
                length=1_000 * end // whole - 1_000 * start // whole,
            )
        )
        start = end
    return [*parts, Part(kind="limit", start=min(997, 1_000 * budget // whole), length=3)]


def _refused(name: str, message: str) -> Invalid:
    return Invalid(errors={"form": {name: [message]}})
