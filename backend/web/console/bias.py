"""HR's bias report: whether groups of people get alike, with intervals, and what it cannot say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import request

from backend.foundation.problems import Invalid
from backend.identity.permissions import Permission
from backend.identity.rules import NOT_STATED
from backend.insight.rules.comparisons import Comparison, Group, Grouping
from backend.insight.services import comparisons, programme
from backend.insight.services.comparisons import BiasReport
from backend.venues.queries import SeasonFacts, list_begun_seasons
from backend.web.console.frames import Reading, reads

# The width of the drawing of an interval, and what is left free at its ends.
WIDTH, MARGIN = 120, 4
Interval = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """From where to where the intervals of a column are drawn, and where everybody stands."""

    low: float
    high: float
    usual: float

    def at(self, value: float) -> float:
        """Return where a value stands in the drawing."""
        span = (self.high - self.low) or 1
        return round(MARGIN + (WIDTH - 2 * MARGIN) * (value - self.low) / span, 1)


@reads("/hr/bias", may=Permission.SEE_BOARD_ALL, template="bias")
def show_bias(reading: Reading) -> dict[str, Any]:
    """Show the report of the season that the address asks for; raises Invalid, SeasonNotFound.

    All of it, or of one grouping.
    """
    may_import = reading.reader.may(Permission.MANAGE_PROTECTED_GROUPS)
    report = read_report(reading)
    if report is None:
        return {"may_import": may_import}
    groupings = {_key_of(compared): compared for compared in report.comparisons}
    by, wanted = wanted_of(report)
    return {
        "report": report,
        "may_import": may_import,
        "seasons": _begun(reading),
        "by": by,
        "groupings": groupings,
        "tables": [(_key_of(compared), compared, _scales(compared)) for compared in wanted],
        "not_stated": NOT_STATED,
        "width": WIDTH,
        "zone": reading.zone,
    }


def wanted_of(report: BiasReport) -> tuple[str, list[Comparison]]:
    """Return the grouping that the address asks for and what it compares; empty for all of them.

    Raises Invalid.
    """
    by = request.args.get("by", "")
    wanted = [compared for compared in report.comparisons if by in ("", _key_of(compared))]
    if not wanted:
        raise Invalid(errors={"query": {"by": ["Nothing is grouped so, or no longer."]}})
    return by, wanted


def _key_of(compared: Comparison) -> str:
    """Return how the address asks for a grouping; protected groups are named with their word."""
    if compared.by is Grouping.PROTECTED_GROUP:
        return f"{compared.by}:{compared.attribute}"
    return compared.by.value


def read_report(reading: Reading) -> BiasReport | None:
    """Return the report that the address asks for, None before the first season has begun.

    Without a word it is, as on the first page, that of the newest season with attendance.
    """
    if not _begun(reading):
        return None
    season_id = _asked() or programme.find_proven_season(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )
    return comparisons.read(
        reading.session,
        organisation_id=reading.organisation_id,
        season_id=season_id,
        now=reading.now,
    )


def _begun(reading: Reading) -> list[SeasonFacts]:
    return list_begun_seasons(
        reading.session, organisation_id=reading.organisation_id, now=reading.now
    )


def _asked() -> UUID | None:
    said = request.args.get("season")
    try:
        return UUID(said) if said else None
    except ValueError as error:
        raise Invalid(errors={"query": {"season": ["There is no such season."]}}) from error


def _scales(compared: Comparison) -> dict[str, Scale | None]:
    """Return the scale of each column, None where nothing in it is shown."""
    groups = [*compared.groups, compared.together, compared.everybody]
    return {
        name: _scale([found for one in groups if (found := interval_of(one, name))])
        for name in ("good", "held", "hours")
    }


def _scale(intervals: Sequence[Interval]) -> Scale | None:
    if not intervals:
        return None
    return Scale(
        low=min(low for _, low, _ in intervals),
        high=max(high for _, _, high in intervals),
        # Everybody is the last of them.
        usual=intervals[-1][0],
    )


def interval_of(group: Group, name: str) -> Interval | None:
    """Return a group's figure in a column with its bounds, None where it is not shown."""
    if name == "hours":
        hour = group.hours.an_hour if group.hours else None
        if hour is None or hour.low is None or hour.high is None:
            return None
        return hour.value, hour.low, hour.high
    if group.ratings is None:
        return None
    share = group.ratings.good if name == "good" else group.ratings.held
    return share.share, share.low, share.high
